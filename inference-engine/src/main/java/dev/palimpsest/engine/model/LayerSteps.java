package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Projection;
import dev.palimpsest.engine.backend.Projections;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A layer with its matrix products laid out on the workspace.
 *
 * @param weights its tensors
 * @param mixingInputs products of the normed stream that go into the mixing
 * @param mixingOutput what it gathered, back to the stream's width
 * @param feedForward the products of the feed-forward
 */
record LayerSteps(
    Weights.Layer weights,
    Projections mixingInputs,
    Projections mixingOutput,
    FeedForwardSteps feedForward) {

  /** The products of a feed-forward. */
  sealed interface FeedForwardSteps {}

  /**
   * Those of one gated unit.
   *
   * @param gateAndUp two products of its input
   * @param down the gated product, back to the stream's width
   */
  record DenseSteps(Projections gateAndUp, Projections down) implements FeedForwardSteps {}

  /**
   * Those of many.
   *
   * @param router the product of the normed stream that tells which experts a row uses
   * @param experts each with an input of its own, the rows that use it
   * @param shared of the expert that all rows use, or null
   */
  record MixtureSteps(Projections router, List<DenseSteps> experts, @Nullable SharedSteps shared)
      implements FeedForwardSteps {}

  /**
   * Those of the expert that all rows use.
   *
   * @param gateUpAndScore three products of the normed stream
   * @param down the gated product, back to the stream's width
   */
  record SharedSteps(Projections gateUpAndScore, Projections down) {}

  LayerSteps(Weights.Layer layer, Map<Buffer, Tensor> buffers) {
    this(
        layer,
        switch (layer.mixing()) {
          case Mixing.SelfAttention attention -> inputs(attention, buffers);
          case Mixing.DeltaRule rule -> inputs(rule, buffers);
        },
        switch (layer.mixing()) {
          case Mixing.SelfAttention attention ->
              single(of(buffers, Buffer.ATTENDED), attention.output(), of(buffers, Buffer.CHANGE));
          case Mixing.DeltaRule rule ->
              single(of(buffers, Buffer.DELTA_GATE), rule.output(), of(buffers, Buffer.CHANGE));
        },
        switch (layer.feedForward()) {
          case FeedForward.Dense dense -> dense(dense, Buffer.NORMED, buffers);
          case FeedForward.Mixture mixture -> mixture(mixture, buffers);
        });
  }

  private static Projections inputs(Mixing.SelfAttention attention, Map<Buffer, Tensor> buffers) {
    boolean isGated = buffers.containsKey(Buffer.GATED_QUERY);
    Buffer query = isGated ? Buffer.GATED_QUERY : Buffer.QUERY;
    return new Projections(
        of(buffers, Buffer.NORMED),
        List.of(
            new Projection(attention.query(), of(buffers, query)),
            new Projection(attention.key(), of(buffers, Buffer.KEY)),
            new Projection(attention.value(), of(buffers, Buffer.VALUE))));
  }

  private static Projections inputs(Mixing.DeltaRule rule, Map<Buffer, Tensor> buffers) {
    List<Projection> products = new ArrayList<>();
    products.add(new Projection(rule.input(), of(buffers, Buffer.DELTA_INPUT)));
    products.add(new Projection(rule.gate(), of(buffers, Buffer.DELTA_GATE)));
    Tensor alpha = rule.alpha();
    if (alpha == null) {
      products.add(new Projection(rule.beta(), of(buffers, Buffer.DELTA_RATES)));
    } else {
      products.add(new Projection(rule.beta(), of(buffers, Buffer.DELTA_BETA)));
      products.add(new Projection(alpha, of(buffers, Buffer.DELTA_DECAY)));
    }
    return new Projections(of(buffers, Buffer.NORMED), products);
  }

  private static DenseSteps dense(
      FeedForward.Dense dense, Buffer input, Map<Buffer, Tensor> buffers) {
    return new DenseSteps(
        new Projections(
            of(buffers, input),
            List.of(
                new Projection(dense.gate(), of(buffers, Buffer.GATE)),
                new Projection(dense.up(), of(buffers, Buffer.UP)))),
        single(of(buffers, Buffer.GATE), dense.down(), of(buffers, Buffer.CHANGE)));
  }

  private static MixtureSteps mixture(FeedForward.Mixture mixture, Map<Buffer, Tensor> buffers) {
    return new MixtureSteps(
        single(of(buffers, Buffer.NORMED), mixture.router(), of(buffers, Buffer.ROUTED)),
        mixture.experts().stream().map(each -> dense(each, Buffer.GATHERED, buffers)).toList(),
        mixture.shared() == null ? null : shared(mixture.shared(), buffers));
  }

  private static SharedSteps shared(FeedForward.Shared shared, Map<Buffer, Tensor> buffers) {
    FeedForward.Dense expert = shared.expert();
    return new SharedSteps(
        new Projections(
            of(buffers, Buffer.NORMED),
            List.of(
                new Projection(expert.gate(), of(buffers, Buffer.SHARED_GATE)),
                new Projection(expert.up(), of(buffers, Buffer.SHARED_UP)),
                new Projection(shared.score(), of(buffers, Buffer.SHARED_SCORE)))),
        single(of(buffers, Buffer.SHARED_GATE), expert.down(), of(buffers, Buffer.CHANGE)));
  }

  static Projections single(Tensor x, Tensor weights, Tensor out) {
    return new Projections(x, List.of(new Projection(weights, out)));
  }

  /** A buffer that must have been allocated. */
  static Tensor of(Map<Buffer, Tensor> buffers, Buffer which) {
    Tensor tensor = buffers.get(which);
    if (tensor == null) {
      throw new IllegalStateException(which + " was not allocated");
    }
    return tensor;
  }
}
