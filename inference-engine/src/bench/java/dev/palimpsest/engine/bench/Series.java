package dev.palimpsest.engine.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Repeated measurements of one figure. */
final class Series {
  private final List<Double> values = new ArrayList<>();

  void add(double value) {
    values.add(value);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  double min() {
    return Collections.min(values);
  }

  double max() {
    return Collections.max(values);
  }

  @Override
  public String toString() {
    return isEmpty()
        ? "-"
        : String.format(Locale.ROOT, "%.2f (%.2f..%.2f)", median(), min(), max());
  }

  String json() {
    return String.format(
        Locale.ROOT, "{\"median\":%.3f,\"min\":%.3f,\"max\":%.3f}", median(), min(), max());
  }
}
