package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A forward pass without an engine around it: ids in, logits out, for one sequence. */
final class ForwardRig implements AutoCloseable {
  private static final int ROWS_MAX = 64;

  private final Arena arena = Arena.ofShared();
  private final Backend backend;
  private final KvPool pool;
  private final @Nullable StatePool states;
  private final Forward forward;
  private final Batch batch = new Batch(ROWS_MAX, ROWS_MAX);
  private final Weights weights;
  private PagedSpan span;
  private @Nullable StateSlot state;
  private int length;

  ForwardRig(Path file, String choice, int threads) {
    weights = Weights.of(Gguf.open(file, arena));
    backend = Backend.open(choice, threads);
    int context = weights.architecture().contextTokens();
    pool =
        new KvPool(
            weights.architecture().cacheLayout(), Math.ceilDiv(context, Attention.PAGE_TOKENS));
    StateLayout layout = weights.architecture().stateLayout();
    states = layout == null ? null : new StatePool(layout, 2);
    ForwardLimits limits = new ForwardLimits(ROWS_MAX, ROWS_MAX, context, pool.pages());
    forward = new Forward(weights, backend, pool, states, limits);
    span = pool.reserve(context);
    state = newState();
  }

  /** Begins a new sequence. */
  void restart() {
    pool.release(span);
    span = pool.reserve(weights.architecture().contextTokens());
    if (states != null && state != null) {
      states.release(state);
      state = newState();
    }
    length = 0;
  }

  private @Nullable StateSlot newState() {
    if (states == null) {
      return null;
    }
    StateSlot slot = states.take();
    states.clear(slot);
    return slot;
  }

  /** The embedding, borrowed. */
  Tensor embedding() {
    return weights.embedding();
  }

  /** Appends tokens in chunks of a size; returns the logits of each. */
  float[][] append(int[] ids, int chunk) {
    return append(ids, chunk, token -> null);
  }

  /** The same, where rows may read something else in place of their tokens. */
  float[][] append(int[] ids, int chunk, IntFunction<@Nullable InputRow> inputs) {
    float[][] logits = new float[ids.length][];
    for (int from = 0; from < ids.length; from += chunk) {
      int to = Math.min(ids.length, from + chunk);
      batch.clear();
      for (int i = from; i < to; i++) {
        InputRow input = inputs.apply(ids[i]);
        batch.addWithLogits(input == null ? ids[i] : 0, length++, span, state);
        if (input != null) {
          batch.inputOfLast(input);
        }
      }
      forward.run(batch);
      for (int i = from; i < to; i++) {
        logits[i] = row(i - from);
      }
    }
    return logits;
  }

  private float[] row(int row) {
    long width = forward.logits().shape().columns() * Float.BYTES;
    return forward
        .logits()
        .data()
        .asSlice(row * width, width)
        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  @Override
  public void close() {
    backend.close();
    pool.close();
    if (states != null) {
      states.close();
    }
    arena.close();
  }
}
