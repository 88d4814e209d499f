package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Work;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The feed-forward of a model with experts. Expert after expert takes the rows that use it, in one
 * product for all of them, and adds its weighted result to the stream; so a row is given the same
 * sum, in the order of the experts and at last the one that all share, whatever other rows there
 * are. Allocates at its making only.
 */
final class ExpertPass {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Backend backend;
  private final int experts;
  private final int used;
  private final Tensor stream;
  private final Tensor normed;
  private final Tensor routed;
  private final Tensor gathered;
  private final Tensor gate;
  private final Tensor up;
  private final Tensor change;
  private final @Nullable Tensor sharedGate;
  private final @Nullable Tensor sharedUp;
  private final @Nullable Tensor sharedScore;

  /** For each row the experts that it uses and their shares, {@code used} of each. */
  private final int[] chosen;

  private final float[] shares;

  // The rows that use the expert at hand, and its share in them.
  private final int[] rowOf;
  private final float[] shareOf;

  private final Work chooseRows = this::chooseRow;
  private final Work gatherRows = this::gatherRow;
  private final Work gateRows = this::gateRow;
  private final Work addRows = this::addRow;
  private final Work gateSharedRows = this::gateSharedRow;
  private final Work addSharedRows = this::addSharedRow;

  private ExpertPass(Experts experts, Backend backend, Map<Buffer, Tensor> buffers) {
    this.backend = backend;
    this.experts = experts.count();
    this.used = experts.used();
    stream = LayerSteps.of(buffers, Buffer.STREAM);
    normed = LayerSteps.of(buffers, Buffer.NORMED);
    routed = LayerSteps.of(buffers, Buffer.ROUTED);
    gathered = LayerSteps.of(buffers, Buffer.GATHERED);
    gate = LayerSteps.of(buffers, Buffer.GATE);
    up = LayerSteps.of(buffers, Buffer.UP);
    change = LayerSteps.of(buffers, Buffer.CHANGE);
    sharedGate = buffers.get(Buffer.SHARED_GATE);
    sharedUp = buffers.get(Buffer.SHARED_UP);
    sharedScore = buffers.get(Buffer.SHARED_SCORE);
    int rows = (int) stream.shape().rows();
    chosen = new int[rows * used];
    shares = new float[rows * used];
    rowOf = new int[rows];
    shareOf = new float[rows];
  }

  /** The pass of an architecture, null where it has no experts. */
  static @Nullable ExpertPass of(
      Architecture architecture, Backend backend, Map<Buffer, Tensor> buffers) {
    Experts experts = architecture.experts();
    return experts == null ? null : new ExpertPass(experts, backend, buffers);
  }

  /** Adds to the first rows of the stream what the experts make of their norm. */
  void run(LayerSteps.MixtureSteps steps, int rows) {
    backend.multiply(steps.router(), rows);
    backend.run(chooseRows, rows);
    for (int expert = 0; expert < experts; expert++) {
      int count = list(expert, rows);
      if (count > 0) {
        LayerSteps.DenseSteps each = steps.experts().get(expert);
        backend.run(gatherRows, count);
        backend.multiply(each.gateAndUp(), count);
        backend.run(gateRows, count);
        backend.multiply(each.down(), count);
        backend.run(addRows, count);
      }
    }
    LayerSteps.SharedSteps shared = steps.shared();
    if (shared != null) {
      backend.multiply(shared.gateUpAndScore(), rows);
      backend.run(gateSharedRows, rows);
      backend.multiply(shared.down(), rows);
      backend.run(addSharedRows, rows);
    }
  }

  /** Chooses a row's experts, the best first and of equal ones the earlier. */
  private void chooseRow(int row, Kernels kernels) {
    int first = row * used;
    for (int k = 0; k < used; k++) {
      int best = -1;
      for (int expert = 0; expert < experts; expert++) {
        boolean isBetter = best < 0 || score(row, expert) > score(row, best);
        if (isBetter && !isChosen(expert, first, first + k)) {
          best = expert;
        }
      }
      chosen[first + k] = best;
    }
    share(row, first);
  }

  private boolean isChosen(int expert, int from, int to) {
    for (int i = from; i < to; i++) {
      if (chosen[i] == expert) {
        return true;
      }
    }
    return false;
  }

  /** The softmax over the scores of the chosen ones. */
  private void share(int row, int first) {
    float max = score(row, chosen[first]);
    double total = 0;
    for (int i = first; i < first + used; i++) {
      total += Math.exp(score(row, chosen[i]) - max);
    }
    for (int i = first; i < first + used; i++) {
      shares[i] = (float) (Math.exp(score(row, chosen[i]) - max) / total);
    }
  }

  private float score(int row, int expert) {
    return routed.data().get(F32, ((long) row * experts + expert) * Float.BYTES);
  }

  /** Lists the rows that use an expert; returns how many. */
  private int list(int expert, int rows) {
    int count = 0;
    for (int i = 0; i < rows * used; i++) {
      if (chosen[i] == expert) {
        rowOf[count] = i / used;
        shareOf[count] = shares[i];
        count++;
      }
    }
    return count;
  }

  private void gatherRow(int index, Kernels kernels) {
    long bytes = DType.F32.bytes(normed.shape().columns());
    MemorySegment.copy(normed.data(), rowOf[index] * bytes, gathered.data(), index * bytes, bytes);
  }

  private void gateRow(int index, Kernels kernels) {
    kernels.swiGlu(gate, up, index);
  }

  private void addRow(int index, Kernels kernels) {
    kernels.addScaled(stream, rowOf[index], change, index, shareOf[index]);
  }

  private void gateSharedRow(int row, Kernels kernels) {
    kernels.swiGlu(Objects.requireNonNull(sharedGate), Objects.requireNonNull(sharedUp), row);
  }

  private void addSharedRow(int row, Kernels kernels) {
    float score = Objects.requireNonNull(sharedScore).data().get(F32, (long) row * Float.BYTES);
    kernels.addScaled(stream, row, change, row, (float) (1 / (1 + Math.exp(-score))));
  }
}
