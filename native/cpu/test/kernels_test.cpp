/* Every instruction set that is here, against the scalar kernels bit for bit and the scalar ones against sums in double
 * precision. Weights, inputs and results end where a page ends that cannot be touched, and begin where one begins. */
#include "kernels.h"
#include "palimpsest_cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef PALIMPSEST_X86
namespace palimpsest {
void multiply_pairs(int type, const Operands &operands);
}
#endif

namespace {

/* A set of the test's own: see pairs.cpp. */
constexpr int PAIRS = 100;

int failures = 0;

void fail(const char *what, int set, int type, long columns, int tokens) {
    fprintf(stderr, "FAILED: %s (set %d, type %d, %ld columns, %d tokens)\n", what, set, type, columns, tokens);
    failures++;
}

uint64_t state = 88172645463325252u;

uint32_t noise() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<uint32_t>(state >> 32);
}

float between_ones() { return static_cast<float>(static_cast<int32_t>(noise())) * 0x1p-31f; }

/* Memory between two pages that cannot be touched: it ends with the last byte before the second, or begins with the
 * first byte behind the first. */
class Guarded {
  public:
    Guarded(size_t size, bool at_end) {
        size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
        size_t whole = (size + page - 1) / page * page;
        all_ = whole + 2 * page;
        base_ = static_cast<uint8_t *>(mmap(nullptr, all_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (base_ == MAP_FAILED || mprotect(base_, page, PROT_NONE) != 0 ||
            mprotect(base_ + page + whole, page, PROT_NONE) != 0) {
            perror("guard pages");
            exit(2);
        }
        data = base_ + page + (at_end ? whole - size : 0);
    }
    ~Guarded() { munmap(base_, all_); }
    Guarded(const Guarded &) = delete;
    Guarded &operator=(const Guarded &) = delete;

    float *floats() const { return reinterpret_cast<float *>(data); }

    uint8_t *data;

  private:
    uint8_t *base_;
    size_t all_;
};

struct Kind {
    int type, elements, bytes;
    int halves[2]; /* where a block has scales, or -1 */
};

constexpr Kind KINDS[] = {
    {PALIMPSEST_CPU_F16, 1, 2, {0, -1}},      {PALIMPSEST_CPU_BF16, 1, 2, {-1, -1}},
    {PALIMPSEST_CPU_Q4_0, 32, 18, {0, -1}},   {PALIMPSEST_CPU_Q8_0, 32, 34, {0, -1}},
    {PALIMPSEST_CPU_Q4_K, 256, 144, {0, 2}},  {PALIMPSEST_CPU_Q5_K, 256, 176, {0, 2}},
    {PALIMPSEST_CPU_Q6_K, 256, 210, {208, -1}},
};

/* Random blocks whose scales lie between 2^-10 and 2^-4; every eleventh one is zero or subnormal. */
void fill(const Kind &kind, uint8_t *to, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        to[i] = static_cast<uint8_t>(noise());
    }
    for (size_t block = 0; block < bytes; block += static_cast<size_t>(kind.bytes)) {
        if (kind.type == PALIMPSEST_CPU_BF16) {
            to[block + 1] = static_cast<uint8_t>((to[block + 1] & 0x80) | 0x3d);
        }
        for (int half : kind.halves) {
            if (half >= 0) {
                uint8_t *upper = to + block + half + 1;
                bool is_small = noise() % 11 == 0;
                *upper = static_cast<uint8_t>((*upper & 0x83) | (is_small ? 0 : 0x10 + noise() % 6 * 4));
            }
        }
    }
}

struct Case {
    const Kind &kind;
    long columns, rows;
    int tokens;
};

void multiply(const Case &c, int set, long from, long to, int tokens, const uint8_t *weights, const float *x, float *out) {
#ifdef PALIMPSEST_X86
    if (set == PAIRS) {
        palimpsest::multiply_pairs(c.kind.type, {weights, x, out, c.columns, c.rows, from, to, tokens});
        return;
    }
#endif
    palimpsest_cpu_product product{c.columns, c.rows, from, to, tokens, c.kind.type, set, 0};
    if (palimpsest_cpu_multiply(&product, weights, x, out) != PALIMPSEST_CPU_OK) {
        fail("refused", set, c.kind.type, c.columns, tokens);
    }
}

/* The widened row of a weight matrix, found with inputs that are one in one place. */
void near_double(const Case &c, const uint8_t *weights, const float *x, const float *found) {
    size_t count = static_cast<size_t>(c.columns);
    double *expected = static_cast<double *>(calloc(static_cast<size_t>(c.rows * c.tokens) * 2, sizeof(double)));
    float *unit = static_cast<float *>(calloc(count, sizeof(float)));
    float *column = static_cast<float *>(calloc(static_cast<size_t>(c.rows), sizeof(float)));
    Case one{c.kind, c.columns, c.rows, 1};
    for (long k = 0; k < c.columns; k++) {
        unit[k] = 1;
        multiply(one, PALIMPSEST_CPU_SCALAR, 0, c.rows, 1, weights, unit, column);
        unit[k] = 0;
        for (long i = 0; i < c.rows * c.tokens; i++) {
            double term = static_cast<double>(column[i % c.rows]) * static_cast<double>(x[i / c.rows * c.columns + k]);
            expected[2 * i] += term;
            expected[2 * i + 1] += fabs(term);
        }
    }
    for (long i = 0; i < c.rows * c.tokens; i++) {
        if (fabs(static_cast<double>(found[i]) - expected[2 * i]) > 2e-6 * expected[2 * i + 1] + 1e-30) {
            fail("far from double precision", PALIMPSEST_CPU_SCALAR, c.kind.type, c.columns, c.tokens);
            break;
        }
    }
    free(expected);
    free(unit);
    free(column);
}

void compare(const Case &c, int set, const uint8_t *weights, const float *x, uint8_t *out, const uint8_t *expected) {
    size_t out_bytes = static_cast<size_t>(c.tokens * c.rows) * sizeof(float);
    float *results = reinterpret_cast<float *>(out);
    memset(out, 0x7f, out_bytes);
    multiply(c, set, 0, c.rows, c.tokens, weights, x, results);
    if (memcmp(out, expected, out_bytes) != 0) {
        fail("other bits than the scalar ones", set, c.kind.type, c.columns, c.tokens);
    }
    /* One token and a few rows at a time: the same bits, and nothing else is written. */
    memset(out, 0x7f, out_bytes);
    long step = 1 + c.tokens % 5;
    for (long from = 0; from < c.rows; from += step) {
        multiply(c, set, from, from + step < c.rows ? from + step : c.rows, 1, weights, x, results);
    }
    size_t first = static_cast<size_t>(c.rows) * sizeof(float);
    if (memcmp(out, expected, first) != 0) {
        fail("other bits alone than in a batch", set, c.kind.type, c.columns, c.tokens);
    }
    for (size_t i = first; i < out_bytes; i++) {
        if (out[i] != 0x7f) {
            fail("more was written than asked for", set, c.kind.type, c.columns, c.tokens);
            break;
        }
    }
}

void compare(const Case &c, bool at_end) {
    size_t weight_bytes = static_cast<size_t>(c.rows * (c.columns / c.kind.elements) * c.kind.bytes);
    size_t x_bytes = static_cast<size_t>(c.tokens * c.columns) * sizeof(float);
    size_t out_bytes = static_cast<size_t>(c.tokens * c.rows) * sizeof(float);
    Guarded weights(weight_bytes, at_end), x(x_bytes, at_end), out(out_bytes, at_end), expected(out_bytes, at_end);
    fill(c.kind, weights.data, weight_bytes);
    for (long i = 0; i < c.tokens * c.columns; i++) {
        x.floats()[i] = between_ones();
    }
    multiply(c, PALIMPSEST_CPU_SCALAR, 0, c.rows, c.tokens, weights.data, x.floats(), expected.floats());
    if (c.columns <= 512 && c.rows <= 31 && c.tokens <= 3) {
        near_double(c, weights.data, x.floats(), expected.floats());
    }
    int best = palimpsest_cpu_best_set();
    for (int set = PALIMPSEST_CPU_AVX2; best > 0 && set <= best + 1; set++) {
        compare(c, set > best ? PAIRS : set, weights.data, x.floats(), out.data, expected.data);
    }
}

void sizes() {
    const long row_counts[] = {1, 7, 31, 1021};
    const int token_counts[] = {1, 2, 3, 4, 7, 31, 100};
    for (const Kind &kind : KINDS) {
        for (long rows : row_counts) {
            for (int tokens : token_counts) {
                if (rows * tokens <= 4000) {
                    bool is_large = rows * tokens > 300;
                    long columns = is_large ? 256 : 256 * (1 + tokens % 2 * 6); /* 1,792 are more than a panel */
                    compare(Case{kind, columns, rows, tokens}, (rows + tokens) % 2 == 0);
                }
            }
        }
        if (kind.elements < 256) {
            compare(Case{kind, 32, 7, 3}, true);
            compare(Case{kind, 1056, 5, 8}, false);
        }
    }
}

void refusals() {
    struct {
        palimpsest_cpu_product product;
        int expected;
    } cases[] = {
        {{32, 1, 0, 1, 1, 3, PALIMPSEST_CPU_SCALAR, 0}, PALIMPSEST_CPU_NO_TYPE},
        {{32, 1, 0, 1, 1, PALIMPSEST_CPU_Q8_0, palimpsest_cpu_best_set() + 1, 0}, PALIMPSEST_CPU_NO_SET},
        {{32, 1, 0, 1, 1, PALIMPSEST_CPU_Q8_0, -1, 0}, PALIMPSEST_CPU_NO_SET},
        {{31, 1, 0, 1, 1, PALIMPSEST_CPU_Q8_0, PALIMPSEST_CPU_SCALAR, 0}, PALIMPSEST_CPU_BAD_SIZE},
        {{128, 1, 0, 1, 1, PALIMPSEST_CPU_Q4_K, PALIMPSEST_CPU_SCALAR, 0}, PALIMPSEST_CPU_BAD_SIZE},
        {{32, 1, -1, 1, 1, PALIMPSEST_CPU_Q8_0, PALIMPSEST_CPU_SCALAR, 0}, PALIMPSEST_CPU_BAD_SIZE},
        {{32, 1, 0, 1, -1, PALIMPSEST_CPU_Q8_0, PALIMPSEST_CPU_SCALAR, 0}, PALIMPSEST_CPU_BAD_SIZE},
        {{32, 1, 1, 1, 0, PALIMPSEST_CPU_Q8_0, PALIMPSEST_CPU_SCALAR, 0}, PALIMPSEST_CPU_OK},
    };
    for (auto &each : cases) {
        if (palimpsest_cpu_multiply(&each.product, nullptr, nullptr, nullptr) != each.expected) {
            fail("not refused as it should be", each.product.set, each.product.type, each.product.columns, each.product.tokens);
        }
    }
}

} // namespace

int main() {
    for (int set = PALIMPSEST_CPU_SCALAR; set <= palimpsest_cpu_best_set(); set++) {
        int differs = palimpsest_cpu_self_test(set);
        if (differs != 0) {
            fail("self-test", set, differs, 0, 0);
        }
    }
    if (palimpsest_cpu_abi() != PALIMPSEST_CPU_ABI || palimpsest_cpu_self_test(palimpsest_cpu_best_set() + 1) != -1) {
        fail("answers", 0, 0, 0, 0);
    }
    refusals();
    sizes();
    printf("instruction sets 0 to %d: %s\n", palimpsest_cpu_best_set(), failures == 0 ? "all is well" : "see above");
    return failures == 0 ? 0 : 1;
}
