package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The figures of one turn by their names in the protocol: {@code input_tokens}, {@code
 * output_tokens}, {@code first_token_ms}, {@code model_ms}, {@code total_ms} …; a service may leave
 * any of them out.
 */
record Usage(Map<String, Double> figures) {
  private static final int FIGURES_MAX = 64;

  Usage {
    figures = Map.copyOf(figures);
  }

  static Usage of(JsonNode usage) {
    Map<String, Double> figures = new LinkedHashMap<>();
    usage
        .properties()
        .forEach(entry -> {
          if (entry.getValue().isNumber() && figures.size() < FIGURES_MAX) {
            figures.put(entry.getKey(), entry.getValue().asDouble());
          }
        });
    return new Usage(figures);
  }

  OptionalDouble figure(String name) {
    Double value = figures.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** For a person: {@code 12 tokens in (3 cached), 40 out · first after 120 ms · 950 ms in all}. */
  String line() {
    List<String> parts = new ArrayList<>();
    figure("input_tokens").ifPresent(tokens -> parts.add(tokens(tokens)));
    figure("first_token_ms").ifPresent(ms -> parts.add("first after " + millis(ms)));
    figure("total_ms").ifPresent(ms -> parts.add(millis(ms) + " in all"));
    return String.join(" · ", parts);
  }

  private String tokens(double input) {
    double cached = figure("cached_tokens").orElse(0);
    String saved = cached > 0 ? String.format(Locale.ROOT, " (%.0f cached)", cached) : "";
    double output = figure("output_tokens").orElse(0);
    return String.format(Locale.ROOT, "%.0f tokens in%s, %.0f out", input, saved, output);
  }

  private static String millis(double ms) {
    return String.format(Locale.ROOT, "%.0f ms", ms);
  }
}
