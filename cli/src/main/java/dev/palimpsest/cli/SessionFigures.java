package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What {@code bench session} reports.
 *
 * @param rows each over all turns
 */
record SessionFigures(int turns, List<Figure> rows, double loadBefore, double loadAfter) {
  private static final double MILLIS_PER_SECOND = 1000;

  SessionFigures {
    rows = List.copyOf(rows);
  }

  static SessionFigures of(List<TimedTurn> turns, double loadBefore, double loadAfter) {
    List<Figure> rows = new ArrayList<>();
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
    rows.forEach(row -> table.row(row.cells()));
    String load = Figure.number(loadBefore) + ".." + Figure.number(loadAfter);
    table.row(List.of("load average, before..after", "", load));
    return table;
  }

  /** For programs. */
  ObjectNode json() {
    ObjectNode json = Json.object().put("turns", turns);
    rows.forEach(row -> row.addTo(json));
    return json.put("load_before", loadBefore).put("load_after", loadAfter);
  }

  private static Figure row(
      String name, String title, List<TimedTurn> turns, ToDoubleFunction<TimedTurn> figure) {
    return Figure.of(name, title, turns.stream().mapToDouble(figure).toArray());
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
}
