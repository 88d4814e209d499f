package dev.palimpsest.memory.importing;

import java.util.List;

/** Knows one format. May remember what it needs of earlier units, within bounds. */
interface UnitReader {
  /**
   * The items of a unit that are known now, in order; none where it holds nothing to import or what
   * comes later decides. Never throws for what stands in a file.
   */
  List<ImportItem> read(Unit unit);

  /** The items that were still to come when the file ended. */
  default List<ImportItem> end() {
    return List.of();
  }
}
