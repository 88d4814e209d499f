package dev.palimpsest.memory.importing;

import java.util.List;

/** Knows one format. May remember what it needs of earlier units, within bounds. */
interface UnitReader {
  /**
   * The items that are known now, in order; none where what comes later decides. Never throws for
   * what stands in a file.
   */
  List<ImportItem> read(Unit unit);

  /** The items that were still to come when the file ended. */
  default List<ImportItem> end() {
    return List.of();
  }
}
