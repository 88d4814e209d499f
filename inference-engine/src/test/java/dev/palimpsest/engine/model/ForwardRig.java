package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** A forward pass without an engine around it: ids in, logits out, for one sequence. */
final class ForwardRig implements AutoCloseable {
  private static final int ROWS_MAX = 64;

  private final Arena arena = Arena.ofShared();
  private final Backend backend;
  private final KvPool pool;
  private final Forward forward;
  private final Batch batch = new Batch(ROWS_MAX, ROWS_MAX);
  private final Weights weights;
  private PagedSpan span;
  private int length;

  ForwardRig(Path file, String choice, int threads) {
    weights = Weights.of(Gguf.open(file, arena));
    backend = Backend.open(choice, threads);
    int context = weights.architecture().contextTokens();
    pool =
        new KvPool(
            new KvLayout(weights.architecture().layers(), weights.architecture().heads()),
            Math.ceilDiv(context, Attention.PAGE_TOKENS));
    forward =
        new Forward(
            weights, backend, pool, new ForwardLimits(ROWS_MAX, ROWS_MAX, context, pool.pages()));
    span = pool.reserve(context);
  }

  /** Begins a new sequence. */
  void restart() {
    pool.release(span);
    span = pool.reserve(weights.architecture().contextTokens());
    length = 0;
  }

  /** Appends tokens in chunks of a size; returns the logits of each. */
  float[][] append(int[] ids, int chunk) {
    float[][] logits = new float[ids.length][];
    for (int from = 0; from < ids.length; from += chunk) {
      int to = Math.min(ids.length, from + chunk);
      batch.clear();
      for (int i = from; i < to; i++) {
        batch.addWithLogits(ids[i], length++, span);
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
    arena.close();
  }
}
