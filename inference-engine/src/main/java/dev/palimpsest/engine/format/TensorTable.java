package dev.palimpsest.engine.format;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the tensor table and checks that every tensor has its own aligned place in the file.
 *
 * <p>Layout of a line: name (u64 length, UTF-8), u32 number of dimensions, u64 each of them
 * innermost first, u32 element type, u64 offset from the start of the data section, which begins at
 * the next multiple of {@code general.alignment} after the table.
 */
final class TensorTable {
  /** The most tensors a file may have. */
  static final int TENSORS_MAX = 65_536;

  /** The longest name, in bytes of UTF-8. */
  static final int NAME_BYTES_MAX = 256;

  /** The fewest bytes a line can have: one dimension, a name of one byte. */
  static final int LINE_BYTES_MIN = 8 + 1 + 4 + 8 + 4 + 8;

  static final String ALIGNMENT_KEY = "general.alignment";

  private static final int ALIGNMENT_DEFAULT = 32;
  private static final int ALIGNMENT_MIN = 8;
  private static final int ALIGNMENT_MAX = 1 << 20;

  private final HeaderReader reader;
  private final Set<String> names = new HashSet<>();

  private TensorTable(HeaderReader reader) {
    this.reader = reader;
  }

  /** Reads {@code count} lines; the tensors come in the order of the table. */
  static Map<String, TensorInfo> read(HeaderReader reader, long count, Metadata metadata) {
    long alignment = alignment(metadata);
    long fileBytes = reader.position() + reader.remaining();
    TensorTable table = new TensorTable(reader);
    List<TensorInfo> lines = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      lines.add(table.line("tensor " + i, alignment));
    }
    long dataStart = Math.ceilDiv(reader.position(), alignment) * alignment;
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (TensorInfo line : lines) {
      tensors.put(line.name(), table.placed(line, dataStart, fileBytes));
    }
    table.checkOwnPlaces(tensors);
    return Collections.unmodifiableMap(tensors);
  }

  private static long alignment(Metadata metadata) {
    long alignment = metadata.numberOr(ALIGNMENT_KEY, ALIGNMENT_DEFAULT);
    if (alignment < ALIGNMENT_MIN || alignment > ALIGNMENT_MAX || Long.bitCount(alignment) != 1) {
      throw metadata.refuse(
          ALIGNMENT_KEY,
          "a power of two from "
              + ALIGNMENT_MIN
              + " to "
              + ALIGNMENT_MAX
              + " expected, not "
              + alignment);
    }
    return alignment;
  }

  /** One line as it stands, its offset still counted from the data section. */
  private TensorInfo line(String ordinal, long alignment) {
    long lineOffset = reader.position();
    String name = reader.string(ordinal + " name", NAME_BYTES_MAX);
    if (name.isEmpty()) {
      throw reader.refuse(lineOffset, ordinal + " name", "is empty");
    }
    if (!names.add(name)) {
      throw reader.refuse(lineOffset, name, "is there twice");
    }
    Shape shape = shape(name);
    long typeOffset = reader.position();
    int ggmlId = reader.i32(name + " type");
    checkBlocks(name, shape, ggmlId, typeOffset);
    long offsetOffset = reader.position();
    long offset = reader.u64(name + " offset", Long.MAX_VALUE);
    if (offset % alignment != 0) {
      throw reader.refuse(
          offsetOffset, name + " offset", offset + " is no multiple of " + alignment);
    }
    return new TensorInfo(name, ggmlId, shape, offset, lineOffset);
  }

  private Shape shape(String name) {
    long countOffset = reader.position();
    long rank = reader.u32(name + " dimensions");
    if (rank < 1 || rank > Shape.RANK_MAX) {
      throw reader.refuse(
          countOffset, name + " dimensions", "1 to " + Shape.RANK_MAX + " expected, not " + rank);
    }
    List<Long> dims = new ArrayList<>();
    long elements = 1;
    for (int i = 0; i < rank; i++) {
      String field = name + " dimension " + i;
      long offset = reader.position();
      long dim = reader.u64(field, Long.MAX_VALUE);
      if (dim == 0) {
        throw reader.refuse(offset, field, "is 0");
      }
      if (dim > Long.MAX_VALUE / elements) {
        throw reader.refuse(offset, field, "with " + dim + " the elements are beyond counting");
      }
      elements *= dim;
      dims.addFirst(dim);
    }
    return new Shape(dims);
  }

  /** Checks the row length and that the bytes can be counted, for types the engine knows. */
  private void checkBlocks(String name, Shape shape, int ggmlId, long typeOffset) {
    DType type = DType.ofGgmlId(ggmlId).orElse(null);
    if (type == null) {
      return;
    }
    String field = name + " type";
    if (shape.columns() % type.blockElements() != 0) {
      throw reader.refuse(
          typeOffset,
          field,
          "rows of " + shape.columns() + " elements are no whole number of " + type + " blocks");
    }
    long blocks = shape.elements() / type.blockElements();
    if (blocks > Long.MAX_VALUE / type.blockBytes()) {
      throw reader.refuse(typeOffset, field, "as " + type + " its bytes are beyond counting");
    }
  }

  /** The line with its offset counted from the start of the file, in which it must end. */
  private TensorInfo placed(TensorInfo line, long dataStart, long fileBytes) {
    long left = fileBytes - dataStart - line.offset();
    // A tensor of an unknown type has an unknown length, but at least one byte.
    long bytes = line.bytes().orElse(1);
    if (bytes > left) {
      throw reader.refuse(
          line.lineOffset(),
          line.name(),
          "has "
              + bytes
              + " bytes from "
              + line.offset()
              + " of the data section, which begins at "
              + dataStart
              + "; the file ends at "
              + fileBytes);
    }
    return new TensorInfo(
        line.name(), line.ggmlId(), line.shape(), dataStart + line.offset(), line.lineOffset());
  }

  private void checkOwnPlaces(Map<String, TensorInfo> tensors) {
    List<TensorInfo> byOffset = new ArrayList<>(tensors.values());
    byOffset.sort(Comparator.comparingLong(TensorInfo::offset));
    for (int i = 1; i < byOffset.size(); i++) {
      TensorInfo before = byOffset.get(i - 1);
      TensorInfo tensor = byOffset.get(i);
      if (tensor.offset() - before.offset() < before.bytes().orElse(1)) {
        throw reader.refuse(
            tensor.lineOffset(), tensor.name(), "lies over the bytes of " + before.name());
      }
    }
  }
}
