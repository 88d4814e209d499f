package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a row of a {@link Batch} reads in place of a token: a point in the space of the embedding,
 * before an architecture scales it. So a pass can go on from what no single token says, such as the
 * distribution over the next ones.
 */
public sealed interface InputRow {
  /**
   * One row of a matrix, of any element type that weights may have.
   *
   * @param matrix {@code [rows, width]}, borrowed until the pass is done
   * @param row from 0
   */
  record Vector(Tensor matrix, int row) implements InputRow {
    /** Checks that there is such a row. */
    public Vector {
      if (row < 0 || row >= matrix.shape().rows()) {
        throw new IndexOutOfBoundsException(
            "row " + row + " of " + matrix.shape().rows() + " of " + matrix.name());
      }
    }
  }

  /**
   * A weighted sum of rows of the embedding, {@code x = Σ weight · E[token]}, added in this order.
   *
   * @param parts at least one
   */
  record Mix(List<Part> parts) implements InputRow {
    /** Checks that there is something; copies the list. */
    public Mix {
      parts = List.copyOf(parts);
      if (parts.isEmpty()) {
        throw new IllegalArgumentException("a mix of nothing");
      }
    }
  }

  /**
   * A share of a mix.
   *
   * @param weight finite; weights need not add up to 1
   */
  record Part(int token, float weight) {
    /** Checks both. */
    public Part {
      if (token < 0 || !Float.isFinite(weight)) {
        throw new IllegalArgumentException("token " + token + " with weight " + weight);
      }
    }
  }

  /**
   * Writes what a row reads.
   *
   * @param embedding {@code [vocabulary, width]}
   * @param out F32 {@code [rows, width]}
   * @param spare of the same shape, whose row is overwritten
   */
  static void write(
      Batch batch, int row, Tensor embedding, Tensor out, Tensor spare, Kernels kernels) {
    @Nullable InputRow input = batch.input(row);
    switch (input) {
      case null -> kernels.decode(embedding, batch.token(row), out, row);
      case Vector(Tensor matrix, int at) -> {
        requireWidth(matrix, embedding);
        kernels.decode(matrix, at, out, row);
      }
      case Mix(List<Part> parts) -> mix(parts, row, embedding, out, spare, kernels);
    }
  }

  private static void mix(
      List<Part> parts, int row, Tensor embedding, Tensor out, Tensor spare, Kernels kernels) {
    Part first = parts.getFirst();
    kernels.decode(embedding, known(first, embedding), out, row);
    kernels.scale(out, row, first.weight());
    for (Part part : parts.subList(1, parts.size())) {
      kernels.decode(embedding, known(part, embedding), spare, row);
      kernels.addScaled(out, row, spare, row, part.weight());
    }
  }

  private static int known(Part part, Tensor embedding) {
    if (part.token() >= embedding.shape().rows()) {
      throw new IndexOutOfBoundsException(
          "token " + part.token() + " of " + embedding.shape().rows());
    }
    return part.token();
  }

  private static void requireWidth(Tensor matrix, Tensor embedding) {
    if (matrix.shape().columns() != embedding.shape().columns()) {
      throw new IllegalArgumentException(
          matrix.name()
              + " is "
              + matrix.shape().columns()
              + " wide, the embedding "
              + embedding.shape().columns());
    }
  }
}
