package dev.palimpsest.engine.tensor;

import java.util.List;

/**
 * The extent of a tensor, outermost dimension first: a matrix is {@code [rows, columns]} and its
 * rows lie one after the other. (GGUF files list dimensions the other way round; the reader turns
 * them.)
 *
 * @param dims 1 to {@value #RANK_MAX} positive extents whose product fits a long
 */
public record Shape(List<Long> dims) {
  /** The largest number of dimensions; more are not found in model files. */
  public static final int RANK_MAX = 4;

  /** Copies and checks the extents. */
  public Shape {
    dims = List.copyOf(dims);
    if (dims.isEmpty() || dims.size() > RANK_MAX) {
      throw new IllegalArgumentException(
          "a shape has 1 to " + RANK_MAX + " dimensions, not " + dims.size());
    }
    long product = 1;
    for (long dim : dims) {
      if (dim <= 0) {
        throw new IllegalArgumentException("a dimension is positive, not " + dim);
      }
      product = Math.multiplyExact(product, dim);
    }
  }

  /** The shape with these extents, outermost first. */
  public static Shape of(long... dims) {
    return new Shape(java.util.Arrays.stream(dims).boxed().toList());
  }

  /** Number of elements. */
  public long elements() {
    return dims.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  /** Extent of the innermost dimension: the length of one row. */
  public long columns() {
    return dims.getLast();
  }

  /** Number of rows: the product of all extents but the innermost. */
  public long rows() {
    return elements() / columns();
  }
}
