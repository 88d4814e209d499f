package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A sequence whose every token attends to those before it, its pages scattered over a slab. What
 * lies behind the last token of a page is random, its values not even numbers where the type has
 * such, and must not matter.
 */
final class AttentionCase {
  private static final int LAYERS = 2;

  private final Heads heads;
  private final int rows;
  private final Tensor query;
  private final Tensor slab;
  private final Poisoned memory;
  private final KvBlock block;

  AttentionCase(Poisoned memory, Heads heads, int tokens) {
    this(memory, heads, tokens, DType.F32);
  }

  AttentionCase(Poisoned memory, Heads heads, int tokens, DType type) {
    this.memory = memory;
    this.heads = heads;
    this.rows = tokens;
    this.block = new KvBlock(type, heads.dim());
    query = memory.random(DType.F32, tokens, heads.queryWidth());
    slab = memory.empty(DType.F32, 2L * pages() + 1, pageBytes() / Float.BYTES);
    slab.data().fill((byte) 0xff);
    Tensor keys = memory.random(DType.F32, tokens, heads.keyValueWidth());
    Tensor values = memory.random(DType.F32, tokens, heads.keyValueWidth());
    for (int token = 0; token < tokens; token++) {
      for (int head = 0; head < heads.keyValue(); head++) {
        long from =
            ((long) token * heads.keyValueWidth() + (long) head * heads.dim()) * Float.BYTES;
        MemorySegment to = slab.data();
        block.store(keys.data(), values.data(), from, to, block(token, head), slot(token));
      }
    }
  }

  private static int slot(int token) {
    return token % Attention.PAGE_TOKENS;
  }

  private int pages() {
    return Math.ceilDiv(rows, Attention.PAGE_TOKENS);
  }

  private long pageBytes() {
    return (long) LAYERS * heads.keyValue() * block.bytes();
  }

  int rows() {
    return rows;
  }

  /** Attends all rows, in the second layer. */
  float[] run(Kernels kernels) {
    return run(kernels, 0, Integer.MAX_VALUE);
  }

  /** The rows from one on, each seeing so many tokens at most; the result of all rows. */
  float[] run(Kernels kernels, int firstRow, int window) {
    float scale = (float) (1 / Math.sqrt(heads.dim()));
    Tensor out = memory.empty(DType.F32, rows, heads.queryWidth());
    Attention attention =
        new Attention(heads, query, out, new KvSlab(slab.data(), pageBytes(), block), 2 * pages());
    for (int i = 0; i < 2 * pages(); i++) {
      attention.addPage(2 * (i % pages()) + 1);
    }
    // The rows before are another sequence's, so that blocks begin anew.
    for (int row = 0; row < rows; row++) {
      attention.addRow(row < firstRow ? pages() : 0, row + 1, scale);
    }
    attention.layer(1);
    attention.window(window);
    for (int unit = 0; unit < attention.blocks() * heads.keyValue(); unit++) {
      if (attention.firstRow(unit / heads.keyValue()) >= firstRow) {
        kernels.attend(attention, unit / heads.keyValue(), unit % heads.keyValue());
      }
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
    return block.key(slab.data(), block(token, kvHead), slot(token), d);
  }

  private float value(int token, int kvHead, int d) {
    return block.value(slab.data(), block(token, kvHead), slot(token), d);
  }

  /** Where the second layer's block of a token's page begins. */
  private long block(int token, int kvHead) {
    long page = 2L * (token / Attention.PAGE_TOKENS) + 1;
    long layer = pageBytes() / LAYERS;
    return page * pageBytes() + layer + kvHead * block.bytes();
  }

  float[] row(float[] all, int row) {
    int width = heads.queryWidth();
    return Arrays.copyOfRange(all, row * width, (row + 1) * width);
  }
}
