package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What a benchmark reports: figures, and beside them what the machine was like meanwhile.
 *
 * @param title of the first column
 * @param rounds how often everything was measured
 * @param probe speed of one core in the same minutes, see {@link CpuProbe}
 */
record Figures(
    String title,
    int rounds,
    List<Figure> rows,
    Figure probe,
    double loadBefore,
    double loadAfter) {
  Figures {
    rows = List.copyOf(rows);
  }

  /** For people; medians with the spread, the machine last. */
  Table table() {
    Table table = new Table(List.of(title + ", " + rounds + " rounds", "median", "min..max"));
    rows.forEach(row -> table.row(row.cells()));
    table.row(probe.cells());
    String load = Figure.number(loadBefore) + ".." + Figure.number(loadAfter);
    table.row(List.of("load average, before..after", "", load));
    return table;
  }

  /** For programs. */
  ObjectNode json() {
    ObjectNode json = Json.object().put("rounds", rounds);
    rows.forEach(row -> row.addTo(json));
    probe.addTo(json);
    return json.put("load_before", loadBefore).put("load_after", loadAfter);
  }
}
