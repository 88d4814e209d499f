package dev.palimpsest.engine.sample;

/**
 * The tokens that can still be chosen, with their logits, and the filters over them. After {@link
 * #order} the kept ones stand at the front in descending order, equal ones by ascending id. Memory
 * for the whole vocabulary is held once and reused; for one thread.
 */
final class Candidates {
  /** Below this distance from the maximum a probability adds nothing to a sum in double. */
  private static final float NEGLIGIBLE = -60f;

  private final int[] ids;
  private final float[] logits;
  private int count;
  private boolean isOrdered;

  Candidates(int vocabulary) {
    ids = new int[vocabulary];
    logits = new float[vocabulary];
  }

  void clear() {
    count = 0;
    isOrdered = false;
  }

  /** Appends an id; what is not a finite number becomes one that orders the same way. */
  void add(int id, float logit) {
    ids[count] = id;
    float finite = Math.clamp(logit, -Float.MAX_VALUE, Float.MAX_VALUE);
    logits[count] = Float.isNaN(logit) ? -Float.MAX_VALUE : finite;
    count++;
  }

  int count() {
    return count;
  }

  int id(int i) {
    return ids[i];
  }

  /** The best one's place. */
  int best() {
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
      count = order(k, Double.POSITIVE_INFINITY);
    }
  }

  /** Keeps the largest up to and including the first at which the running sum reaches {@code p}. */
  void keepTopP(float p) {
    if (p >= 1) {
      return;
    }
    float max = logits[best()];
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += relative(logits[i], max);
    }
    count = order(count, p * total);
  }

  /** Keeps those with at least {@code p} times the probability of the best. */
  void keepMinP(float p) {
    if (p <= 0) {
      return;
    }
    double least = logits[best()] + Math.log(p);
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (logits[i] >= least) {
        swap(i, kept++);
      }
    }
    count = kept;
  }

  /** Fills in probabilities at a temperature, one for each that is kept. */
  void probabilities(float temperature, double[] into) {
    float max = logits[best()];
    double total = 0;
    for (int i = 0; i < count; i++) {
      into[i] = Math.exp(((double) logits[i] - max) / temperature);
      total += into[i];
    }
    for (int i = 0; i < count; i++) {
      into[i] /= total;
    }
  }

  private static double relative(float logit, float max) {
    float distance = logit - max;
    return distance < NEGLIGIBLE ? 0 : Math.exp(distance);
  }

  /**
   * Moves the largest to the front in descending order, at most {@code atMost} of them and no more
   * than are needed for their relative probabilities to sum to {@code mass}; returns how many.
   */
  private int order(int atMost, double mass) {
    if (!isOrdered) {
      isOrdered = true;
      sortFront(atMost, mass);
    }
    float max = logits[0];
    double sum = 0;
    int kept = 0;
    while (kept < atMost && !(sum >= mass)) {
      sum += relative(logits[kept++], max);
    }
    return kept;
  }

  /** A heap at the end of the arrays gives up its largest, one after the other, to the front. */
  private void sortFront(int atMost, double mass) {
    // The heap's root is the last element, so that the front is free for what is taken out.
    for (int node = count / 2 - 1; node >= 0; node--) {
      sink(node, count);
    }
    double sum = 0;
    float max = logits[count - 1];
    for (int taken = 0; taken < atMost && !(sum >= mass); taken++) {
      takeRoot(taken);
      sum += relative(logits[taken], max);
    }
  }

  /** Swaps the root with the element at the front's end and repairs the heap without it. */
  private void takeRoot(int taken) {
    swap(taken, count - 1);
    sink(0, count - taken - 1);
  }

  /** Sinks a node of a heap whose node {@code n} is stored at {@code count − 1 − n}. */
  private void sink(int from, int size) {
    int node = from;
    int child = 2 * node + 1;
    while (child < size) {
      if (child + 1 < size && isBefore(place(child + 1), place(child))) {
        child++;
      }
      if (!isBefore(place(child), place(node))) {
        return;
      }
      swap(place(child), place(node));
      node = child;
      child = 2 * node + 1;
    }
  }

  private int place(int node) {
    return count - 1 - node;
  }

  private boolean isBefore(int a, int b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && ids[a] < ids[b]);
  }

  private void swap(int a, int b) {
    int id = ids[a];
    float logit = logits[a];
    ids[a] = ids[b];
    logits[a] = logits[b];
    ids[b] = id;
    logits[b] = logit;
  }
}
