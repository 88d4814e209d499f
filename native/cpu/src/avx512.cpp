/* 512 bits. */
#include "x86.h"

void palimpsest::multiply_avx512(int type, const Operands &operands) { PALIMPSEST_BY_TYPE(type, multiply, operands) }
