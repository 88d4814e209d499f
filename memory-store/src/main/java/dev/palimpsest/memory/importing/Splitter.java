package dev.palimpsest.memory.importing;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Cuts a file into units, in order, with no more than one of them in memory. */
interface Splitter {
  /** The next unit, or null at the end. Blocks where the stream does. */
  @Nullable Unit next() throws IOException;
}
