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
 * @param gateAndUp two products of the normed stream
 * @param down the gated product, back to the stream's width
 */
record LayerSteps(
    Weights.Layer weights,
    Projections queryKeyValue,
    Projections attentionOutput,
    Projections gateAndUp,
    Projections down) {

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
        new Projections(
            of(buffers, Buffer.NORMED),
            List.of(
                new Projection(layer.gate(), of(buffers, Buffer.GATE)),
                new Projection(layer.up(), of(buffers, Buffer.UP)))),
        single(of(buffers, Buffer.GATE), layer.down(), of(buffers, Buffer.CHANGE)));
  }

  static Projections single(Tensor x, Tensor weights, Tensor out) {
    return new Projections(x, List.of(new Projection(weights, out)));
  }

  private static Tensor of(Map<Buffer, Tensor> buffers, Buffer which) {
    Tensor tensor = buffers.get(which);
    if (tensor == null) {
      throw new IllegalStateException(which + " was not allocated");
    }
    return tensor;
  }
}
