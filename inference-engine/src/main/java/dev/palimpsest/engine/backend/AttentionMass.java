package dev.palimpsest.engine.backend;

/**
 * How much attention each token of a sequence gets from queries that come after it: the sum, over
 * the rows that are weighed, their layers and query heads, of what the softmax gives it; a key that
 * was kept of a compacted stretch counts for the token whose position it has. Takes {@code
 * keyValueHeads · tokensMax · 4} bytes of heap at once. Compute threads add to it, no two of them
 * to the same key/value head at a time; it is read when no pass is under way.
 */
public final class AttentionMass {
  private final float[][] mass;

  /**
   * Of nothing yet.
   *
   * @param keyValueHeads of a layer
   * @param tokensMax what lies behind counts in no share
   */
  public AttentionMass(int keyValueHeads, int tokensMax) {
    mass = new float[keyValueHeads][tokensMax];
  }

  /**
   * Adds what one query head gives to one token.
   *
   * @param kvHead to which the query head belongs
   * @param weight all weights of a query add up to 1
   */
  public void add(int kvHead, int position, float weight) {
    float[] ofHead = mass[kvHead];
    if (position < ofHead.length) {
      ofHead[position] += weight;
    }
  }

  /**
   * The part of all attention that each token got, from the first on; empty where nothing was
   * weighed. They add up to 1.
   */
  public float[] shares() {
    double[] sums = new double[mass[0].length];
    double all = 0;
    int end = 0;
    for (float[] ofHead : mass) {
      for (int i = 0; i < ofHead.length; i++) {
        sums[i] += ofHead[i];
        all += ofHead[i];
        end = ofHead[i] > 0 ? Math.max(end, i + 1) : end;
      }
    }
    float[] shares = new float[end];
    for (int i = 0; i < end; i++) {
      shares[i] = (float) (sums[i] / all);
    }
    return shares;
  }
}
