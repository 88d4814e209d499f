package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.TensorInfo;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What makes a score of a text's vector: the tensors {@code cls.*} of rerankers.
 *
 * @param dense a layer with a hyperbolic tangent before the other, {@code [width, width]}, or null
 * @param output one row for a score, two for yes and no, {@code [1 or 2, width]}
 */
public record ScoreHead(EncoderWeights.@Nullable Linear dense, EncoderWeights.Linear output) {
  static final String PREFIX = "cls.";

  private static final String DENSE = "cls.weight";
  private static final String DENSE_BIAS = "cls.bias";
  private static final String OUTPUT = "cls.output.weight";
  private static final String OUTPUT_BIAS = "cls.output.bias";
  private static final Set<String> NAMES = Set.of(DENSE, DENSE_BIAS, OUTPUT, OUTPUT_BIAS);

  /** Reads the head of a model file, null where it has none. */
  static @Nullable ScoreHead of(Gguf file, int width) {
    boolean hasOutput = file.find(OUTPUT).isPresent();
    boolean hasDense = file.find(DENSE).isPresent();
    for (TensorInfo info : file.tensors()) {
      String name = info.name();
      boolean isUsed = NAMES.contains(name) && hasOutput && (hasDense || !name.equals(DENSE_BIAS));
      if (name.startsWith(PREFIX) && !isUsed) {
        throw file.refuse(name, "is a tensor that no score is made with here");
      }
    }
    if (!hasOutput) {
      return null;
    }
    long rows = file.tensor(OUTPUT).shape().elements() / width;
    if (rows != 1 && rows != 2) {
      throw file.refuse(OUTPUT, rows + " rows, one or two expected");
    }
    return new ScoreHead(
        hasDense ? linear(file, DENSE, DENSE_BIAS, width, width) : null,
        linear(file, OUTPUT, OUTPUT_BIAS, rows, width));
  }

  /** A matrix of one row may be written as a vector. */
  private static EncoderWeights.Linear linear(
      Gguf file, String name, String biasName, long rows, long width) {
    Tensor weights = file.tensor(name);
    Shape shape = Shape.of(rows, width);
    if (weights.shape().columns() != width || weights.shape().elements() != shape.elements()) {
      throw file.refuse(
          name, "has shape " + weights.shape().dims() + ", " + shape.dims() + " expected");
    }
    Tensor bias = file.find(biasName).isPresent() ? file.tensor(biasName) : null;
    if (bias != null && (bias.type() != DType.F32 || bias.shape().elements() != rows)) {
      throw file.refuse(biasName, rows + " elements of F32 expected");
    }
    return new EncoderWeights.Linear(new Tensor(name, weights.type(), shape, weights.data()), bias);
  }
}
