package dev.palimpsest.engine.format;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model file in the format GGUF, little-endian, version 3 or 2: opened, mapped and checked to the
 * end of its header. Immutable; may be read by any thread while the arena it was mapped into is
 * open.
 *
 * <p>Layout: the four bytes {@code GGUF}; u32 version; u64 number of tensors; u64 number of
 * metadata pairs; the pairs ({@link Metadata}); the tensor table; zeros up to the alignment; the
 * tensors' bytes.
 */
public final class Gguf {
  /** The newest version that is read. */
  public static final int VERSION = 3;

  /** The oldest one: version 3 differs from it in nothing but that it may be big-endian. */
  public static final int VERSION_OLDEST = 2;

  private static final int MAGIC = 0x46554747;
  private static final int PAIR_BYTES_MIN = 8 + 1 + 4 + 1;

  private final Path file;
  private final MemorySegment mapped;
  private final Metadata metadata;
  private final Map<String, TensorInfo> tensors;
  private final long headerEnd;

  private Gguf(
      Path file,
      MemorySegment mapped,
      Metadata metadata,
      Map<String, TensorInfo> tensors,
      long headerEnd) {
    this.file = file;
    this.mapped = mapped;
    this.metadata = metadata;
    this.tensors = tensors;
    this.headerEnd = headerEnd;
  }

  /**
   * Maps and checks a file. The mapping lives as long as the arena, also where the file is refused;
   * the arena is the caller's to close.
   *
   * @throws ModelFormatException if the file cannot be read or is not what it should be
   */
  public static Gguf open(Path file, Arena arena) {
    MemorySegment mapped = map(file, arena);
    HeaderReader reader = new HeaderReader(file, mapped, 0);
    checkStart(reader);
    long tensorCount =
        reader.count("tensor count", TensorTable.TENSORS_MAX, TensorTable.LINE_BYTES_MIN);
    long pairCount = reader.count("metadata count", Metadata.PAIRS_MAX, PAIR_BYTES_MIN);
    Metadata metadata = Metadata.read(reader, pairCount);
    Map<String, TensorInfo> tensors = TensorTable.read(reader, tensorCount, metadata);
    return new Gguf(file, mapped, metadata, tensors, reader.position());
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
    if (Integer.reverseBytes(version) == VERSION) {
      throw reader.refuse(offset, "version", "the file is big-endian");
    }
    if (version < VERSION_OLDEST || version > VERSION) {
      throw reader.refuse(
          offset,
          "version",
          "version "
              + VERSION_OLDEST
              + " or "
              + VERSION
              + " expected, not "
              + Integer.toUnsignedString(version));
    }
  }

  /** The file as it was named to {@link #open}. */
  public Path file() {
    return file;
  }

  /** Size of the file. */
  public long bytes() {
    return mapped.byteSize();
  }

  /** The metadata. */
  public Metadata metadata() {
    return metadata;
  }

  /** The tensor table in the order of the file. */
  public List<TensorInfo> tensors() {
    return List.copyOf(tensors.values());
  }

  /**
   * The tensor with this name; its memory is a part of the mapped file and is borrowed.
   *
   * @throws ModelFormatException if there is none, or it is of a type the engine does not know
   */
  public Tensor tensor(String name) {
    return find(name).orElseThrow(() -> refuse(name, "the tensor is missing"));
  }

  /**
   * The tensor with this name, empty where the file has none.
   *
   * @throws ModelFormatException if it is of a type the engine does not know
   */
  public Optional<Tensor> find(String name) {
    TensorInfo info = tensors.get(name);
    if (info == null) {
      return Optional.empty();
    }
    DType type =
        info.type()
            .orElseThrow(() ->
                refuse(
                    name,
                    "is of type "
                        + Integer.toUnsignedString(info.ggmlId())
                        + ", which this engine does not know"));
    long bytes = info.bytes().orElseThrow();
    return Optional.of(new Tensor(name, type, info.shape(), mapped.asSlice(info.offset(), bytes)));
  }

  /** A refusal of a tensor, present or missing, to be thrown by who knows what it should be. */
  public ModelFormatException refuse(String tensor, String detail) {
    TensorInfo info = tensors.get(tensor);
    return new ModelFormatException(
        file, info == null ? headerEnd : info.lineOffset(), tensor, detail);
  }
}
