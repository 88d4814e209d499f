/* What the files of one instruction set each give to the dispatcher. */
#ifndef PALIMPSEST_KERNELS_H
#define PALIMPSEST_KERNELS_H

#include "palimpsest_cpu.h"

namespace palimpsest {

struct Operands {
    const uint8_t *weights; /* of row 0 */
    const float *x;
    float *out;
    long columns;
    long out_width;
    long row_from;
    long row_to;
    int tokens;
};

/* Multiplies with weights of a type that has a kernel. */
using Multiply = void (*)(int type, const Operands &operands);

void multiply_scalar(int type, const Operands &operands);
void multiply_avx2(int type, const Operands &operands);
void multiply_avx512(int type, const Operands &operands);

} // namespace palimpsest

#endif
