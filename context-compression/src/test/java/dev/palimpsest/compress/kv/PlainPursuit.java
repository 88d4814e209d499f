package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Attended;
import java.util.ArrayList;
import java.util.List;

/** The pursuit as its definition says: a least squares over all taken keys after each. */
final class PlainPursuit {
  private PlainPursuit() {}

  static int[] select(Attended attended, int sinks, int wanted) {
    int count = attended.count();
    double[] missing = new double[count];
    for (int i = 0; i < count; i++) {
      missing[i] = 1;
      for (int j = 0; j < sinks; j++) {
        missing[i] -= weight(attended, i, j);
      }
    }
    List<Integer> taken = new ArrayList<>();
    double[] left = missing.clone();
    while (taken.size() < wanted - sinks) {
      int best = -1;
      double most = Double.NEGATIVE_INFINITY;
      for (int j = sinks; j < attended.keys(); j++) {
        double gain = 0;
        for (int i = 0; i < count; i++) {
          gain += weight(attended, i, j) * left[i];
        }
        if (gain > most && !taken.contains(j)) {
          most = gain;
          best = j;
        }
      }
      taken.add(best);
      left = residual(attended, taken, missing);
    }
    int[] places = new int[wanted];
    for (int j = 0; j < sinks; j++) {
      places[j] = j;
    }
    for (int j = sinks; j < wanted; j++) {
      places[j] = taken.get(j - sinks);
    }
    java.util.Arrays.sort(places);
    return places;
  }

  private static double weight(Attended attended, int query, int key) {
    return attended.weights()[query * attended.keys() + key];
  }

  /** What the best combination of the taken keys does not explain, by Gauss and Jordan. */
  private static double[] residual(Attended attended, List<Integer> taken, double[] missing) {
    int n = taken.size();
    double[][] system = new double[n][n + 1];
    for (int a = 0; a < n; a++) {
      for (int i = 0; i < missing.length; i++) {
        double weight = weight(attended, i, taken.get(a));
        for (int b = 0; b < n; b++) {
          system[a][b] += weight * weight(attended, i, taken.get(b));
        }
        system[a][n] += weight * missing[i];
      }
    }
    for (int a = 0; a < n; a++) {
      double pivot = system[a][a];
      for (int c = 0; c <= n; c++) {
        system[a][c] /= pivot;
      }
      for (int b = 0; b < n; b++) {
        double factor = b == a ? 0 : system[b][a];
        for (int c = 0; c <= n && factor != 0; c++) {
          system[b][c] -= factor * system[a][c];
        }
      }
    }
    double[] left = missing.clone();
    for (int a = 0; a < n; a++) {
      for (int i = 0; i < left.length; i++) {
        left[i] -= system[a][n] * weight(attended, i, taken.get(a));
      }
    }
    return left;
  }
}
