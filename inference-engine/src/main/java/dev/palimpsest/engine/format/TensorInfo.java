package dev.palimpsest.engine.format;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One line of a model file's tensor table.
 *
 * @param name the tensor's name, unique in its file
 * @param ggmlId the number of its element type, which the engine need not know
 * @param shape extents, outermost first
 * @param offset where its bytes begin, from the start of the file
 * @param lineOffset where this line begins in the header, from the start of the file
 */
public record TensorInfo(String name, int ggmlId, Shape shape, long offset, long lineOffset) {
  /** Checks the name and the offsets. */
  public TensorInfo {
    if (name.isEmpty() || offset < 0 || lineOffset < 0) {
      throw new IllegalArgumentException("a tensor has a name and a place: " + name);
    }
  }

  /** The element type, empty where the engine does not know it. */
  public Optional<DType> type() {
    return DType.ofGgmlId(ggmlId);
  }

  /** Bytes it takes in the file, empty where the engine does not know the type. */
  public OptionalLong bytes() {
    Optional<DType> type = type();
    return type.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Math.multiplyExact(shape.rows(), type.get().bytes(shape.columns())));
  }
}
