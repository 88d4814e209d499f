/* 256 bits, with FMA and F16C. */
#include "x86.h"

void palimpsest::multiply_avx2(int type, const Operands &operands) { PALIMPSEST_BY_TYPE(type, multiply, operands) }
