package dev.palimpsest.engine.embed;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.model.Architecture;
import dev.palimpsest.engine.model.Batch;
import dev.palimpsest.engine.model.EncoderForward;
import dev.palimpsest.engine.model.Forward;
import dev.palimpsest.engine.model.ForwardLimits;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.Pass;
import dev.palimpsest.engine.model.Pooling;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Whole texts through a model, batch after batch, each pooled to one vector. Keys and values are
 * needed within a layer only, so their pool is one of a single layer. Not for two threads at a
 * time; owns the pool, borrows model and backend.
 */
final class TextPass implements AutoCloseable {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Texts of this length fill batch and pages alike; shorter ones make smaller batches. */
  private static final int SHORT_TEXT_TOKENS = 16;

  private final KvPool pool;
  private final Pass pass;
  private final Batch batch;
  private final int contextTokens;

  TextPass(Model model, Backend backend, TextLimits limits) {
    Architecture architecture = model.architecture();
    ForwardLimits within = within(architecture, limits);
    contextTokens = within.contextTokensMax();
    pool = new KvPool(layout(architecture), within.pagesMax());
    pass =
        architecture.isEncoder()
            ? new EncoderForward(model.encoderWeights(), backend, pool, within)
            : new Forward(model.weights(), backend, pool, within);
    batch = new Batch(within.rowsMax(), 1);
  }

  private static ForwardLimits within(Architecture architecture, TextLimits limits) {
    int context = Math.min(limits.contextTokensMax(), architecture.contextTokens());
    int rows = Math.max(context, limits.batchTokensMax());
    int pages = Math.max(KvLayout.pagesFor(context), Math.ceilDiv(rows, SHORT_TEXT_TOKENS));
    return new ForwardLimits(rows, 1, context, pages);
  }

  private static KvLayout layout(Architecture architecture) {
    return EncoderForward.cacheLayout(architecture);
  }

  /** Bytes that a pass takes beside the model's file. */
  static long bytes(Model model, TextLimits limits) {
    Architecture architecture = model.architecture();
    ForwardLimits within = within(architecture, limits);
    long workspace =
        architecture.isEncoder()
            ? EncoderForward.workspaceBytes(architecture, within)
            : Forward.workspaceBytes(model.weights(), within);
    return workspace + within.pagesMax() * layout(architecture).pageBytes();
  }

  /** The longest text. */
  int contextTokens() {
    return contextTokens;
  }

  /**
   * One vector for each text, as long as the model is wide; zeros for a text without a token.
   *
   * @param texts none longer than the context
   */
  List<double[]> run(List<MarkedText> texts, Pooling pooling) {
    List<double[]> vectors = new ArrayList<>();
    List<MarkedText> together = new ArrayList<>();
    for (MarkedText text : texts) {
      if (!fits(together, text)) {
        runBatch(together, pooling, vectors);
        together.clear();
      }
      together.add(text);
    }
    runBatch(together, pooling, vectors);
    return vectors;
  }

  private boolean fits(List<MarkedText> together, MarkedText next) {
    int tokens = next.ids().size();
    int pages = KvLayout.pagesFor(tokens);
    for (MarkedText each : together) {
      tokens += each.ids().size();
      pages += KvLayout.pagesFor(each.ids().size());
    }
    batch.clear();
    return tokens <= batch.room() && pages <= pool.pages();
  }

  private void runBatch(List<MarkedText> texts, Pooling pooling, List<double[]> vectors) {
    batch.clear();
    List<PagedSpan> spans = new ArrayList<>();
    try {
      for (MarkedText text : texts) {
        if (!text.ids().isEmpty()) {
          PagedSpan span = pool.reserve(text.ids().size());
          spans.add(span);
          add(text, span);
        }
      }
      if (batch.rows() > 0) {
        pass.run(batch);
      }
    } finally {
      spans.forEach(pool::release);
    }
    int row = 0;
    for (MarkedText text : texts) {
      vectors.add(pooled(row, text.ids().size(), pooling));
      row += text.ids().size();
    }
  }

  private void add(MarkedText text, PagedSpan span) {
    for (int i = 0; i < text.ids().size(); i++) {
      batch.add(text.ids().at(i), i, span);
      if (i >= text.secondFrom()) {
        batch.typeOfLast(1);
      }
    }
  }

  private double[] pooled(int row, int rows, Pooling pooling) {
    Tensor found = pass.vectors();
    double[] vector = new double[(int) found.shape().columns()];
    if (rows == 0) {
      return vector;
    }
    int from = pooling == Pooling.LAST ? row + rows - 1 : row;
    int to = pooling == Pooling.MEAN ? row + rows : from + 1;
    for (int r = from; r < to; r++) {
      long at = r * found.rowBytes();
      for (int i = 0; i < vector.length; i++) {
        vector[i] += found.data().get(F32, at + (long) i * Float.BYTES) / (to - from);
      }
    }
    return vector;
  }

  @Override
  public void close() {
    pool.close();
  }
}
