package dev.palimpsest.retrieval.consolidation;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sentences as vectors of their words, each weighed by how often it stands there and how rare it is
 * among all of them, scaled to unit length: the idf-modified cosine of LexRank is their product.
 */
final class TermVectors {
  private final int[][] terms;
  private final double[][] weights;
  private final int size;

  TermVectors(List<Sentence> sentences) {
    Map<String, Integer> ids = new TreeMap<>();
    for (Sentence sentence : sentences) {
      sentence.stems().forEach(stem -> ids.putIfAbsent(stem, 0));
    }
    int next = 0;
    for (Map.Entry<String, Integer> entry : ids.entrySet()) {
      entry.setValue(next++);
    }
    size = next;
    terms = new int[sentences.size()][];
    weights = new double[sentences.size()][];
    int[] documents = new int[size];
    for (int i = 0; i < terms.length; i++) {
      count(sentences.get(i), ids, i);
      for (int term : terms[i]) {
        documents[term]++;
      }
    }
    for (int i = 0; i < terms.length; i++) {
      weigh(i, documents);
    }
  }

  private void count(Sentence sentence, Map<String, Integer> ids, int row) {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (String stem : sentence.stems()) {
      counts.merge(ids.getOrDefault(stem, 0), 1, Integer::sum);
    }
    terms[row] = counts.keySet().stream().mapToInt(Integer::intValue).toArray();
    weights[row] = counts.values().stream().mapToDouble(Integer::doubleValue).toArray();
  }

  /** One more than the sentences, so that a word that stands in all of them still counts a bit. */
  private void weigh(int row, int[] documents) {
    double[] own = weights[row];
    double sum = 0;
    for (int i = 0; i < own.length; i++) {
      own[i] *= Math.log((terms.length + 1.0) / documents[terms[row][i]]);
      sum += own[i] * own[i];
    }
    double length = Math.sqrt(sum);
    for (int i = 0; i < own.length; i++) {
      own[i] /= length;
    }
  }

  int count() {
    return terms.length;
  }

  /** From 0, nothing in common, to 1, the same words. */
  double cosine(int a, int b) {
    double sum = 0;
    int i = 0;
    int j = 0;
    while (i < terms[a].length && j < terms[b].length) {
      int order = Integer.compare(terms[a][i], terms[b][j]);
      if (order == 0) {
        sum += weights[a][i] * weights[b][j];
      }
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    return sum;
  }

  /** How near each is to the sum of all; linear, to choose whom to compare with one another. */
  double[] nearnessToAll() {
    double[] all = new double[size];
    for (int row = 0; row < terms.length; row++) {
      for (int i = 0; i < terms[row].length; i++) {
        all[terms[row][i]] += weights[row][i];
      }
    }
    double[] near = new double[terms.length];
    Arrays.setAll(near, row -> product(row, all));
    return near;
  }

  private double product(int row, double[] all) {
    double sum = 0;
    for (int i = 0; i < terms[row].length; i++) {
      sum += weights[row][i] * all[terms[row][i]];
    }
    return sum;
  }
}
