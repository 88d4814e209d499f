package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Projection;
import dev.palimpsest.engine.backend.Projections;
import dev.palimpsest.engine.backend.Rotation;
import dev.palimpsest.engine.backend.Work;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pass of encoders such as BERT: every token sees the whole of its text, and norms stand behind
 * what is added to the stream. A batch holds whole texts, so keys and values are needed within a
 * layer only, and the pool is one of a single layer that all use in turn. What a text gets does not
 * depend on the others. Allocates its workspace once; for one thread, which may not close backend,
 * pool or model before it is done with this.
 */
public final class EncoderForward implements Pass {
  /** A layer with its matrix products laid out on the workspace. */
  private record Steps(
      EncoderWeights.Layer weights,
      Projections queryKeyValue,
      Projections attentionOutput,
      Projections feedForward,
      Projections down) {}

  private final EncoderWeights weights;
  private final Backend backend;
  private final KvPool pool;
  private final Attention attention;
  private final @Nullable Rotation rotation;
  private final float epsilon;
  private final List<Steps> layers = new ArrayList<>();

  private final Tensor stream;
  private final Tensor change;
  private final Tensor query;
  private final Tensor key;
  private final Tensor value;
  private final Tensor attended;
  private final Tensor hidden;
  private final Tensor up;

  private final Work embedRows = this::embedRow;
  private final Work placeRows = this::placeRow;
  private final Work attendHeads = this::attendHead;
  private final Work activateRows = this::activateRow;
  private final Work addAndNormRows = this::addAndNormRow;

  // The batch and the layer that the units of work at hand belong to.
  private Batch batch = new Batch(0, 0);
  private EncoderWeights.Layer layer;
  private EncoderWeights.Linear added;
  private EncoderWeights.Norm norm;

  /**
   * @param pool laid out as {@link #cacheLayout} says
   * @param limits of which the number of logits is not used
   */
  public EncoderForward(
      EncoderWeights weights, Backend backend, KvPool pool, ForwardLimits limits) {
    this.weights = weights;
    this.backend = backend;
    this.pool = pool;
    Architecture architecture = weights.architecture();
    int rows = limits.rowsMax();
    int headsWidth = architecture.heads().queryWidth();
    stream = backend.floats("STREAM", rows, architecture.width());
    change = backend.floats("CHANGE", rows, architecture.width());
    query = backend.floats("QUERY", rows, headsWidth);
    key = backend.floats("KEY", rows, headsWidth);
    value = backend.floats("VALUE", rows, headsWidth);
    attended = backend.floats("ATTENDED", rows, headsWidth);
    hidden = backend.floats("HIDDEN", rows, architecture.feedForward());
    up = isGated(architecture) ? backend.floats("UP", rows, architecture.feedForward()) : hidden;
    attention =
        new Attention(architecture.heads(), query, attended, pool.slab(), limits.pagesMax());
    rotation = rotation(architecture, backend, limits.contextTokensMax());
    epsilon = architecture.normEpsilon();
    weights.layers().forEach(each -> layers.add(steps(each)));
    layer = weights.layers().getFirst();
    added = layer.down();
    norm = weights.embeddingNorm();
  }

  private static boolean isGated(Architecture architecture) {
    return !architecture.has(Trait.UNGATED);
  }

  private static @Nullable Rotation rotation(
      Architecture architecture, Backend backend, int contextTokens) {
    if (architecture.has(Trait.POSITION_TABLE)) {
      return null;
    }
    Rope rope = architecture.rope();
    Tensor angles = backend.floats("ANGLES", contextTokens, rope.rotated());
    rope.fill(angles.data(), contextTokens, null);
    return new Rotation(angles, architecture.heads().dim(), rope.isHalfSplit());
  }

  private Steps steps(EncoderWeights.Layer each) {
    List<Projection> inner = new ArrayList<>();
    if (each.gate() != null) {
      inner.add(new Projection(each.gate(), hidden));
    }
    inner.add(new Projection(each.up().weights(), up));
    return new Steps(
        each,
        new Projections(
            stream,
            List.of(
                new Projection(each.query().weights(), query),
                new Projection(each.key().weights(), key),
                new Projection(each.value().weights(), value))),
        LayerSteps.single(attended, each.attentionOutput().weights(), change),
        new Projections(stream, inner),
        LayerSteps.single(hidden, each.down().weights(), change));
  }

  /** Bytes of workspace that a pass within these limits takes from its backend. */
  public static long workspaceBytes(Architecture architecture, ForwardLimits limits) {
    long columns =
        2L * architecture.width()
            + 4L * architecture.heads().queryWidth()
            + (isGated(architecture) ? 2L : 1L) * architecture.feedForward();
    long angles =
        architecture.has(Trait.POSITION_TABLE)
            ? 0
            : Backend.floatsBytes(limits.contextTokensMax(), architecture.rope().rotated());
    return Backend.floatsBytes(limits.rowsMax(), columns) + angles;
  }

  /** How pages are laid out that serve all layers in turn. */
  public static KvLayout cacheLayout(Architecture architecture) {
    return new KvLayout(1, architecture.heads());
  }

  @Override
  public Tensor vectors() {
    return stream;
  }

  /** Runs a batch of whole texts, each with positions from 0 on. */
  @Override
  public void run(Batch rows) {
    batch = rows;
    listPages();
    int count = rows.rows();
    norm = weights.embeddingNorm();
    backend.run(embedRows, count);
    for (int i = 0; i < layers.size(); i++) {
      runLayer(layers.get(i), count);
    }
  }

  /** A row sees as many tokens as its text has rows. */
  private void listPages() {
    attention.clear();
    float scale = (float) (1 / Math.sqrt(weights.architecture().heads().dim()));
    int row = 0;
    while (row < batch.rows()) {
      int end = row + 1;
      while (end < batch.rows() && batch.continuesSequence(end)) {
        end++;
      }
      int firstPage = addPages(batch.cache(row).open());
      int tokens = end - row;
      for (; row < end; row++) {
        attention.addRow(firstPage, tokens, scale);
      }
    }
  }

  private int addPages(PagedSpan span) {
    int first = attention.addPage(span.page(0));
    for (int i = 1; i < span.pageCount(); i++) {
      attention.addPage(span.page(i));
    }
    return first;
  }

  private void runLayer(Steps steps, int rows) {
    layer = steps.weights();
    backend.multiply(steps.queryKeyValue(), rows);
    backend.run(placeRows, rows);
    backend.run(attendHeads, attention.blocks() * attention.heads().keyValue());
    backend.multiply(steps.attentionOutput(), rows);
    added = layer.attentionOutput();
    norm = layer.attentionNorm();
    backend.run(addAndNormRows, rows);
    backend.multiply(steps.feedForward(), rows);
    backend.run(activateRows, rows);
    backend.multiply(steps.down(), rows);
    added = layer.down();
    norm = layer.outputNorm();
    backend.run(addAndNormRows, rows);
  }

  private void embedRow(int row, Kernels kernels) {
    InputRow.write(batch, row, weights.embedding(), stream, change, kernels);
    kernels.decode(weights.types(), batch.type(row), change, row);
    kernels.add(stream, change, row);
    Tensor positions = weights.positions();
    if (positions != null) {
      kernels.decode(positions, batch.position(row), change, row);
      kernels.add(stream, change, row);
    }
    normRow(row, kernels);
  }

  private void normRow(int row, Kernels kernels) {
    kernels.layerNorm(stream, norm.weight(), norm.bias(), stream, row, epsilon);
  }

  /** Completes and turns the heads of a row and stores its keys and values. */
  private void placeRow(int row, Kernels kernels) {
    addBias(query, layer.query(), row, kernels);
    addBias(key, layer.key(), row, kernels);
    addBias(value, layer.value(), row, kernels);
    if (rotation != null) {
      int heads = attention.heads().query();
      for (int head = row * heads; head < (row + 1) * heads; head++) {
        kernels.rotate(query, head, rotation, batch.position(row));
        kernels.rotate(key, head, rotation, batch.position(row));
      }
    }
    pool.write(batch.cache(row).open(), batch.position(row), 0, key, value, row);
  }

  private static void addBias(Tensor x, EncoderWeights.Linear of, int row, Kernels kernels) {
    Tensor bias = of.bias();
    if (bias != null) {
      kernels.addScaled(x, row, bias, 0, 1);
    }
  }

  private void attendHead(int unit, Kernels kernels) {
    int heads = attention.heads().keyValue();
    kernels.attend(attention, unit / heads, unit % heads);
  }

  private void activateRow(int row, Kernels kernels) {
    addBias(up, layer.up(), row, kernels);
    if (layer.gate() == null) {
      kernels.gelu(hidden, row);
    } else {
      kernels.swiGlu(hidden, up, row);
    }
  }

  private void addAndNormRow(int row, Kernels kernels) {
    addBias(change, added, row, kernels);
    kernels.add(stream, change, row);
    normRow(row, kernels);
  }
}
