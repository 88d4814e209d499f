/* The kernels for 512 bits, each register of which is two of 256: what is tested is their tile, not their instructions. */
#define PALIMPSEST_PAIRS
#include "x86.h"

namespace palimpsest {
void multiply_pairs(int type, const Operands &operands) { PALIMPSEST_BY_TYPE(type, multiply, operands) }
} // namespace palimpsest
