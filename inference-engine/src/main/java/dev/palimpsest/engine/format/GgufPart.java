package dev.palimpsest.engine.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * One file of a model, mapped and checked to the end of its header.
 *
 * @param file as it was named
 * @param mapped all of it
 * @param metadata its own
 * @param tensors its own, in the order of the table
 * @param headerEnd where the table ends
 */
record GgufPart(
    Path file,
    MemorySegment mapped,
    Metadata metadata,
    Map<String, TensorInfo> tensors,
    long headerEnd) {
  private static final int MAGIC = 0x46554747;
  private static final int PAIR_BYTES_MIN = 8 + 1 + 4 + 1;

  /** Maps and checks a file, as {@link Gguf#open} says. */
  static GgufPart open(Path file, Arena arena) {
    MemorySegment mapped = map(file, arena);
    HeaderReader reader = new HeaderReader(file, mapped, 0);
    checkStart(reader);
    long tensorCount =
        reader.count("tensor count", TensorTable.TENSORS_MAX, TensorTable.LINE_BYTES_MIN);
    long pairCount = reader.count("metadata count", Metadata.PAIRS_MAX, PAIR_BYTES_MIN);
    Metadata metadata = Metadata.read(reader, pairCount);
    Map<String, TensorInfo> tensors = TensorTable.read(reader, tensorCount, metadata);
    return new GgufPart(file, mapped, metadata, tensors, reader.position());
  }

  private static MemorySegment map(Path file, Arena arena) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw new ModelFormatException(file, 0, "file", "cannot be read: " + e, e);
    }
  }

  private static void checkStart(HeaderReader reader) {
    if (reader.i32("magic") != MAGIC) {
      throw reader.refuse(0, "magic", "the file does not begin with GGUF");
    }
    long offset = reader.position();
    int version = reader.i32("version");
    if (Integer.reverseBytes(version) == Gguf.VERSION) {
      throw reader.refuse(offset, "version", "the file is big-endian");
    }
    if (version < Gguf.VERSION_OLDEST || version > Gguf.VERSION) {
      throw reader.refuse(
          offset,
          "version",
          "version "
              + Gguf.VERSION_OLDEST
              + " or "
              + Gguf.VERSION
              + " expected, not "
              + Integer.toUnsignedString(version));
    }
  }
}
