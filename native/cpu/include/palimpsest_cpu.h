/* The one header of Palimpsest's kernels for CPUs. It is the whole interface: what is not declared here is not
 * exported. The Java side is NativeLibrary in dev.palimpsest.engine.backend.nativecpu.
 *
 * What every instruction set promises, bit for bit: the product of a row and a token is computed in eight lanes. Lane l
 * adds weights[k] * x[k] for k = l, l + 8, l + 16 ... with fused multiply-add in f32, beginning with zero; the lanes are
 * then added in a tree: l + 4, then l + 2, then l + 1. A weight is widened to f32 as the engine's RowDecoder does it.
 * So a result depends neither on the other rows and tokens nor on the instruction set. */
#ifndef PALIMPSEST_CPU_H
#define PALIMPSEST_CPU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with every change of this header that a caller could notice. */
#define PALIMPSEST_CPU_ABI 1

/* Instruction sets, each of which a CPU of a higher one has too. */
enum {
    PALIMPSEST_CPU_SCALAR = 0,
    PALIMPSEST_CPU_AVX2 = 1,   /* with FMA and F16C */
    PALIMPSEST_CPU_AVX512 = 2, /* F, BW, DQ and VL */
};

/* Element types of weights, by the numbers of ggml. */
enum {
    PALIMPSEST_CPU_F16 = 1,
    PALIMPSEST_CPU_Q4_0 = 2,
    PALIMPSEST_CPU_Q8_0 = 8,
    PALIMPSEST_CPU_Q4_K = 12,
    PALIMPSEST_CPU_Q5_K = 13,
    PALIMPSEST_CPU_Q6_K = 14,
    PALIMPSEST_CPU_BF16 = 30,
};

/* What multiply answers. */
enum {
    PALIMPSEST_CPU_OK = 0,
    PALIMPSEST_CPU_NO_TYPE = 1,  /* there is no kernel for the type */
    PALIMPSEST_CPU_NO_SET = 2,   /* the CPU lacks the instruction set, or it was not compiled */
    PALIMPSEST_CPU_BAD_SIZE = 3, /* columns are no whole number of blocks of 32 (256 for the K types), or a size is negative */
};

/* Sizes of a product: out[t][r] = sum over k of weights[r][k] * x[t][k], for t < tokens and row_from <= r < row_to.
 * Rows of weights and of x lie one after the other without gaps; nothing needs to be aligned. */
typedef struct {
    int64_t columns;
    int64_t out_width; /* elements from one token to the next in out */
    int64_t row_from;
    int64_t row_to;
    int32_t tokens;
    int32_t type;
    int32_t set; /* the instruction set to use */
    int32_t reserved;
} palimpsest_cpu_product;

/* The number this library was compiled with. */
int32_t palimpsest_cpu_abi(void);

/* The highest instruction set that this CPU has and that was compiled. */
int32_t palimpsest_cpu_best_set(void);

/* Whether there is a kernel for a type: 1 or 0. */
int32_t palimpsest_cpu_has_type(int32_t type);

/* Multiplies on the calling thread. Reads nothing but the named rows of weights and the first tokens of x, writes nothing
 * but the named part of out, keeps nothing. May be called by any number of threads; takes up to 64 KiB of their stack. */
int32_t palimpsest_cpu_multiply(const palimpsest_cpu_product *product, const void *weights, const float *x, float *out);

/* Compares an instruction set with the scalar kernels on made-up numbers, all types, and takes a few milliseconds.
 * Returns 0 if every bit is the same, else the number of the first type that differs, or -1 if the set is not there. */
int32_t palimpsest_cpu_self_test(int32_t set);

#ifdef __cplusplus
}
#endif

#endif
