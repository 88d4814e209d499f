package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a model, all present and of the right shape. Their memory is borrowed from the
 * mapped file.
 *
 * @param architecture the shape of the model
 * @param embedding {@code [vocabulary, width]}
 * @param layers one after the other
 * @param outputNorm F32 {@code [width]}
 * @param output {@code [vocabulary, width]}; the embedding where the file ties them
 * @param ropeDivisors F32 {@code [rotated / 2]}, or null where the angles are not divided
 */
public record Weights(
    Architecture architecture,
    Tensor embedding,
    List<Layer> layers,
    Tensor outputNorm,
    Tensor output,
    @Nullable Tensor ropeDivisors) {

  /**
   * The tensors of one layer.
   *
   * @param attentionNorm of what goes into the mixing, F32 {@code [width]}
   * @param mixing what lets a token know of those before it
   * @param feedForwardNorm F32 {@code [width]}
   * @param feedForward the feed-forward
   * @param postNorms norms of what the blocks add, or null where it is not normed
   */
  public record Layer(
      Tensor attentionNorm,
      Mixing mixing,
      Tensor feedForwardNorm,
      FeedForward feedForward,
      @Nullable PostNorms postNorms) {}

  /**
   * What is added to queries, keys and values.
   *
   * @param query F32 {@code [heads · dim]}
   * @param key F32 {@code [kvHeads · dim]}
   * @param value F32 {@code [kvHeads · dim]}
   */
  public record Biases(Tensor query, Tensor key, Tensor value) {}

  /**
   * Norms of single heads.
   *
   * @param query F32 {@code [dim]}
   * @param key F32 {@code [dim]}
   */
  public record HeadNorms(Tensor query, Tensor key) {}

  /**
   * Norms of what the blocks of a layer add to the stream.
   *
   * @param attention F32 {@code [width]}
   * @param feedForward F32 {@code [width]}
   */
  public record PostNorms(Tensor attention, Tensor feedForward) {}

  /** Copies the list. */
  public Weights {
    layers = List.copyOf(layers);
  }

  /**
   * Finds the tensors of a model file.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException naming the tensor that is missing, of
   *     another shape or type, or not known to the architecture
   */
  public static Weights of(Gguf file) {
    return new WeightsReader(file, Architecture.of(file.metadata())).read();
  }

  /** Number of tokens for which there are logits. */
  public int vocabularySize() {
    return (int) embedding.shape().rows();
  }
}
