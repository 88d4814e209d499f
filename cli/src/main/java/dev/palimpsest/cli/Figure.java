package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One measured figure with its spread.
 *
 * @param name its key in JSON; ends with the unit
 * @param title for people, with the unit
 */
record Figure(String name, String title, double median, double min, double max) {

  /** Of repeated measurements, at least one. */
  static Figure of(String name, String title, double[] measured) {
    double[] sorted = measured.clone();
    Arrays.sort(sorted);
    return new Figure(name, title, middle(sorted), sorted[0], sorted[sorted.length - 1]);
  }

  /** The value below which {@code share} of them lie, the next one above where none is exact. */
  static double quantile(double[] measured, double share) {
    double[] sorted = measured.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
  }

  /** Its row in a table of title, median and spread. */
  List<String> cells() {
    return List.of(title, number(median), number(min) + ".." + number(max));
  }

  void addTo(ObjectNode json) {
    json.putObject(name).put("median", median).put("min", min).put("max", max);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static double middle(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
