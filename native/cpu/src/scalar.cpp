/* The meaning of the kernels in plain loops, and what every other instruction set is compared with. */
#include "blocks.h"
#include "kernels.h"

#include <math.h>

namespace palimpsest {
namespace {

float bits_to_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16, subnormals included. */
float half(const uint8_t *at) {
    uint32_t bits = u16_at(at);
    uint32_t sign = (bits & 0x8000u) << 16;
    uint32_t magnitude = (bits & 0x7fffu) << 13;
    if (magnitude >= 0x7c00u << 13) {
        return bits_to_float(sign | (magnitude + (112u << 23)));
    }
    /* The bits of the magnitude at a float's place are the number times 2^-112. */
    float value = bits_to_float(magnitude) * 0x1p112f;
    return sign ? -value : value;
}

/* Widens piece `piece` of a row. */
template <int TYPE> void widen(const uint8_t *row, long piece, float *to);

template <> void widen<PALIMPSEST_CPU_F16>(const uint8_t *row, long piece, float *to) {
    for (int i = 0; i < PIECE; i++) {
        to[i] = half(row + (piece * PIECE + i) * 2);
    }
}

template <> void widen<PALIMPSEST_CPU_BF16>(const uint8_t *row, long piece, float *to) {
    for (int i = 0; i < PIECE; i++) {
        to[i] = bits_to_float(static_cast<uint32_t>(u16_at(row + (piece * PIECE + i) * 2)) << 16);
    }
}

template <> void widen<PALIMPSEST_CPU_Q4_0>(const uint8_t *row, long piece, float *to) {
    const uint8_t *block = row + piece * 18;
    float d = half(block);
    for (int i = 0; i < 16; i++) {
        to[i] = d * static_cast<float>((block[2 + i] & 15) - 8);
        to[i + 16] = d * static_cast<float>((block[2 + i] >> 4) - 8);
    }
}

template <> void widen<PALIMPSEST_CPU_Q8_0>(const uint8_t *row, long piece, float *to) {
    const uint8_t *block = row + piece * 34;
    float d = half(block);
    for (int i = 0; i < PIECE; i++) {
        to[i] = d * static_cast<float>(static_cast<int8_t>(block[2 + i]));
    }
}

/* Value = d * scale * q - dmin * minimum; with five bits the fifth is in bit `group` of a byte that serves all groups. */
void widen_eight(const uint8_t *block, const uint8_t *quants, const uint8_t *high, int group, float *to) {
    float scale = half(block) * static_cast<float>(scale_of_eight(block + 4, group));
    float minimum = half(block + 2) * static_cast<float>(minimum_of_eight(block + 4, group));
    for (int i = 0; i < PIECE; i++) {
        int q = quants[group / 2 * 32 + i] >> (group % 2 * 4) & 15;
        q += high ? (high[i] >> group & 1) * 16 : 0;
        to[i] = scale * static_cast<float>(q) - minimum;
    }
}

template <> void widen<PALIMPSEST_CPU_Q4_K>(const uint8_t *row, long piece, float *to) {
    const uint8_t *block = row + piece / 8 * 144;
    widen_eight(block, block + 16, nullptr, static_cast<int>(piece % 8), to);
}

template <> void widen<PALIMPSEST_CPU_Q5_K>(const uint8_t *row, long piece, float *to) {
    const uint8_t *block = row + piece / 8 * 176;
    widen_eight(block, block + 48, block + 16, static_cast<int>(piece % 8), to);
}

/* Value = d * scale * (q - 32): four low bits, two high ones, a signed scale for 16 elements. */
template <> void widen<PALIMPSEST_CPU_Q6_K>(const uint8_t *row, long piece, float *to) {
    const uint8_t *block = row + piece / 8 * 210;
    int part = static_cast<int>(piece % 8);
    int quarter = part % 4;
    const uint8_t *low = block + part / 4 * 64 + quarter % 2 * 32;
    const uint8_t *high = block + 128 + part / 4 * 32;
    float d = half(block + 208);
    for (int i = 0; i < PIECE; i++) {
        float scale = d * static_cast<float>(static_cast<int8_t>(block[192 + part * 2 + i / 16]));
        int q = (low[i] >> (quarter / 2 * 4) & 15) + (high[i] >> (quarter * 2) & 3) * 16;
        to[i] = scale * static_cast<float>(q - 32);
    }
}

float sum_of_lanes(const float *lanes) {
    float fours[4];
    for (int i = 0; i < 4; i++) {
        fours[i] = lanes[i] + lanes[i + 4];
    }
    return (fours[0] + fours[2]) + (fours[1] + fours[3]);
}

template <int TYPE> void multiply(const Operands &o) {
    for (long row = o.row_from; row < o.row_to; row++) {
        const uint8_t *weights = o.weights + row * row_bytes<TYPE>(o.columns);
        for (int token = 0; token < o.tokens; token++) {
            const float *x = o.x + token * o.columns;
            float lanes[LANES] = {};
            for (long piece = 0; piece < o.columns / PIECE; piece++) {
                float w[PIECE];
                widen<TYPE>(weights, piece, w);
                for (int i = 0; i < PIECE; i++) {
                    lanes[i % LANES] = fmaf(w[i], x[piece * PIECE + i], lanes[i % LANES]);
                }
            }
            o.out[token * o.out_width + row] = sum_of_lanes(lanes);
        }
    }
}

} // namespace

void multiply_scalar(int type, const Operands &operands) { PALIMPSEST_BY_TYPE(type, multiply, operands) }

} // namespace palimpsest
