package dev.palimpsest.engine.model;

import dev.palimpsest.engine.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The tensors by which a layer lets a token know of those before it. */
public sealed interface Mixing {
  /**
   * Attention.
   *
   * @param query {@code [heads · dim, width]}; with gates {@code [heads · 2 · dim, width]}, head by
   *     head the query, then its gate
   * @param key {@code [kvHeads · dim, width]}
   * @param value {@code [kvHeads · dim, width]}
   * @param biases what is added to these three, or null
   * @param output {@code [width, heads · dim]}
   * @param headNorms norms of queries and keys, or null where heads are not normed
   */
  record SelfAttention(
      Tensor query,
      Tensor key,
      Tensor value,
      Weights.@Nullable Biases biases,
      Tensor output,
      Weights.@Nullable HeadNorms headNorms)
      implements Mixing {}

  /**
   * A gated delta rule, see {@link dev.palimpsest.engine.backend.DeltaHeads}.
   *
   * @param input queries, keys and values, {@code [mixedWidth, width]}
   * @param gate of what is found, {@code [valueWidth, width]}
   * @param beta {@code [heads.value, width]}; where there is no alpha {@code [2 · heads.value,
   *     width]}, for each key head the betas of its value heads, then their alphas
   * @param alpha {@code [heads.value, width]}, or null
   * @param taps the convolution, {@code [mixedWidth, taps]}
   * @param timeBias what is added to alpha, F32 {@code [heads.value]}
   * @param rate how fast the matrices decay, none above zero, F32 {@code [heads.value]}
   * @param norm of what a head finds, F32 {@code [valueDim]}
   * @param output {@code [width, valueWidth]}
   */
  record DeltaRule(
      Tensor input,
      Tensor gate,
      Tensor beta,
      @Nullable Tensor alpha,
      Tensor taps,
      Tensor timeBias,
      Tensor rate,
      Tensor norm,
      Tensor output)
      implements Mixing {}
}
