package dev.palimpsest.memory.importing;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Gives the items of a file in order. The same bytes give the same items. Used by one thread. */
interface ItemReader {
  /**
   * The next item, or null at the end. Blocks where the stream does.
   *
   * @throws UnusableFileException when nothing more of the file will be read
   * @throws IOException when the stream fails, and for nothing else that stands in it
   */
  @Nullable ImportItem next() throws IOException, UnusableFileException;

  /** The byte of the file up to which it was read; at the end the length of the file. */
  long position();
}
