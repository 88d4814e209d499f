package dev.palimpsest.retrieval.consolidation;

import java.util.Arrays;

/**
 * How central sentences are: continuous LexRank (Erkan and Radev, "LexRank: Graph-based Lexical
 * Centrality as Salience in Text Summarization", JAIR 22, 2004, section 3.3). A sentence is central
 * when it is like many that are central: the stationary distribution of a walk that goes from one
 * to another by their cosine, and with probability {@link #JUMP} to any.
 */
final class Centrality {
  /** The paper's d, where its figures stand. */
  static final double JUMP = 0.15;

  private static final int ROUNDS_MAX = 100;
  private static final double CHANGE_MIN = 1e-9;

  private Centrality() {}

  /** One number for each, above 0, together 1. Quadratic in their number. */
  static double[] of(TermVectors vectors) {
    int count = vectors.count();
    double[][] steps = new double[count][count];
    for (int i = 0; i < count; i++) {
      for (int j = i; j < count; j++) {
        double cosine = i == j ? 1 : vectors.cosine(i, j);
        steps[i][j] = cosine;
        steps[j][i] = cosine;
      }
    }
    for (double[] row : steps) {
      double sum = Arrays.stream(row).sum();
      for (int j = 0; j < count; j++) {
        row[j] /= sum;
      }
    }
    return stationary(steps);
  }

  private static double[] stationary(double[][] steps) {
    int count = steps.length;
    double[] now = new double[count];
    Arrays.fill(now, 1.0 / count);
    for (int round = 0; round < ROUNDS_MAX; round++) {
      double[] next = new double[count];
      Arrays.fill(next, JUMP / count);
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
          next[j] += (1 - JUMP) * now[i] * steps[i][j];
        }
      }
      double change = 0;
      for (int j = 0; j < count; j++) {
        change += Math.abs(next[j] - now[j]);
      }
      now = next;
      if (change < CHANGE_MIN) {
        return now;
      }
    }
    return now;
  }
}
