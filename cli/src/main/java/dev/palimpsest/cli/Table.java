package dev.palimpsest.cli;

import java.util.ArrayList;
import java.util.List;

/** Columns of equal width, two spaces apart; numbers keep to the right. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(List<String> heads) {
    rows.add(List.copyOf(heads));
  }

  void row(List<String> cells) {
    if (cells.size() != rows.getFirst().size()) {
      throw new IllegalArgumentException(cells.size() + " cells for " + rows.getFirst());
    }
    rows.add(List.copyOf(cells));
  }

  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        line.append(pad(row.get(column), width(column))).append("  ");
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join(System.lineSeparator(), lines);
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String pad(String cell, int width) {
    String space = " ".repeat(width - cell.length());
    return cell.matches("[0-9][0-9.,]*") ? space + cell : cell + space;
  }
}
