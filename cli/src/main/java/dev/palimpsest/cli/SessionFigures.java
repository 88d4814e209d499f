package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What {@code bench session} reports.
 *
 * @param rows each over all turns
 */
record SessionFigures(int turns, List<Row> rows, double loadBefore, double loadAfter) {
  private static final double MILLIS_PER_SECOND = 1000;

  SessionFigures {
    rows = List.copyOf(rows);
  }

  /**
   * One figure.
   *
   * @param name its key in JSON; ends with the unit
   */
  record Row(String name, String title, double median, double min, double max) {}

  static SessionFigures of(List<TimedTurn> turns, double loadBefore, double loadAfter) {
    List<Row> rows = new ArrayList<>();
    rows.add(
        row(
            "outside_model_client_ms",
            "turn outside the model, client (ms)",
            turns,
            turn -> turn.totalMillis() - figure(turn, "model_ms")));
    rows.add(
        row(
            "outside_model_service_ms",
            "turn outside the model, service (ms)",
            turns,
            turn -> figure(turn, "total_ms") - figure(turn, "model_ms")));
    rows.add(row("total_client_ms", "turn, client (ms)", turns, TimedTurn::totalMillis));
    rows.add(
        row(
            "first_token_client_ms",
            "first token, client (ms)",
            turns,
            TimedTurn::firstTextMillis));
    rows.add(
        row(
            "first_token_service_ms",
            "first token, service (ms)",
            turns,
            turn -> figure(turn, "first_token_ms")));
    rows.add(
        row("tokens_per_second", "tokens per second in the model", turns, SessionFigures::speed));
    return new SessionFigures(turns.size(), rows, loadBefore, loadAfter);
  }

  /** For people; medians with the spread, the load of the machine last. */
  Table table() {
    Table table = new Table(List.of("per turn, " + turns + " turns", "median", "min..max"));
    for (Row row : rows) {
      String spread = number(row.min()) + ".." + number(row.max());
      table.row(List.of(row.title(), number(row.median()), spread));
    }
    String load = number(loadBefore) + ".." + number(loadAfter);
    table.row(List.of("load average, before..after", "", load));
    return table;
  }

  /** For programs. */
  ObjectNode json() {
    ObjectNode json = Json.object().put("turns", turns);
    for (Row row : rows) {
      json.putObject(row.name())
          .put("median", row.median())
          .put("min", row.min())
          .put("max", row.max());
    }
    return json.put("load_before", loadBefore).put("load_after", loadAfter);
  }

  private static Row row(
      String name, String title, List<TimedTurn> turns, ToDoubleFunction<TimedTurn> figure) {
    double[] sorted = turns.stream().mapToDouble(figure).sorted().toArray();
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Row(name, title, median, sorted[0], sorted[sorted.length - 1]);
  }

  private static double speed(TimedTurn turn) {
    double seconds = figure(turn, "model_ms") / MILLIS_PER_SECOND;
    return seconds > 0 ? figure(turn, "output_tokens") / seconds : 0;
  }

  private static double figure(TimedTurn turn, String name) {
    return turn.usage()
        .figure(name)
        .orElseThrow(
            () -> CliException.couldNotRun("The service does not report usage." + name + "."));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
