package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of an encoder, all present and of the right shape. Their memory is borrowed from the
 * mapped file.
 *
 * @param architecture the shape of the model
 * @param embedding {@code [vocabulary, width]}
 * @param types what is added for the part of a text that a token is in, {@code [types, width]}
 * @param positions what is added for a token's position, {@code [≥ context, width]}; null where
 *     heads are turned instead
 * @param embeddingNorm of the sum of these
 * @param layers one after the other
 */
public record EncoderWeights(
    Architecture architecture,
    Tensor embedding,
    Tensor types,
    @Nullable Tensor positions,
    Norm embeddingNorm,
    List<Layer> layers) {

  /**
   * The tensors of one layer.
   *
   * @param query {@code [heads · dim, width]}
   * @param key {@code [heads · dim, width]}
   * @param value {@code [heads · dim, width]}
   * @param attentionOutput {@code [width, heads · dim]}
   * @param attentionNorm of the stream after attention was added
   * @param gate {@code [feedForward, width]}; null where the feed-forward has none
   * @param up {@code [feedForward, width]}
   * @param down {@code [width, feedForward]}
   * @param outputNorm of the stream after the feed-forward was added
   */
  public record Layer(
      Linear query,
      Linear key,
      Linear value,
      Linear attentionOutput,
      Norm attentionNorm,
      @Nullable Tensor gate,
      Linear up,
      Linear down,
      Norm outputNorm) {}

  /**
   * A matrix and what is added to its product.
   *
   * @param weights {@code [rows, columns]}
   * @param bias F32 {@code [rows]}, or null
   */
  public record Linear(Tensor weights, @Nullable Tensor bias) {}

  /**
   * A norm by mean and variance.
   *
   * @param weight F32 {@code [width]}
   * @param bias F32 {@code [width]}
   */
  public record Norm(Tensor weight, Tensor bias) {}

  /** Copies the list. */
  public EncoderWeights {
    layers = List.copyOf(layers);
  }

  /**
   * Finds the tensors of a model file.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException naming the tensor that is missing, of
   *     another shape or type, or not known to the architecture
   */
  static EncoderWeights of(Gguf file, Architecture architecture) {
    return new EncoderReader(file, architecture).read();
  }
}
