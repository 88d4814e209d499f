/* The block layouts as the engine's DType lists them, and what is common to all ways to widen them. */
#ifndef PALIMPSEST_BLOCKS_H
#define PALIMPSEST_BLOCKS_H

#include "palimpsest_cpu.h"

#include <string.h>

namespace palimpsest {

/* Kernels walk over pieces of 32 elements, whatever the size of a block. */
constexpr int PIECE = 32;
constexpr int LANES = 8;

static inline uint16_t u16_at(const uint8_t *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Six bits: of the first four groups of a block in one byte, of the last four in pieces. */
static inline int scale_of_eight(const uint8_t *scales, int group) {
    return group < 4 ? scales[group] & 63 : (scales[group + 4] & 15) | (scales[group - 4] >> 6) << 4;
}

/* As the scales, but the high bits of the last four lie with the first four minima. */
static inline int minimum_of_eight(const uint8_t *scales, int group) {
    return group < 4 ? scales[group + 4] & 63 : scales[group + 4] >> 4 | (scales[group] >> 6) << 4;
}

/* Where the pieces of a row begin: BYTES for ELEMENTS. */
template <int TYPE> struct Block;
template <> struct Block<PALIMPSEST_CPU_F16> { static constexpr int ELEMENTS = 32, BYTES = 64; };
template <> struct Block<PALIMPSEST_CPU_BF16> { static constexpr int ELEMENTS = 32, BYTES = 64; };
template <> struct Block<PALIMPSEST_CPU_Q4_0> { static constexpr int ELEMENTS = 32, BYTES = 18; };
template <> struct Block<PALIMPSEST_CPU_Q8_0> { static constexpr int ELEMENTS = 32, BYTES = 34; };
template <> struct Block<PALIMPSEST_CPU_Q4_K> { static constexpr int ELEMENTS = 256, BYTES = 144; };
template <> struct Block<PALIMPSEST_CPU_Q5_K> { static constexpr int ELEMENTS = 256, BYTES = 176; };
template <> struct Block<PALIMPSEST_CPU_Q6_K> { static constexpr int ELEMENTS = 256, BYTES = 210; };

template <int TYPE> static inline long row_bytes(long columns) {
    return columns / Block<TYPE>::ELEMENTS * Block<TYPE>::BYTES;
}

/* Calls KERNEL<TYPE>(operands) for the type at hand. */
#define PALIMPSEST_BY_TYPE(type, KERNEL, operands)                                                                     \
    switch (type) {                                                                                                    \
    case PALIMPSEST_CPU_F16: KERNEL<PALIMPSEST_CPU_F16>(operands); break;                                              \
    case PALIMPSEST_CPU_BF16: KERNEL<PALIMPSEST_CPU_BF16>(operands); break;                                            \
    case PALIMPSEST_CPU_Q4_0: KERNEL<PALIMPSEST_CPU_Q4_0>(operands); break;                                            \
    case PALIMPSEST_CPU_Q8_0: KERNEL<PALIMPSEST_CPU_Q8_0>(operands); break;                                            \
    case PALIMPSEST_CPU_Q4_K: KERNEL<PALIMPSEST_CPU_Q4_K>(operands); break;                                            \
    case PALIMPSEST_CPU_Q5_K: KERNEL<PALIMPSEST_CPU_Q5_K>(operands); break;                                            \
    case PALIMPSEST_CPU_Q6_K: KERNEL<PALIMPSEST_CPU_Q6_K>(operands); break;                                            \
    default: break;                                                                                                    \
    }

} // namespace palimpsest

#endif
