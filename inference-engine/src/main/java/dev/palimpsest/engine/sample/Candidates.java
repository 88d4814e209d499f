package dev.palimpsest.engine.sample;

import java.util.Arrays;

/**
 * The tokens that can still be chosen, with their logits, and the filters over them. Where order
 * matters they are sorted from the front as far as is asked: descending, equal ones by ascending
 * id. Memory for the whole vocabulary is held once and reused; for one thread.
 */
final class Candidates {
  private final int[] ids;
  private final float[] logits;

  /** What the order goes by, the logits at first; in the end the logarithms of weights. */
  private final double[] ranks;

  private int count;
  private int sorted;

  Candidates(int vocabulary) {
    ids = new int[vocabulary];
    logits = new float[vocabulary];
    ranks = new double[vocabulary];
  }

  void clear() {
    count = 0;
    sorted = 0;
  }

  /** Appends an id with a finite logit. */
  void add(int id, float logit) {
    ids[count] = id;
    logits[count] = logit;
    ranks[count] = logit;
    count++;
  }

  int count() {
    return count;
  }

  int id(int i) {
    return ids[i];
  }

  float logit(int i) {
    return logits[i];
  }

  /** The logarithm of a weight, after {@link #soften} or {@link #project}. */
  double score(int i) {
    return ranks[i];
  }

  /** Where an id stands, negative if it does not; while all stand by ascending ids. */
  int place(int id) {
    return Arrays.binarySearch(ids, 0, count, id);
  }

  /** Changes a logit; what is too large for a float is the largest one. */
  void set(int i, float logit) {
    logits[i] = Math.clamp(logit, -Float.MAX_VALUE, Float.MAX_VALUE);
    ranks[i] = logits[i];
  }

  /** The best one's place. */
  int best() {
    if (sorted > 0) {
      return 0;
    }
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (isBefore(i, best)) {
        best = i;
      }
    }
    return best;
  }

  /** Keeps the {@code k} largest; 0 keeps all. */
  void keepTopK(int k) {
    if (k > 0 && k < count) {
      sortTo(k);
      count = k;
    }
  }

  /**
   * Keeps those whose information −ln q is nearest to the entropy, up to and including the first at
   * which the running sum exceeds {@code p}.
   */
  void keepTypical(float p) {
    if (p >= 1) {
      return;
    }
    float max = logits[best()];
    double total = 0;
    double weighted = 0;
    for (int i = 0; i < count; i++) {
      double share = relative(i, max);
      total += share;
      weighted += share * ((double) logits[i] - max);
    }
    for (int i = 0; i < count; i++) {
      ranks[i] = -Math.abs(weighted / total - ((double) logits[i] - max));
    }
    sorted = 0;
    double sum = 0;
    int kept = 0;
    while (kept < count && !(sum > p * total)) {
      sortTo(kept + 1);
      sum += relative(kept++, max);
    }
    count = kept;
    sorted = 0;
    for (int i = 0; i < count; i++) {
      ranks[i] = logits[i];
    }
  }

  /**
   * Keeps the largest up to and including the first at which the running sum reaches {@code p}.
   *
   * @param total the sum over all e^(x−max) where it is known, else 0
   */
  void keepTopP(float p, double total) {
    if (p >= 1) {
      return;
    }
    float max = logits[best()];
    double all = total > 0 ? total : mass(count);
    double sum = 0;
    int kept = 0;
    while (kept < count && sum < p * all) {
      sortTo(kept + 1);
      sum += relative(kept++, max);
    }
    count = kept;
  }

  /** Keeps those with at least {@code p} times the probability of the best. */
  void keepMinP(float p) {
    if (p <= 0) {
      return;
    }
    double least = logits[best()] + Math.log(p);
    int kept = 0;
    if (sorted == count) {
      while (kept < count && logits[kept] >= least) {
        kept++;
      }
    } else {
      for (int i = 0; i < count; i++) {
        if (logits[i] >= least) {
          swap(i, kept++);
        }
      }
      sorted = 0;
    }
    count = kept;
    sorted = Math.min(sorted, count);
  }

  /** Scores of the softmax at a temperature. */
  void soften(float temperature) {
    float max = logits[best()];
    for (int i = 0; i < count; i++) {
      ranks[i] = ((double) logits[i] - max) / temperature;
    }
  }

  /** Keeps the support of the projection of logits ÷ temperature on the simplex, with scores. */
  void project(float temperature) {
    int support = support(temperature, count);
    float max = logits[0];
    double sum = 0;
    for (int i = 0; i < support; i++) {
      sum += ((double) logits[i] - max) / temperature;
    }
    double threshold = (sum - 1) / support;
    count = support;
    sorted = support;
    for (int i = 0; i < support; i++) {
      // Rounding may leave the last one a hair below the threshold.
      ranks[i] = Math.log(Math.max(0, ((double) logits[i] - max) / temperature - threshold));
    }
  }

  /** How many of the best the projection keeps: the largest j with 1 + j·z_j above Σ_{i≤j} z_i. */
  int support(float temperature, int atMost) {
    double sum = 0;
    int support = 0;
    while (support < Math.min(atMost, count)) {
      sortTo(support + 1);
      double z = ((double) logits[support] - logits[0]) / temperature;
      sum += z;
      if (1 + (support + 1) * z <= sum) {
        break;
      }
      support++;
    }
    return support;
  }

  /** Σ e^(x−max) over the {@code n} best, or over all. */
  double mass(int n) {
    if (n < count) {
      sortTo(n);
    }
    float max = logits[best()];
    double sum = 0;
    for (int i = 0; i < Math.min(n, count); i++) {
      sum += relative(i, max);
    }
    return sum;
  }

  private double relative(int i, float max) {
    return Math.exp((double) logits[i] - max);
  }

  /**
   * Sorts the front. What is not sorted yet is a heap at the end of the arrays, whose root is the
   * last element, so that the front is free for what is taken out.
   */
  void sortTo(int n) {
    int wanted = Math.min(n, count);
    if (sorted == 0) {
      for (int node = count / 2 - 1; node >= 0; node--) {
        sink(node, count);
      }
    }
    while (sorted < wanted) {
      swap(sorted++, count - 1);
      sink(0, count - sorted);
    }
  }

  /** Sinks a node of a heap whose node {@code n} is stored at {@code count − 1 − n}. */
  private void sink(int from, int size) {
    int node = from;
    int child = 2 * node + 1;
    while (child < size) {
      if (child + 1 < size && isBefore(spot(child + 1), spot(child))) {
        child++;
      }
      if (!isBefore(spot(child), spot(node))) {
        return;
      }
      swap(spot(child), spot(node));
      node = child;
      child = 2 * node + 1;
    }
  }

  private int spot(int node) {
    return count - 1 - node;
  }

  private boolean isBefore(int a, int b) {
    return ranks[a] > ranks[b] || (ranks[a] == ranks[b] && ids[a] < ids[b]);
  }

  private void swap(int a, int b) {
    int id = ids[a];
    float logit = logits[a];
    double rank = ranks[a];
    ids[a] = ids[b];
    logits[a] = logits[b];
    ranks[a] = ranks[b];
    ids[b] = id;
    logits[b] = logit;
    ranks[b] = rank;
  }
}
