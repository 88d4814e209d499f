/* What this machine allows and what the kernels reach, on one thread and on all: bytes read a second, f32 operations a
 * second, products with one token (bytes of weights a second) and with 512 tokens (operations a second). Each figure is
 * the median of seven with the least and the greatest; the probe of memory runs beside each product with one token. */
#include "palimpsest_cpu.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thread>
#include <vector>

namespace {

constexpr int RUNS = 7;
constexpr size_t PROBE_BYTES = 512u << 20;

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/* Runs a piece of work for each thread and returns the seconds until the last is done. */
double timed(int threads, const std::function<void(int)> &work) {
    double begin = seconds();
    std::vector<std::thread> others;
    for (int i = 1; i < threads; i++) {
        others.emplace_back(work, i);
    }
    work(0);
    for (auto &each : others) {
        each.join();
    }
    return seconds() - begin;
}

struct Series {
    std::vector<double> values;
    void print(const char *what, int threads, const char *unit) {
        std::sort(values.begin(), values.end());
        printf("%-28s %d thread(s) %7.1f (%.1f..%.1f) %s\n", what, threads, values[values.size() / 2], values.front(),
               values.back(), unit);
    }
};

volatile float sink;

void read_all(const uint8_t *from, size_t bytes) {
    __m256i a[4] = {};
    for (size_t i = 0; i + 128 <= bytes; i += 128) {
        for (size_t j = 0; j < 4; j++) {
            a[j] = _mm256_xor_si256(a[j], _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + i + j * 32)));
        }
    }
    __m256i all = _mm256_xor_si256(_mm256_xor_si256(a[0], a[1]), _mm256_xor_si256(a[2], a[3]));
    sink = static_cast<float>(_mm256_extract_epi32(all, 0));
}

double probe(const std::vector<uint8_t> &memory, int threads) {
    size_t share = memory.size() / static_cast<size_t>(threads);
    double time = timed(threads, [&](int i) { read_all(memory.data() + static_cast<size_t>(i) * share, share); });
    return static_cast<double>(memory.size()) / time / 1e9;
}

void multiply_registers(long rounds) {
    __m256 a[12];
    for (int i = 0; i < 12; i++) {
        a[i] = _mm256_set1_ps(static_cast<float>(i));
    }
    __m256 w = _mm256_set1_ps(0.5f), v = _mm256_set1_ps(0.25f);
    for (long round = 0; round < rounds; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < 12; i++) {
            a[i] = _mm256_fmadd_ps(w, v, a[i]);
        }
        asm volatile("" : "+x"(w));
    }
    for (int i = 1; i < 12; i++) {
        a[0] = _mm256_add_ps(a[0], a[i]);
    }
    sink = _mm256_cvtss_f32(a[0]);
}

struct Kind {
    const char *name;
    int type;
    double bytes_per_weight;
};

constexpr Kind KINDS[] = {{"Q8_0", PALIMPSEST_CPU_Q8_0, 34.0 / 32},  {"Q4_0", PALIMPSEST_CPU_Q4_0, 18.0 / 32},
                          {"Q4_K", PALIMPSEST_CPU_Q4_K, 144.0 / 256}, {"Q5_K", PALIMPSEST_CPU_Q5_K, 176.0 / 256},
                          {"Q6_K", PALIMPSEST_CPU_Q6_K, 210.0 / 256}, {"F16", PALIMPSEST_CPU_F16, 2}};

struct Matrix {
    const std::vector<uint8_t> &memory;
    long rows, columns;
    std::vector<float> x, out;
};

/* Rows of a unit, as the engine cuts them. */
constexpr long UNIT = 56;

double product(Matrix &m, const Kind &kind, int tokens, int threads, int set) {
    return timed(threads, [&](int thread) {
        palimpsest_cpu_product p{m.columns, m.rows, 0, 0, tokens, kind.type, set, 0};
        for (long row = thread * UNIT; row < m.rows; row += threads * UNIT) {
            p.row_from = row;
            p.row_to = std::min(m.rows, row + UNIT);
            palimpsest_cpu_multiply(&p, m.memory.data(), m.x.data(), m.out.data());
        }
    });
}

void one_token(const std::vector<uint8_t> &memory, const Kind &kind, int threads, int set) {
    long columns = 1024;
    long rows = static_cast<long>(static_cast<double>(memory.size()) / kind.bytes_per_weight) / columns;
    Matrix m{memory, rows, columns, std::vector<float>(1024, 0.5f), std::vector<float>(static_cast<size_t>(rows))};
    Series speed, share;
    for (int run = 0; run < RUNS; run++) {
        double before = probe(memory, threads);
        double reached = static_cast<double>(rows * columns) * kind.bytes_per_weight / product(m, kind, 1, threads, set) / 1e9;
        double after = probe(memory, threads);
        speed.values.push_back(reached);
        share.values.push_back(200 * reached / (before + after));
    }
    char what[64];
    snprintf(what, sizeof what, "one token, %s", kind.name);
    speed.print(what, threads, "GB/s");
    share.print("  of what was probed", threads, "%");
}

void many_tokens(const std::vector<uint8_t> &memory, const Kind &kind, int threads, int set, int tokens) {
    long rows = 3072, columns = 1024;
    Matrix m{memory, rows, columns, std::vector<float>(static_cast<size_t>(columns * tokens), 0.5f),
             std::vector<float>(static_cast<size_t>(rows * tokens))};
    Series speed;
    for (int run = 0; run < RUNS; run++) {
        double time = product(m, kind, tokens, threads, set);
        speed.values.push_back(2.0 * static_cast<double>(rows * columns * tokens) / time / 1e9);
    }
    char what[64];
    snprintf(what, sizeof what, "%d tokens, %s", tokens, kind.name);
    speed.print(what, threads, "Gop/s");
}

} // namespace

int main(int count, char **arguments) {
    int set = count > 1 ? atoi(arguments[1]) : palimpsest_cpu_best_set();
    int all = static_cast<int>(std::thread::hardware_concurrency());
    std::vector<uint8_t> memory(PROBE_BYTES);
    for (size_t i = 0; i < memory.size(); i++) {
        memory[i] = static_cast<uint8_t>(i * 2654435761u >> 13) & 0x3f;
    }
    printf("instruction set %d\n", set);
    for (int threads = 1; threads <= all; threads += all > 1 ? all - 1 : 1) {
        Series read, fma;
        for (int run = 0; run < RUNS; run++) {
            read.values.push_back(probe(memory, threads));
            long rounds = 20'000'000;
            double time = timed(threads, [&](int) { multiply_registers(rounds); });
            fma.values.push_back(static_cast<double>(rounds) * 12 * 16 * threads / time / 1e9);
        }
        read.print("memory read", threads, "GB/s");
        fma.print("f32, 256 bits, registers", threads, "Gop/s");
        for (const Kind &kind : KINDS) {
            one_token(memory, kind, threads, set);
            many_tokens(memory, kind, threads, set, 512);
        }
        many_tokens(memory, KINDS[0], threads, set, 8);
        many_tokens(memory, KINDS[0], threads, set, 4);
    }
    return 0;
}
