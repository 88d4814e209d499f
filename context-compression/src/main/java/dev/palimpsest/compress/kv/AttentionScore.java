package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Attended;
import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.engine.kv.HeadKeys;

/**
 * The keys to which the last queries attend most on average, smoothed over neighbours so that a
 * phrase stays whole (SnapKV: Li et al., arXiv 2404.14469, where the queries are the prompt's last
 * 64 tokens and the smoothing is over 5). The last queries are those of the case with the highest
 * positions.
 *
 * @param queries how many of the last queries count at most, each query head for itself
 * @param smoothing over how many neighbouring keys scores are averaged, odd
 */
public record AttentionScore(int queries, int smoothing) implements Compactor {
  private static final int QUERIES = 128;
  private static final int SMOOTHING = 5;

  /** Checks the numbers. */
  public AttentionScore {
    if (queries < 1 || smoothing < 1 || smoothing % 2 == 0) {
      throw new IllegalArgumentException(queries + " queries, smoothing over " + smoothing);
    }
  }

  /** As published, for two query heads to a key/value head. */
  public AttentionScore() {
    this(QUERIES, SMOOTHING);
  }

  @Override
  public String name() {
    return "attention-score";
  }

  @Override
  public HeadKeys compact(HeadCase head, int keys) {
    Attended attended = head.attended();
    int[] last = last(head);
    float[] sums = new float[attended.keys()];
    for (int query : last) {
      for (int j = 0; j < sums.length; j++) {
        sums[j] += attended.weights()[query * sums.length + j];
      }
    }
    return Kept.best(head, smooth(sums), keys);
  }

  /** Those of the highest positions. */
  private int[] last(HeadCase head) {
    int count = head.queries().count();
    float[] positions = new float[count];
    for (int i = 0; i < count; i++) {
      positions[i] = head.queries().position(i);
    }
    return dev.palimpsest.compress.Top.of(positions, 0, Math.min(queries, count));
  }

  private float[] smooth(float[] sums) {
    float[] smooth = new float[sums.length];
    int side = smoothing / 2;
    for (int j = 0; j < sums.length; j++) {
      int from = Math.max(0, j - side);
      int to = Math.min(sums.length, j + side + 1);
      for (int k = from; k < to; k++) {
        smooth[j] += sums[k] / (to - from);
      }
    }
    return smooth;
  }
}
