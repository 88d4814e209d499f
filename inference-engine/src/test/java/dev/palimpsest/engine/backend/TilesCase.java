package dev.palimpsest.engine.backend;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One row that attends to what is left of a stretch, tiles of any length scattered over a slab of
 * NaN, and to a page behind it. Two layers, of which the second is looked at; the tiles of the
 * first one are never filled.
 */
final class TilesCase {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final int GAP = 3;

  private final Poisoned memory;
  private final RandomGenerator random;
  private final Heads heads;
  private final int paged;
  private final Tensor query;
  private final Tensor slab;
  private final List<List<Key>> keys = new ArrayList<>();
  private final Tiles tiles;

  private static final class Key {
    private final float[] key;
    private final float[] value;
    private final float bias;

    private Key(float[] key, float[] value, float bias) {
      this.key = key;
      this.value = value;
      this.bias = bias;
    }
  }

  /**
   * @param lengths of each key/value head
   * @param tileMax keys of a tile at most
   * @param hasBiases whether they are not all zero
   * @param paged tokens on the page
   */
  TilesCase(
      Poisoned memory,
      RandomGenerator random,
      Heads heads,
      int[] lengths,
      int tileMax,
      boolean hasBiases,
      int paged) {
    this.memory = memory;
    this.random = random;
    this.heads = heads;
    this.paged = paged;
    query = memory.random(DType.F32, 1, heads.queryWidth());
    int all = 0;
    for (int head = 0; head < heads.keyValue(); head++) {
      List<Key> of = new ArrayList<>();
      for (int j = 0; j < lengths[head]; j++) {
        float bias = hasBiases ? (float) (2 * random.nextGaussian()) : 0;
        of.add(new Key(vector(), vector(), bias));
      }
      keys.add(of);
      all += lengths[head];
    }
    long floats = pageBytes() / Float.BYTES;
    long room = all * (long) (Tiles.keyBytes(heads.dim()) / Float.BYTES + GAP);
    slab = memory.empty(DType.F32, 1, 2 * floats + room);
    fillPage();
    tiles = scatter(lengths, tileMax);
  }

  private float[] vector() {
    float[] vector = new float[heads.dim()];
    for (int d = 0; d < vector.length; d++) {
      vector[d] = (float) random.nextGaussian();
    }
    return vector;
  }

  private long pageBytes() {
    return 2L * heads.keyValue() * KvBlock.f32(heads.dim()).bytes();
  }

  /** Where the second layer's block of page 1 begins. */
  private long block(int head) {
    return pageBytes() + pageBytes() / 2 + head * KvBlock.f32(heads.dim()).bytes();
  }

  private void fillPage() {
    for (int head = 0; head < heads.keyValue(); head++) {
      for (int j = 0; j < paged; j++) {
        Key key = new Key(vector(), vector(), 0);
        keys.get(head).add(key);
        long values = block(head) + KvBlock.f32(heads.dim()).keyBytes();
        write(slab, key, block(head), Attention.PAGE_TOKENS, values, j);
      }
    }
  }

  private void write(Tensor to, Key key, long at, int stride, long values, int j) {
    for (int d = 0; d < heads.dim(); d++) {
      to.data().set(F32, at + ((long) d * stride + j) * Float.BYTES, key.key[d]);
      to.data().set(F32, values + ((long) j * heads.dim() + d) * Float.BYTES, key.value[d]);
    }
  }

  private Tiles scatter(int[] lengths, int tileMax) {
    int[] first = new int[2 * heads.keyValue() + 1];
    List<Long> offsets = new ArrayList<>();
    List<Integer> counts = new ArrayList<>();
    long at = 2 * pageBytes();
    for (int head = 0; head < heads.keyValue(); head++) {
      for (int from = 0; from < lengths[head]; from += counts.getLast()) {
        int count = Math.min(tileMax, lengths[head] - from);
        at += GAP * Float.BYTES;
        offsets.add(at);
        counts.add(count);
        for (int j = 0; j < count; j++) {
          Key key = keys.get(head).get(from + j);
          write(slab, key, at, count, at + Tiles.valuesAt(heads.dim(), count), j);
          long bias = at + Tiles.biasesAt(heads.dim(), count) + (long) j * Float.BYTES;
          slab.data().set(F32, bias, key.bias);
          long position = at + Tiles.positionsAt(heads.dim(), count) + (long) j * Integer.BYTES;
          slab.data().set(I32, position, from + j);
        }
        at += Tiles.bytes(heads.dim(), count);
      }
      first[heads.keyValue() + head + 1] = offsets.size();
    }
    return new Tiles(
        heads.keyValue(),
        first,
        offsets.stream().mapToLong(Long::longValue).toArray(),
        counts.stream().mapToInt(Integer::intValue).toArray());
  }

  float[] run(Kernels kernels) {
    return run(kernels, null);
  }

  /** Behind the positions of all tiles stand those of the page. */
  float[] run(Kernels kernels, @Nullable AttentionMass mass) {
    return run(kernels, slab, 2, paged, tiles, mass);
  }

  private float[] run(
      Kernels kernels,
      Tensor from,
      int pages,
      int tokens,
      Tiles beside,
      @Nullable AttentionMass mass) {
    Tensor out = memory.empty(DType.F32, 1, heads.queryWidth());
    Attention attention =
        new Attention(
            heads,
            query,
            out,
            new KvSlab(from.data(), pageBytes(), KvBlock.f32(heads.dim())),
            pages);
    int first = beside == Tiles.NONE ? 0 : 1;
    for (int page = first; page < pages; page++) {
      attention.addPage(page);
    }
    attention.addRow(0, tokens, (float) (1 / Math.sqrt(heads.dim())));
    attention.tilesOfLast(beside);
    attention.massOfLast(mass, longest());
    attention.layer(1);
    for (int head = 0; head < heads.keyValue(); head++) {
      kernels.attend(attention, 0, head);
    }
    return Poisoned.floats(out);
  }

  /** The same keys, all on pages, as if nothing were compacted; every head has as many. */
  float[] runOnPages(Kernels kernels) {
    int count = keys.getFirst().size();
    int pages = Math.ceilDiv(count, Attention.PAGE_TOKENS);
    Tensor whole = memory.empty(DType.F32, pages, pageBytes() / Float.BYTES);
    for (int head = 0; head < heads.keyValue(); head++) {
      for (int j = 0; j < count; j++) {
        Key key = keys.get(head).get(j);
        long block = block(head) + (j / Attention.PAGE_TOKENS - 1) * pageBytes();
        long values = block + KvBlock.f32(heads.dim()).keyBytes();
        int slot = j % Attention.PAGE_TOKENS;
        write(whole, key, block, Attention.PAGE_TOKENS, values, slot);
      }
    }
    return run(kernels, whole, pages, count, Tiles.NONE, null);
  }

  /** The first position of the page. */
  int longest() {
    return keys.stream().mapToInt(all -> all.size() - paged).max().orElseThrow();
  }

  /** What each position gets of all heads together, in double precision. */
  double[] expectedShares() {
    double[] shares = new double[longest() + paged];
    for (int head = 0; head < heads.query(); head++) {
      List<Key> all = keys.get(head / heads.group());
      double[] weights = new double[all.size()];
      for (int j = 0; j < weights.length; j++) {
        weights[j] = weight(all.get(j), head);
      }
      double total = Arrays.stream(weights).sum();
      for (int j = 0; j < weights.length; j++) {
        int behind = j - (weights.length - paged);
        shares[behind < 0 ? j : longest() + behind] += weights[j] / total / heads.query();
      }
    }
    return shares;
  }

  /**
   * The definition in double precision, part by part and merged by the logarithms of their sums:
   * tiles and page are attention of their own first.
   */
  double[] expected() {
    double[] out = new double[heads.queryWidth()];
    for (int head = 0; head < heads.query(); head++) {
      List<Key> all = keys.get(head / heads.group());
      int split = all.size() - paged;
      double[] first = new double[heads.dim()];
      double[] second = new double[heads.dim()];
      double sumFirst = part(all.subList(0, split), head, first);
      double sumSecond = part(all.subList(split, all.size()), head, second);
      double share = 1 / (1 + Math.exp(sumSecond - sumFirst));
      for (int d = 0; d < heads.dim(); d++) {
        out[head * heads.dim() + d] = share * first[d] + (1 - share) * second[d];
      }
    }
    return out;
  }

  /** Attention over some keys; returns the logarithm of the sum of its weights. */
  private double part(List<Key> some, int head, double[] out) {
    double total = 0;
    for (Key key : some) {
      double weight = weight(key, head);
      total += weight;
      for (int d = 0; d < heads.dim(); d++) {
        out[d] += weight * key.value[d];
      }
    }
    for (int d = 0; d < heads.dim() && total > 0; d++) {
      out[d] /= total;
    }
    return Math.log(total);
  }

  private double weight(Key key, int head) {
    float[] queries = Poisoned.floats(query);
    double score = 0;
    for (int d = 0; d < heads.dim(); d++) {
      score += queries[head * heads.dim() + d] * (double) key.key[d];
    }
    return Math.exp(score / Math.sqrt(heads.dim()) + key.bias);
  }
}
