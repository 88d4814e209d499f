package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A sequence whose every token attends to those before it, its pages scattered over a slab of
 * random numbers. What lies behind the last token of a page is random too and must not matter.
 */
final class AttentionCase {
  private static final int LAYERS = 2;
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Heads heads;
  private final int rows;
  private final Tensor query;
  private final Tensor slab;
  private final Poisoned memory;

  AttentionCase(Poisoned memory, Heads heads, int tokens) {
    this.memory = memory;
    this.heads = heads;
    this.rows = tokens;
    query = memory.random(DType.F32, tokens, heads.queryWidth());
    int pages = 2 * pages() + 1;
    slab = memory.random(DType.F32, pages, pageBytes() / Float.BYTES);
    poisonUnused();
  }

  private int pages() {
    return Math.ceilDiv(rows, Attention.PAGE_TOKENS);
  }

  private long pageBytes() {
    return (long) LAYERS * heads.keyValue() * Attention.blockBytes(heads.dim());
  }

  /** Fills the values behind the last token with NaN. */
  private void poisonUnused() {
    int used = rows % Attention.PAGE_TOKENS;
    long page = 2L * (pages() - 1) + 1;
    for (int block = 0; used > 0 && block < LAYERS * heads.keyValue(); block++) {
      long start = page * pageBytes() + block * Attention.blockBytes(heads.dim());
      long values =
          start + Attention.keyBytes(heads.dim()) + (long) used * heads.dim() * Float.BYTES;
      long end = start + Attention.blockBytes(heads.dim());
      for (long at = values; at < end; at += Float.BYTES) {
        slab.data().set(F32, at, Float.NaN);
      }
    }
  }

  int rows() {
    return rows;
  }

  /** Attends the rows from one on, in the second layer; the result of all rows. */
  float[] run(Kernels kernels, int firstRow) {
    return run(kernels, firstRow, Integer.MAX_VALUE);
  }

  /** The same with a window. */
  float[] run(Kernels kernels, int firstRow, int window) {
    float scale = (float) (1 / Math.sqrt(heads.dim()));
    Tensor out = memory.empty(DType.F32, rows, heads.queryWidth());
    Attention attention = new Attention(heads, query, out, slab.data(), pageBytes(), pages());
    for (int i = 0; i < pages(); i++) {
      attention.addPage(2 * i + 1);
    }
    for (int row = 0; row < rows; row++) {
      attention.addRow(0, row + 1, scale);
    }
    attention.layer(1);
    attention.window(window);
    for (int unit = firstRow * heads.keyValue(); unit < rows * heads.keyValue(); unit++) {
      kernels.attend(attention, unit / heads.keyValue(), unit % heads.keyValue());
    }
    return Poisoned.floats(out);
  }

  /** Attention of a row as its definition says, in double precision. */
  double[] expected(int row, int window) {
    double[] out = new double[heads.queryWidth()];
    float[] queries = Poisoned.floats(query);
    for (int head = 0; head < heads.query(); head++) {
      int kvHead = head / heads.group();
      int at = head * heads.dim();
      double total = 0;
      for (int token = Math.max(0, row - window + 1); token <= row; token++) {
        double score = 0;
        for (int d = 0; d < heads.dim(); d++) {
          score += queries[row * heads.queryWidth() + at + d] * (double) key(token, kvHead, d);
        }
        double weight = Math.exp(score / Math.sqrt(heads.dim()));
        total += weight;
        for (int d = 0; d < heads.dim(); d++) {
          out[at + d] += weight * value(token, kvHead, d);
        }
      }
      for (int d = 0; d < heads.dim(); d++) {
        out[at + d] /= total;
      }
    }
    return out;
  }

  private float key(int token, int kvHead, int d) {
    long place = (long) d * Attention.PAGE_TOKENS + token % Attention.PAGE_TOKENS;
    return slab.data().get(F32, block(token, kvHead) + place * Float.BYTES);
  }

  private float value(int token, int kvHead, int d) {
    long place = (long) (token % Attention.PAGE_TOKENS) * heads.dim() + d;
    long values = block(token, kvHead) + Attention.keyBytes(heads.dim());
    return slab.data().get(F32, values + place * Float.BYTES);
  }

  /** Where the second layer's block of a token's page begins. */
  private long block(int token, int kvHead) {
    long page = 2L * (token / Attention.PAGE_TOKENS) + 1;
    long layer = pageBytes() / LAYERS;
    return page * pageBytes() + layer + kvHead * Attention.blockBytes(heads.dim());
  }

  float[] row(float[] all, int row) {
    int width = heads.queryWidth();
    return Arrays.copyOfRange(all, row * width, (row + 1) * width);
  }
}
