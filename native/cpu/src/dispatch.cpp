/* The exported functions: what this CPU has, what was compiled, and whether both give the same bits. */
#include "blocks.h"
#include "kernels.h"

#define PALIMPSEST_EXPORT extern "C" __attribute__((visibility("default")))

namespace palimpsest {
namespace {

constexpr int TYPES[] = {PALIMPSEST_CPU_F16,  PALIMPSEST_CPU_BF16, PALIMPSEST_CPU_Q4_0, PALIMPSEST_CPU_Q8_0,
                         PALIMPSEST_CPU_Q4_K, PALIMPSEST_CPU_Q5_K, PALIMPSEST_CPU_Q6_K};

int elements_of_block(int type) {
    return type == PALIMPSEST_CPU_Q4_K || type == PALIMPSEST_CPU_Q5_K || type == PALIMPSEST_CPU_Q6_K ? 256 : PIECE;
}

bool has_set(int set) {
    switch (set) {
    case PALIMPSEST_CPU_SCALAR: return true;
#ifdef PALIMPSEST_X86
    case PALIMPSEST_CPU_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    case PALIMPSEST_CPU_AVX512:
        return has_set(PALIMPSEST_CPU_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
    default: return false;
    }
}

Multiply kernels_of(int set) {
#ifdef PALIMPSEST_X86
    if (set == PALIMPSEST_CPU_AVX2) {
        return multiply_avx2;
    }
    if (set == PALIMPSEST_CPU_AVX512) {
        return multiply_avx512;
    }
#endif
    return multiply_scalar;
}

/* Numbers that look random, the same on every machine. */
struct Noise {
    uint64_t state = 0x9e3779b97f4a7c15u;
    uint32_t next() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<uint32_t>(state >> 32);
    }
};

constexpr int TEST_ROWS = 11;
constexpr int TEST_TOKENS = 8;
constexpr long TEST_COLUMNS = 1280; /* more than a panel has */

/* Halves near one in size, wherever a type has some: their exponents are set in every second byte of a half. */
void fill_weights(Noise &noise, uint8_t *weights, long bytes, int type) {
    for (long i = 0; i < bytes; i++) {
        weights[i] = static_cast<uint8_t>(noise.next() >> 8);
    }
    auto tame = [&](int step, int at) {
        for (long i = at; i + 1 < bytes; i += step) {
            weights[i + 1] = static_cast<uint8_t>((weights[i + 1] & 0x83) | 0x28);
        }
    };
    switch (type) {
    case PALIMPSEST_CPU_F16: tame(2, 0); break;
    case PALIMPSEST_CPU_BF16:
        for (long i = 1; i < bytes; i += 2) {
            weights[i] = static_cast<uint8_t>((weights[i] & 0x80) | 0x3e);
        }
        break;
    case PALIMPSEST_CPU_Q4_0: tame(18, 0); break;
    case PALIMPSEST_CPU_Q8_0: tame(34, 0); break;
    case PALIMPSEST_CPU_Q4_K: tame(144, 0), tame(144, 2); break;
    case PALIMPSEST_CPU_Q5_K: tame(176, 0), tame(176, 2); break;
    default: tame(210, 208); break;
    }
}

bool same_bits(Multiply kernels, int type, const uint8_t *weights, const float *x, int tokens) {
    float expected[TEST_TOKENS * TEST_ROWS] = {};
    float found[TEST_TOKENS * TEST_ROWS] = {};
    Operands o{weights, x, expected, TEST_COLUMNS, TEST_ROWS, 1, TEST_ROWS, tokens};
    multiply_scalar(type, o);
    o.out = found;
    kernels(type, o);
    return memcmp(expected, found, sizeof expected) == 0;
}

} // namespace
} // namespace palimpsest

using namespace palimpsest;

PALIMPSEST_EXPORT int32_t palimpsest_cpu_abi(void) { return PALIMPSEST_CPU_ABI; }

PALIMPSEST_EXPORT int32_t palimpsest_cpu_best_set(void) {
    int set = PALIMPSEST_CPU_AVX512;
    while (!has_set(set)) {
        set--;
    }
    return set;
}

PALIMPSEST_EXPORT int32_t palimpsest_cpu_has_type(int32_t type) {
    for (int each : TYPES) {
        if (each == type) {
            return 1;
        }
    }
    return 0;
}

PALIMPSEST_EXPORT int32_t palimpsest_cpu_multiply(const palimpsest_cpu_product *product, const void *weights,
                                                  const float *x, float *out) {
    if (!palimpsest_cpu_has_type(product->type)) {
        return PALIMPSEST_CPU_NO_TYPE;
    }
    if (!has_set(product->set)) {
        return PALIMPSEST_CPU_NO_SET;
    }
    if (product->columns < 0 || product->columns % elements_of_block(product->type) != 0 || product->row_from < 0 ||
        product->tokens < 0) {
        return PALIMPSEST_CPU_BAD_SIZE;
    }
    Operands operands{static_cast<const uint8_t *>(weights), x,
                      out,                                   static_cast<long>(product->columns),
                      static_cast<long>(product->out_width), static_cast<long>(product->row_from),
                      static_cast<long>(product->row_to),    product->tokens};
    kernels_of(product->set)(product->type, operands);
    return PALIMPSEST_CPU_OK;
}

PALIMPSEST_EXPORT int32_t palimpsest_cpu_self_test(int32_t set) {
    if (!has_set(set)) {
        return -1;
    }
    uint8_t weights[TEST_ROWS * TEST_COLUMNS * 2];
    float x[TEST_TOKENS * TEST_COLUMNS];
    Noise noise;
    for (float &each : x) {
        each = static_cast<float>(static_cast<int32_t>(noise.next())) * 0x1p-31f;
    }
    for (int type : TYPES) {
        fill_weights(noise, weights, static_cast<long>(sizeof weights), type);
        if (!same_bits(kernels_of(set), type, weights, x, 1) || !same_bits(kernels_of(set), type, weights, x, TEST_TOKENS)) {
            return type;
        }
    }
    return 0;
}
