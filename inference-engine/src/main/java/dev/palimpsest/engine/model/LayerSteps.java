package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Projection;
import dev.palimpsest.engine.backend.Projections;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A layer with its matrix products laid out on the workspace.
 *
 * @param weights its tensors
 * @param queryKeyValue three products of the normed stream
 * @param attentionOutput what attention gathered, back to the stream's width
 * @param feedForward the products of the feed-forward
 */
record LayerSteps(
    Weights.Layer weights,
    Projections queryKeyValue,
    Projections attentionOutput,
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
   */
  record MixtureSteps(Projections router, List<DenseSteps> experts) implements FeedForwardSteps {}

  LayerSteps(Weights.Layer layer, Map<Buffer, Tensor> buffers) {
    this(
        layer,
        new Projections(
            of(buffers, Buffer.NORMED),
            List.of(
                new Projection(layer.query(), of(buffers, Buffer.QUERY)),
                new Projection(layer.key(), of(buffers, Buffer.KEY)),
                new Projection(layer.value(), of(buffers, Buffer.VALUE)))),
        single(of(buffers, Buffer.ATTENDED), layer.attentionOutput(), of(buffers, Buffer.CHANGE)),
        switch (layer.feedForward()) {
          case FeedForward.Dense dense -> dense(dense, Buffer.NORMED, buffers);
          case FeedForward.Mixture mixture -> mixture(mixture, buffers);
        });
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
        mixture.experts().stream().map(each -> dense(each, Buffer.GATHERED, buffers)).toList());
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
