package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.Reading;
import dev.palimpsest.memory.TokenVectors;
import dev.palimpsest.retrieval.index.AskedWord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How well the tokens of a memory answer those of a question: each of the question's looks for the
 * one nearest to it, and the cosines are averaged, rare words counting more (late interaction,
 * Khattab and Zaharia 2020, with weights). Whole numbers of eight and four bits: sums are exact and
 * the same on every machine. Not for two threads at once.
 */
final class TokenMatch {
  private static final int LEVELS = 127;

  private final int[][] question;
  private final double[] lengths;
  private final double[] weights;
  private final int[] token;

  private TokenMatch(List<float[]> vectors, double[] weights, int dimensions) {
    this.question = new int[vectors.size()][];
    this.lengths = new double[vectors.size()];
    this.weights = weights;
    this.token = new int[dimensions];
    for (int i = 0; i < question.length; i++) {
      question[i] = whole(vectors.get(i));
      lengths[i] = Math.sqrt(product(question[i], question[i]));
    }
  }

  /** Of a question that was read; {@code asked} are its words with their rarity. */
  static TokenMatch of(Reading reading, List<AskedWord> asked) {
    List<float[]> vectors = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (Reading.Token token : reading.tokens()) {
      double weight = weight(token, asked);
      if (weight > 0) {
        vectors.add(token.vector().values());
        weights.add(weight);
      }
    }
    double[] each = weights.stream().mapToDouble(Double::doubleValue).toArray();
    double sum = Arrays.stream(each).sum();
    for (int i = 0; i < each.length; i++) {
      each[i] /= sum;
    }
    return new TokenMatch(vectors, each, reading.whole().dimensions());
  }

  /** Whether there is nothing to match. */
  boolean isEmpty() {
    return question.length == 0;
  }

  /** From -1 to 1. */
  double of(TokenVectors memory) {
    double[] best = each(memory);
    double sum = 0;
    for (int q = 0; q < best.length; q++) {
      sum += weights[q] * best[q];
    }
    return sum;
  }

  /** What each token of the question weighs; together 1. */
  double[] weights() {
    return weights.clone();
  }

  /** The cosine that each token of the question finds at best. */
  double[] each(TokenVectors memory) {
    double[] best = new double[question.length];
    Arrays.fill(best, -1);
    for (int i = 0; i < memory.count(); i++) {
      memory.read(i, token);
      double length = Math.sqrt(product(token, token));
      for (int q = 0; q < question.length; q++) {
        best[q] = Math.max(best[q], product(question[q], token) / (lengths[q] * length));
      }
    }
    return best;
  }

  /** A piece of a word weighs what the word does; what is in no word nothing. */
  private static double weight(Reading.Token token, List<AskedWord> asked) {
    for (AskedWord word : asked) {
      if (word.from() <= token.from() && token.from() < word.to()) {
        return word.rarity();
      }
    }
    return 0;
  }

  private static int[] whole(float[] vector) {
    float most = 0;
    for (float value : vector) {
      most = Math.max(most, Math.abs(value));
    }
    int[] whole = new int[vector.length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = Math.round(vector[i] / most * LEVELS);
    }
    return whole;
  }

  private static int product(int[] a, int[] b) {
    int sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
