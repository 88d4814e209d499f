package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.DeltaHeads;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Recurrence;
import dev.palimpsest.engine.backend.Work;
import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The layers with a gated delta rule: convolution, the rule itself, norm and gate. The rows of a
 * sequence go through it one after the other, heads and sequences side by side, so a row is given
 * the same bits however its sequence is cut into batches. Allocates at its making only.
 */
final class DeltaPass {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Backend backend;
  private final DeltaHeads heads;
  private final long layerBytes;
  private final float epsilon;
  private final Recurrence recurrence;
  private final @Nullable Tensor rates;
  private final Tensor beta;
  private final Tensor decay;
  private final Tensor found;
  private final Tensor gate;
  private final Tensor[] taps;

  private final Work convolveRows = this::convolveRow;
  private final Work recurHeads = this::recurHead;
  private final Work gateRows = this::gateRow;

  // The layer that the units of work at hand belong to.
  private Mixing.@Nullable DeltaRule rule;

  private DeltaPass(
      Weights weights, StatePool states, Backend backend, Map<Buffer, Tensor> buffers) {
    this.backend = backend;
    heads = states.layout().heads();
    layerBytes = states.layout().layerBytes();
    epsilon = weights.architecture().normEpsilon();
    rates = buffers.get(Buffer.DELTA_RATES);
    beta = LayerSteps.of(buffers, Buffer.DELTA_BETA);
    decay = LayerSteps.of(buffers, Buffer.DELTA_DECAY);
    found = LayerSteps.of(buffers, Buffer.DELTA_FOUND);
    gate = LayerSteps.of(buffers, Buffer.DELTA_GATE);
    taps = taps(weights.layers(), states.layout(), LayerSteps.of(buffers, Buffer.DELTA_TAPS));
    recurrence =
        new Recurrence(
            heads,
            new Recurrence.Activations(
                LayerSteps.of(buffers, Buffer.DELTA_INPUT),
                LayerSteps.of(buffers, Buffer.DELTA_MIXED),
                beta,
                decay,
                found),
            states.slab(),
            states.layout().stateBytes(),
            epsilon);
  }

  /**
   * The pass of a model, null where it has no such layers.
   *
   * @throws IllegalArgumentException if there are such layers and no states for them
   */
  static @Nullable DeltaPass of(
      Weights weights, Backend backend, @Nullable StatePool states, Map<Buffer, Tensor> buffers) {
    StateLayout layout = weights.architecture().stateLayout();
    if (layout == null) {
      return null;
    }
    if (states == null || !states.layout().equals(layout)) {
      throw new IllegalArgumentException(
          weights.architecture().name() + " needs states of " + layout);
    }
    return new DeltaPass(weights, states, backend, buffers);
  }

  /** The weights of the convolutions, turned over so that neighbours lie side by side. */
  private static Tensor[] taps(List<Weights.Layer> layers, StateLayout layout, Tensor all) {
    int count = layout.heads().taps();
    Tensor[] taps = new Tensor[layout.layers()];
    int index = 0;
    for (Weights.Layer layer : layers) {
      if (layer.mixing() instanceof Mixing.DeltaRule rule) {
        taps[index] = all.rows((long) index * count, count);
        turnOver(rule.taps(), taps[index]);
        index++;
      }
    }
    return taps;
  }

  private static void turnOver(Tensor from, Tensor to) {
    int width = (int) from.shape().rows();
    RowDecoder decoder = new RowDecoder();
    float[] row = new float[(int) from.shape().columns()];
    for (int i = 0; i < width; i++) {
      decoder.decode(from, i, row, 0);
      for (int tap = 0; tap < row.length; tap++) {
        to.data().set(F32, ((long) tap * width + i) * Float.BYTES, row[tap]);
      }
    }
  }

  /** Takes note of the sequences of a batch. */
  void begin(Batch batch) {
    recurrence.clear();
    for (int row = 0; row < batch.rows(); row++) {
      if (!batch.continuesSequence(row)) {
        recurrence.addRun(batch.state(row).index());
      }
      recurrence.addRow();
    }
  }

  /**
   * Runs a layer whose products are there; leaves what goes back to the stream in {@link
   * Buffer#DELTA_GATE}.
   *
   * @param index which of these layers it is
   */
  void run(Mixing.DeltaRule layer, int index, int rows) {
    rule = layer;
    recurrence.layerOffset(index * layerBytes);
    recurrence.taps(taps[index]);
    backend.run(convolveRows, rows);
    backend.run(recurHeads, recurrence.runs() * heads.value());
    backend.run(gateRows, rows);
  }

  private Mixing.DeltaRule rule() {
    Mixing.DeltaRule layer = rule;
    if (layer == null) {
      throw new IllegalStateException("no layer is run");
    }
    return layer;
  }

  private void convolveRow(int row, Kernels kernels) {
    kernels.convolve(recurrence, row);
    Tensor both = rates;
    for (int head = 0; head < heads.value(); head++) {
      // One matrix has, for each key head, the betas of its value heads, then their alphas.
      int group = heads.group();
      int at = head / group * 2 * group + head % group;
      float b = both == null ? get(beta, row, head) : get(both, row, at);
      float a = both == null ? get(decay, row, head) : get(both, row, at + group);
      set(beta, row, head, 1 / (1 + Math.exp(-b)));
      double time = softplus(a + get(rule().timeBias(), 0, head));
      set(decay, row, head, Math.exp(get(rule().rate(), 0, head) * time));
    }
  }

  private static double softplus(double x) {
    return Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0);
  }

  private void recurHead(int unit, Kernels kernels) {
    int run = unit / heads.value();
    int head = unit % heads.value();
    if (head == 0) {
      recurrence.storeTail(run);
    }
    kernels.recur(recurrence, run, head);
  }

  private void gateRow(int row, Kernels kernels) {
    for (int head = row * heads.value(); head < (row + 1) * heads.value(); head++) {
      kernels.rmsNorm(found, rule().norm(), found, head, epsilon);
    }
    kernels.swiGlu(gate, found, row);
  }

  private static float get(Tensor from, int row, int column) {
    MemorySegment data = from.data();
    return data.get(F32, (row * from.shape().columns() + column) * Float.BYTES);
  }

  private static void set(Tensor to, int row, int column, double value) {
    to.data().set(F32, (row * to.shape().columns() + column) * Float.BYTES, (float) value);
  }
}
