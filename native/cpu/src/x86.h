/* The kernels of x86, compiled once with 256 and once with 512 bits by the files that include this one. What differs is
 * in `Tile` alone: how many rows share a register and how many tokens a tile has.
 *
 * One token: four rows at a time straight from the stored weights, with prefetch; memory is the limit.
 * More: a few rows are widened into a panel that stays in the first-level cache and is multiplied with a block of tokens
 * that stays in the second-level cache. A panel lies [columns / 8][rows][8], so that one load serves whatever number of
 * rows a register holds. A pair of row and token has one accumulator of eight lanes from the first column to the last,
 * carried through memory where the columns are cut, and so the bits of all ways are the same. */
#include "blocks.h"
#include "kernels.h"

#include <immintrin.h>

namespace palimpsest {
namespace {

/* Columns of a panel and tokens of a block: 16 or 32 KiB of weights, and 192 KiB of inputs. */
constexpr long PANEL_COLUMNS = 1024;
constexpr int BLOCK_TOKENS = 48;

#ifdef PALIMPSEST_PAIRS
/* Two registers of 256 bits in place of one of 512, so that its tile can be tested on CPUs that lack that. */
struct Tile {
    struct Vector {
        __m256 row[2];
    };
    static constexpr int ROWS = 8, TOKENS = 6, ROWS_PER_VECTOR = 2;
    static Vector load(const float *at) { return {{_mm256_load_ps(at), _mm256_load_ps(at + LANES)}}; }
    static void store(float *at, Vector v) {
        _mm256_store_ps(at, v.row[0]);
        _mm256_store_ps(at + LANES, v.row[1]);
    }
    static Vector token(const float *x) { return {{_mm256_loadu_ps(x), _mm256_loadu_ps(x)}}; }
    static Vector fma(Vector a, Vector b, Vector c) {
        return {{_mm256_fmadd_ps(a.row[0], b.row[0], c.row[0]), _mm256_fmadd_ps(a.row[1], b.row[1], c.row[1])}};
    }
};
#elif defined(__AVX512F__)
/* Two rows a register; 8 rows and 6 tokens are 24 accumulators of 32 registers. */
struct Tile {
    using Vector = __m512;
    static constexpr int ROWS = 8, TOKENS = 6, ROWS_PER_VECTOR = 2;
    static Vector load(const float *at) { return _mm512_load_ps(at); }
    static void store(float *at, Vector v) { _mm512_store_ps(at, v); }
    static Vector token(const float *x) { return _mm512_broadcast_f32x8(_mm256_loadu_ps(x)); }
    static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
};
#else
/* One row a register; 4 rows and 3 tokens are 12 accumulators of 16 registers. */
struct Tile {
    using Vector = __m256;
    static constexpr int ROWS = 4, TOKENS = 3, ROWS_PER_VECTOR = 1;
    static Vector load(const float *at) { return _mm256_load_ps(at); }
    static void store(float *at, Vector v) { _mm256_store_ps(at, v); }
    static Vector token(const float *x) { return _mm256_loadu_ps(x); }
    static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
};
#endif

constexpr int VECTORS = Tile::ROWS / Tile::ROWS_PER_VECTOR;
constexpr int WIDTH = LANES * Tile::ROWS_PER_VECTOR;

/* Sixteen weights, half a piece. */
struct Sixteen {
    __m256 part[2];
};

inline float half(const uint8_t *at) { return _cvtsh_ss(u16_at(at)); }

/* Sixteen bytes, in both halves of a register. */
inline __m256i load_twice(const uint8_t *at) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(at)));
}

/* Puts each of eight signed bytes on top of 32 bits, which is the byte times 2^24, and makes floats of them. */
inline __m256 to_floats(__m256i twice, int first) {
    constexpr char N = -1;
    __m256i lower = _mm256_setr_epi8(N, N, N, 0, N, N, N, 1, N, N, N, 2, N, N, N, 3, N, N, N, 4, N, N, N, 5, N, N, N, 6, N, N, N, 7);
    __m256i upper = _mm256_setr_epi8(N, N, N, 8, N, N, N, 9, N, N, N, 10, N, N, N, 11, N, N, N, 12, N, N, N, 13, N, N, N, 14, N, N, N, 15);
    return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(twice, first == 0 ? lower : upper));
}

/* What undoes the 2^24: exact, because a scale is a half times a small integer, far above what f32 can hold. */
constexpr float UNDO = 0x1p-24f;

/* Sixteen signed bytes times a factor that undoes. */
inline Sixteen scaled(__m256i twice, __m256 factor) {
    return {{_mm256_mul_ps(to_floats(twice, 0), factor), _mm256_mul_ps(to_floats(twice, 8), factor)}};
}

/* The four low or high bits of each byte. */
inline __m256i nibbles(__m256i bytes, bool is_high) {
    return _mm256_and_si256(is_high ? _mm256_srli_epi16(bytes, 4) : bytes, _mm256_set1_epi8(15));
}

/* A block with its scales made ready; `widen` gives one half of one of its pieces, numbers that the compiler knows. */
template <int TYPE> struct Open;

inline __m128i load_once(const uint8_t *at) { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(at)); }

template <> struct Open<PALIMPSEST_CPU_F16> {
    const uint8_t *block;
    explicit Open(const uint8_t *at) : block(at) {}
    Sixteen widen(int, int side) const {
        const uint8_t *at = block + side * 32;
        return {{_mm256_cvtph_ps(load_once(at)), _mm256_cvtph_ps(load_once(at + 16))}};
    }
};

template <> struct Open<PALIMPSEST_CPU_BF16> {
    const uint8_t *block;
    explicit Open(const uint8_t *at) : block(at) {}
    static __m256 eight(const uint8_t *at) {
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(load_once(at)), 16));
    }
    Sixteen widen(int, int side) const { return {{eight(block + side * 32), eight(block + side * 32 + 16)}}; }
};

template <> struct Open<PALIMPSEST_CPU_Q4_0> {
    const uint8_t *block;
    __m256 d;
    explicit Open(const uint8_t *at) : block(at), d(_mm256_set1_ps(half(at) * UNDO)) {}
    Sixteen widen(int, int side) const {
        __m256i quants = nibbles(load_twice(block + 2), side != 0);
        return scaled(_mm256_sub_epi8(quants, _mm256_set1_epi8(8)), d);
    }
};

template <> struct Open<PALIMPSEST_CPU_Q8_0> {
    const uint8_t *block;
    __m256 d;
    explicit Open(const uint8_t *at) : block(at), d(_mm256_set1_ps(half(at) * UNDO)) {}
    Sixteen widen(int, int side) const { return scaled(load_twice(block + 2 + side * 16), d); }
};

/* Eight groups of 32 with scales and minima of six bits: value = d * scale * q - dmin * minimum. */
struct Eight {
    const uint8_t *block;
    alignas(32) float scales[8];
    alignas(32) float minima[8];

    explicit Eight(const uint8_t *at) : block(at) {
        uint32_t packed[3];
        memcpy(packed, at + 4, sizeof packed);
        uint32_t scale_bits[2] = {packed[0] & 0x3f3f3f3f, (packed[2] & 0x0f0f0f0f) | (packed[0] >> 2 & 0x30303030)};
        uint32_t minimum_bits[2] = {packed[1] & 0x3f3f3f3f, (packed[2] >> 4 & 0x0f0f0f0f) | (packed[1] >> 2 & 0x30303030)};
        _mm256_store_ps(scales, _mm256_mul_ps(small(scale_bits), _mm256_set1_ps(half(at) * UNDO)));
        _mm256_store_ps(minima, _mm256_mul_ps(small(minimum_bits), _mm256_set1_ps(half(at + 2))));
    }

    /* Eight bytes as floats. */
    static __m256 small(const uint32_t *bits) {
        __m128i bytes = _mm_set_epi32(0, 0, static_cast<int>(bits[1]), static_cast<int>(bits[0]));
        return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    }

    Sixteen less_minimum(int group, __m256i quants) const {
        __m256 minimum = _mm256_set1_ps(minima[group]);
        Sixteen w = scaled(quants, _mm256_set1_ps(scales[group]));
        return {{_mm256_sub_ps(w.part[0], minimum), _mm256_sub_ps(w.part[1], minimum)}};
    }
};

template <> struct Open<PALIMPSEST_CPU_Q4_K> : Eight {
    explicit Open(const uint8_t *at) : Eight(at) {}
    Sixteen widen(int group, int side) const {
        return less_minimum(group, nibbles(load_twice(block + 16 + group / 2 * 32 + side * 16), group % 2 != 0));
    }
};

template <> struct Open<PALIMPSEST_CPU_Q5_K> : Eight {
    explicit Open(const uint8_t *at) : Eight(at) {}
    Sixteen widen(int group, int side) const {
        __m256i mask = _mm256_set1_epi8(static_cast<char>(1 << group));
        __m256i is_set = _mm256_cmpeq_epi8(_mm256_and_si256(load_twice(block + 16 + side * 16), mask), mask);
        __m256i low = nibbles(load_twice(block + 48 + group / 2 * 32 + side * 16), group % 2 != 0);
        return less_minimum(group, _mm256_or_si256(low, _mm256_and_si256(is_set, _mm256_set1_epi8(16))));
    }
};

/* Value = d * scale * (q - 32): four low bits, two high ones, a signed scale for 16 elements. */
template <> struct Open<PALIMPSEST_CPU_Q6_K> {
    const uint8_t *block;
    alignas(32) float scales[16];

    explicit Open(const uint8_t *at) : block(at) {
        __m256 d = _mm256_set1_ps(half(at + 208) * UNDO);
        for (int i = 0; i < 2; i++) {
            __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(at + 192 + i * 8));
            _mm256_store_ps(scales + i * 8, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)), d));
        }
    }

    /* The two high bits of each byte, moved above the four low ones. */
    static __m256i two_bits(__m256i bytes, int quarter) {
        switch (quarter) {
        case 0: return _mm256_slli_epi16(bytes, 4);
        case 1: return _mm256_slli_epi16(bytes, 2);
        case 2: return bytes;
        default: return _mm256_srli_epi16(bytes, 2);
        }
    }

    Sixteen widen(int part, int side) const {
        int quarter = part % 4;
        __m256i low = load_twice(block + part / 4 * 64 + quarter % 2 * 32 + side * 16);
        __m256i high = two_bits(load_twice(block + 128 + part / 4 * 32 + side * 16), quarter);
        __m256i q = _mm256_or_si256(nibbles(low, quarter >= 2), _mm256_and_si256(high, _mm256_set1_epi8(0x30)));
        return scaled(_mm256_sub_epi8(q, _mm256_set1_epi8(32)), _mm256_set1_ps(scales[part * 2 + side]));
    }
};

/* Adds the lanes of four accumulators: l + 4, then l + 2, then l + 1. */
inline __m128 sums_of_lanes(const __m256 *of) {
    __m128 fours[4];
    for (int i = 0; i < 4; i++) {
        fours[i] = _mm_add_ps(_mm256_castps256_ps128(of[i]), _mm256_extractf128_ps(of[i], 1));
    }
    __m128 first = _mm_add_ps(_mm_shuffle_ps(fours[0], fours[1], 0x44), _mm_shuffle_ps(fours[0], fours[1], 0xee));
    __m128 second = _mm_add_ps(_mm_shuffle_ps(fours[2], fours[3], 0x44), _mm_shuffle_ps(fours[2], fours[3], 0xee));
    return _mm_add_ps(_mm_shuffle_ps(first, second, 0x88), _mm_shuffle_ps(first, second, 0xdd));
}

/* Writes as many of the four as there are rows. */
inline void store_sums(float *out, __m128 sums, long rows) {
    if (rows >= 4) {
        _mm_storeu_ps(out, sums);
        return;
    }
    float values[4];
    _mm_storeu_ps(values, sums);
    for (long i = 0; i < rows; i++) {
        out[i] = values[i];
    }
}

/* One token and ROWS rows; their chains of additions are woven into one another, as each waits for itself. */
template <int TYPE, int ROWS> inline void few_rows(const Operands &o, long row) {
    constexpr int PIECES = Block<TYPE>::ELEMENTS / PIECE;
    long bytes = row_bytes<TYPE>(o.columns);
    const uint8_t *weights = o.weights + row * bytes;
    __m256 lanes[4];
    for (int r = 0; r < 4; r++) {
        lanes[r] = _mm256_setzero_ps();
    }
    const float *x = o.x;
    /* The next rows, one line after the other, while these are multiplied: memory likes one long stream. */
    const uint8_t *ahead = row + 2 * ROWS <= o.row_to ? weights + ROWS * bytes : weights;
    for (long at = 0; at < bytes; at += Block<TYPE>::BYTES) {
        const uint8_t *stream = weights + at;
        const Open<TYPE> blocks[4] = {Open<TYPE>(stream), Open<TYPE>(stream + (ROWS > 1 ? bytes : 0)),
                                      Open<TYPE>(stream + (ROWS > 2 ? 2 * bytes : 0)),
                                      Open<TYPE>(stream + (ROWS > 3 ? 3 * bytes : 0))};
#pragma GCC unroll 16
        for (int i = 0; i < PIECES * 2; i++) {
            __m256 first = _mm256_loadu_ps(x + i * 16);
            __m256 second = _mm256_loadu_ps(x + i * 16 + LANES);
#pragma GCC unroll 4
            for (int r = 0; r < ROWS; r++) {
                Sixteen w = blocks[r].widen(i / 2, i % 2);
                lanes[r] = _mm256_fmadd_ps(w.part[0], first, lanes[r]);
                lanes[r] = _mm256_fmadd_ps(w.part[1], second, lanes[r]);
            }
        }
        for (int line = 0; line < ROWS * Block<TYPE>::BYTES; line += 64) {
            _mm_prefetch(reinterpret_cast<const char *>(ahead + line), _MM_HINT_T0);
        }
        ahead += ROWS * Block<TYPE>::BYTES;
        x += Block<TYPE>::ELEMENTS;
    }
    store_sums(o.out + row, sums_of_lanes(lanes), ROWS);
}

template <int TYPE> void one_token(const Operands &o) {
    long row = o.row_from;
    for (; row + 4 <= o.row_to; row += 4) {
        few_rows<TYPE, 4>(o, row);
    }
    for (; row < o.row_to; row++) {
        few_rows<TYPE, 1>(o, row);
    }
}

/* Widens columns [from, from + columns) of up to Tile::ROWS rows; those that are not there become zeros. */
template <int TYPE> void fill(float *panel, const Operands &o, long row, long from, long columns) {
    constexpr int PIECES = Block<TYPE>::ELEMENTS / PIECE;
    for (int r = 0; r < Tile::ROWS; r++) {
        bool is_there = row + r < o.row_to;
        long begin = (is_there ? row + r : row) * row_bytes<TYPE>(o.columns) + row_bytes<TYPE>(from);
        float *to = panel + r * LANES;
        for (long k = 0; k < columns; k += Block<TYPE>::ELEMENTS) {
            Open<TYPE> block(o.weights + begin + row_bytes<TYPE>(k));
#pragma GCC unroll 16
            for (int i = 0; i < PIECES * 2; i++) {
                Sixteen w = block.widen(i / 2, i % 2);
                _mm256_store_ps(to, is_there ? w.part[0] : _mm256_setzero_ps());
                _mm256_store_ps(to + Tile::ROWS * LANES, is_there ? w.part[1] : _mm256_setzero_ps());
                to += 2 * Tile::ROWS * LANES;
            }
        }
    }
}

/* Goes on with the accumulators of COUNT tokens over a panel. */
template <int COUNT> __attribute__((noinline)) void tile(const float *panel, const float *x, long stride, long columns, float *sums) {
    typename Tile::Vector a[COUNT][VECTORS];
    for (int t = 0; t < COUNT; t++) {
        for (int r = 0; r < VECTORS; r++) {
            a[t][r] = Tile::load(sums + (t * VECTORS + r) * WIDTH);
        }
    }
    for (long k = 0; k < columns; k += LANES) {
        typename Tile::Vector v[COUNT];
#pragma GCC unroll 6
        for (int t = 0; t < COUNT; t++) {
            v[t] = Tile::token(x + t * stride + k);
        }
#pragma GCC unroll 4
        for (int r = 0; r < VECTORS; r++) {
            typename Tile::Vector w = Tile::load(panel + k * Tile::ROWS + r * WIDTH);
#pragma GCC unroll 6
            for (int t = 0; t < COUNT; t++) {
                a[t][r] = Tile::fma(w, v[t], a[t][r]);
            }
        }
    }
    for (int t = 0; t < COUNT; t++) {
        for (int r = 0; r < VECTORS; r++) {
            Tile::store(sums + (t * VECTORS + r) * WIDTH, a[t][r]);
        }
    }
}

inline void tile(int count, const float *panel, const float *x, long stride, long columns, float *sums) {
    switch (count) {
    case 1: tile<1>(panel, x, stride, columns, sums); break;
    case 2: tile<2>(panel, x, stride, columns, sums); break;
#if defined(__AVX512F__) || defined(PALIMPSEST_PAIRS)
    case 3: tile<3>(panel, x, stride, columns, sums); break;
    case 4: tile<4>(panel, x, stride, columns, sums); break;
    case 5: tile<5>(panel, x, stride, columns, sums); break;
#endif
    default: tile<Tile::TOKENS>(panel, x, stride, columns, sums); break;
    }
}

/* A block of tokens with up to Tile::ROWS rows. */
template <int TYPE> void block(const Operands &o, long row, int token, int tokens, float *panel, float *sums) {
    constexpr int SUMS = Tile::ROWS * LANES;
    memset(sums, 0, sizeof(float) * SUMS * static_cast<size_t>(tokens));
    for (long from = 0; from < o.columns; from += PANEL_COLUMNS) {
        long columns = o.columns - from < PANEL_COLUMNS ? o.columns - from : PANEL_COLUMNS;
        fill<TYPE>(panel, o, row, from, columns);
        for (int t = 0; t < tokens; t += Tile::TOKENS) {
            int count = tokens - t < Tile::TOKENS ? tokens - t : Tile::TOKENS;
            tile(count, panel, o.x + (token + t) * o.columns + from, o.columns, columns, sums + t * SUMS);
        }
    }
    long rows = o.row_to - row < Tile::ROWS ? o.row_to - row : Tile::ROWS;
    for (int t = 0; t < tokens; t++) {
        for (int r = 0; r < rows; r += 4) {
            __m256 of[4];
            for (int i = 0; i < 4; i++) {
                of[i] = _mm256_load_ps(sums + t * SUMS + (r + i) * LANES);
            }
            store_sums(o.out + (token + t) * o.out_width + row + r, sums_of_lanes(of), rows - r);
        }
    }
}

template <int TYPE> void more_tokens(const Operands &o) {
    alignas(64) float panel[Tile::ROWS * PANEL_COLUMNS];
    alignas(64) float sums[BLOCK_TOKENS * Tile::ROWS * LANES];
    for (int token = 0; token < o.tokens; token += BLOCK_TOKENS) {
        int tokens = o.tokens - token < BLOCK_TOKENS ? o.tokens - token : BLOCK_TOKENS;
        for (long row = o.row_from; row < o.row_to; row += Tile::ROWS) {
            block<TYPE>(o, row, token, tokens, panel, sums);
        }
    }
}

template <int TYPE> void multiply(const Operands &o) {
    if (o.tokens == 1) {
        one_token<TYPE>(o);
    } else {
        more_tokens<TYPE>(o);
    }
}

} // namespace
} // namespace palimpsest
