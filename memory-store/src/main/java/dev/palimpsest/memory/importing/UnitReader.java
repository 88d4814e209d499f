package dev.palimpsest.memory.importing;

import java.util.List;

/** Knows one format. May remember what it needs of earlier units, within bounds. */
interface UnitReader {
  /**
   * The items of a unit in order; none where it holds nothing to import. Never throws for what
   * stands in a file.
   */
  List<ImportItem> read(Unit unit);
}
