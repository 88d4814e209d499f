package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Epilogue;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Projections;
import dev.palimpsest.engine.backend.Rotation;
import dev.palimpsest.engine.backend.Work;
import dev.palimpsest.engine.kv.KvCache;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of all supported models: a batch in, logits of the rows that need them out, keys
 * and values written to the pool on the way. What a row gets depends on its token, its position and
 * its sequence's pages, never on the other rows. Allocates its workspace once; for the engine
 * thread, which may not close backend, pool or model before it is done with this.
 */
public final class Forward implements Pass {
  private final Weights weights;
  private final Backend backend;
  private final KvPool pool;
  private final Map<Buffer, Tensor> buffers = new EnumMap<>(Buffer.class);
  private final List<LayerSteps> layers = new ArrayList<>();
  private final Projections output;
  private final Epilogue epilogue;
  private final Attention attention;
  private final Rotation rotation;
  private final Rotation localRotation;
  private final @Nullable ExpertPass experts;
  private final @Nullable DeltaPass deltas;
  private final float epsilon;
  private final double scoreScale;

  private final Tensor stream;
  private final Tensor normed;
  private final Tensor change;
  private final Tensor gate;
  private final Tensor up;

  private final Work embedRows = this::embedRow;
  private final Work normRows = this::normRow;
  private final Work placeRows = this::placeRow;
  private final Work attendHeads = this::attendHead;
  private final Work gateAttendedRows = this::gateAttendedRow;
  private final Work addAndNormRows = this::addAndNormRow;
  private final Work gateRows = this::gateRow;
  private final Work chooseRows = this::chooseRow;

  private @Nullable AdapterPass adapters;

  // The batch and the layer that the units of work at hand belong to.
  private Batch batch;
  private int layer;
  private int cacheLayer;
  private LayerSteps steps;
  private Mixing.@Nullable SelfAttention mixing;
  private Tensor norm;
  private @Nullable Tensor postNorm;

  /** A pass of a model without states. */
  public Forward(Weights weights, Backend backend, KvPool pool, ForwardLimits limits) {
    this(weights, backend, pool, null, limits);
  }

  /**
   * @param pool laid out for this architecture; or for a single layer, which all layers use in
   *     turn, where a batch holds whole sequences
   * @param states too, null where it has none
   */
  public Forward(
      Weights weights,
      Backend backend,
      KvPool pool,
      @Nullable StatePool states,
      ForwardLimits limits) {
    this.weights = weights;
    this.backend = backend;
    this.pool = pool;
    Architecture architecture = weights.architecture();
    for (Buffer buffer : Buffer.values()) {
      if (buffer.isIn(architecture)) {
        buffers.put(buffer, buffer.allocate(backend, weights, limits));
      }
    }
    stream = buffer(Buffer.STREAM);
    normed = buffer(Buffer.NORMED);
    change = buffer(Buffer.CHANGE);
    gate = buffer(Buffer.GATE);
    up = buffer(Buffer.UP);
    for (Weights.Layer each : weights.layers()) {
      layers.add(new LayerSteps(each, buffers));
    }
    output = LayerSteps.single(buffer(Buffer.CHOSEN), weights.output(), buffer(Buffer.LOGITS));
    epilogue = new Epilogue(buffer(Buffer.LOGITS));
    epsilon = architecture.normEpsilon();
    scoreScale = 1 / Math.sqrt(architecture.heads().dim());
    experts = ExpertPass.of(architecture, backend, buffers);
    deltas = DeltaPass.of(weights, backend, states, buffers);
    rotation = rotation(architecture.rope(), Buffer.ANGLES, limits);
    localRotation =
        architecture.has(Trait.LOCAL_LAYERS)
            ? rotation(architecture.localRope(), Buffer.LOCAL_ANGLES, limits)
            : rotation;
    attention =
        new Attention(
            architecture.heads(),
            buffer(Buffer.QUERY),
            buffer(Buffer.ATTENDED),
            pool.slab(),
            limits.pagesMax());
    batch = new Batch(0, 0);
    steps = layers.getFirst();
    norm = weights.outputNorm();
  }

  private Tensor buffer(Buffer which) {
    return LayerSteps.of(buffers, which);
  }

  private Rotation rotation(Rope rope, Buffer which, ForwardLimits limits) {
    Tensor angles = buffer(which);
    rope.fill(angles.data(), limits.contextTokensMax(), divisors(weights));
    return new Rotation(angles, weights.architecture().heads().dim(), rope.isHalfSplit());
  }

  private static float @Nullable [] divisors(Weights weights) {
    Tensor divisors = weights.ropeDivisors();
    return divisors == null
        ? null
        : divisors.data().toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** Bytes of workspace that a pass within these limits takes from its backend. */
  public static long workspaceBytes(Weights weights, ForwardLimits limits) {
    return Buffer.bytes(weights, limits);
  }

  /**
   * Logits, F32 {@code [logitsMax, vocabulary]}; the rows that the last batch asked for are valid
   * until the next.
   */
  public Tensor logits() {
    return buffer(Buffer.LOGITS);
  }

  /** The walk over these logits; valid as long as they are. */
  public Epilogue epilogue() {
    return epilogue;
  }

  /**
   * Makes adapters known, by which rows of a batch can then be changed; once, before the first
   * batch.
   *
   * @param all for this model; a row names one by its place
   */
  public void adapt(List<Adapter> all) {
    if (!all.isEmpty()) {
      adapters = new AdapterPass(all, weights, backend, buffers);
    }
  }

  /** Bytes of workspace that {@link #adapt} takes. */
  public static long adapterBytes(Weights weights, ForwardLimits limits, List<Adapter> all) {
    return AdapterPass.bytes(all, weights, limits.rowsMax());
  }

  private void addChanges(List<Site> sites) {
    if (adapters != null) {
      adapters.add(layer, sites);
    }
  }

  @Override
  public Tensor vectors() {
    return normed;
  }

  /**
   * Runs a batch. Afterwards the keys and values of all its rows are in the pool, and the states of
   * their sequences know of them.
   */
  @Override
  public void run(Batch rows) {
    batch = rows;
    listPages();
    if (deltas != null) {
      deltas.begin(rows);
    }
    if (adapters != null) {
      adapters.begin(rows);
    }
    int count = rows.rows();
    backend.run(embedRows, count);
    normBy(weights.layers().getFirst().attentionNorm(), count);
    for (int i = 0; i < layers.size(); i++) {
      runLayer(i, count);
    }
    if (rows.logitCount() > 0) {
      backend.run(chooseRows, count);
      backend.multiply(output, rows.logitCount());
      backend.run(epilogue, epilogue.units(rows.logitCount()));
    }
  }

  private void listPages() {
    attention.clear();
    int firstPage = 0;
    for (int row = 0; row < batch.rows(); row++) {
      KvCache cache = batch.cache(row);
      if (!batch.continuesSequence(row)) {
        firstPage = addPages(cache);
      }
      int position = batch.position(row);
      attention.addRow(firstPage, cache.pagedTokens(position), scale(position));
      attention.tilesOfLast(cache.tiles());
      attention.massOfLast(batch.mass(row), position + 1 - cache.pagedTokens(position));
    }
  }

  private float scale(int position) {
    Temperature temperature = weights.architecture().temperature();
    return (float) (temperature == null ? scoreScale : scoreScale * temperature.at(position));
  }

  private int addPages(KvCache cache) {
    int first = -1;
    List<PagedSpan> spans = cache.paged();
    for (int s = 0; s < spans.size(); s++) {
      PagedSpan span = spans.get(s);
      for (int i = 0; i < span.pageCount(); i++) {
        int place = attention.addPage(span.page(i));
        first = first < 0 ? place : first;
      }
    }
    return first;
  }

  private void normBy(Tensor weight, int rows) {
    norm = weight;
    backend.run(normRows, rows);
  }

  private void runLayer(int index, int rows) {
    layer = index;
    steps = layers.get(index);
    backend.multiply(steps.mixingInputs(), rows);
    switch (steps.weights().mixing()) {
      case Mixing.SelfAttention self -> attend(self, rows);
      case Mixing.DeltaRule rule -> {
        addChanges(Site.DELTA_INPUTS);
        Objects.requireNonNull(deltas).run(rule, weights.architecture().indexOfKind(index), rows);
      }
    }
    backend.multiply(steps.mixingOutput(), rows);
    addChanges(Site.GATHERED);
    Weights.PostNorms posts = steps.weights().postNorms();
    postNorm = posts == null ? null : posts.attention();
    norm = steps.weights().feedForwardNorm();
    backend.run(addAndNormRows, rows);
    boolean isLast = index + 1 == layers.size();
    Tensor next = isLast ? weights.outputNorm() : weights.layers().get(index + 1).attentionNorm();
    postNorm = posts == null ? null : posts.feedForward();
    feedForward(rows, next);
  }

  private void attend(Mixing.SelfAttention weightsOfLayer, int rows) {
    Architecture architecture = weights.architecture();
    mixing = weightsOfLayer;
    cacheLayer = architecture.indexOfKind(layer) % pool.layout().layers();
    addChanges(Site.INPUTS);
    backend.run(placeRows, rows);
    attention.layer(cacheLayer);
    attention.window(architecture.window().tokens(layer));
    backend.run(attendHeads, attention.blocks() * attention.heads().keyValue());
    if (architecture.has(Trait.QUERY_GATES)) {
      backend.run(gateAttendedRows, rows);
    }
  }

  /** Adds the feed-forward of the norm to the stream and norms it for what comes next. */
  private void feedForward(int rows, Tensor next) {
    switch (steps.feedForward()) {
      case LayerSteps.DenseSteps dense -> {
        backend.multiply(dense.gateAndUp(), rows);
        addChanges(Site.INNER);
        backend.run(gateRows, rows);
        backend.multiply(dense.down(), rows);
        addChanges(Site.LAST);
        norm = next;
        backend.run(addAndNormRows, rows);
      }
      case LayerSteps.MixtureSteps mixture -> {
        Objects.requireNonNull(experts).run(mixture, rows);
        normBy(next, rows);
      }
    }
  }

  private void embedRow(int row, Kernels kernels) {
    InputRow.write(batch, row, weights.embedding(), stream, change, kernels);
    Architecture architecture = weights.architecture();
    if (architecture.has(Trait.SCALED_EMBEDDING)) {
      kernels.scale(stream, row, (float) Math.sqrt(architecture.width()));
    }
  }

  private void normRow(int row, Kernels kernels) {
    kernels.rmsNorm(stream, norm, normed, row, epsilon);
  }

  private void addAndNormRow(int row, Kernels kernels) {
    Tensor post = postNorm;
    if (post != null) {
      kernels.rmsNorm(change, post, change, row, epsilon);
    }
    kernels.add(stream, change, row);
    kernels.rmsNorm(stream, norm, normed, row, epsilon);
  }

  private void gateRow(int row, Kernels kernels) {
    if (weights.architecture().has(Trait.GELU)) {
      kernels.geGlu(gate, up, row);
    } else {
      kernels.swiGlu(gate, up, row);
    }
  }

  private void attendHead(int unit, Kernels kernels) {
    int heads = attention.heads().keyValue();
    kernels.attend(attention, unit / heads, unit % heads);
  }

  private void gateAttendedRow(int row, Kernels kernels) {
    kernels.sigmoidGate(buffer(Buffer.ATTENDED), buffer(Buffer.QUERY_GATE), row);
  }

  /** Puts the queries of a row and their gates apart, which lie head by head. */
  private void splitQueries(int row) {
    Tensor both = buffer(Buffer.GATED_QUERY);
    long bytes = DType.F32.bytes(attention.heads().dim());
    long from = row * both.rowBytes();
    long to = row * DType.F32.bytes(attention.heads().queryWidth());
    for (int head = 0; head < attention.heads().query(); head++) {
      MemorySegment.copy(both.data(), from, buffer(Buffer.QUERY).data(), to, bytes);
      MemorySegment.copy(both.data(), from + bytes, buffer(Buffer.QUERY_GATE).data(), to, bytes);
      from += 2 * bytes;
      to += bytes;
    }
  }

  /** Completes, norms and turns the heads of a row and stores its keys and values. */
  private void placeRow(int row, Kernels kernels) {
    if (weights.architecture().has(Trait.QUERY_GATES)) {
      splitQueries(row);
    }
    Mixing.SelfAttention self = Objects.requireNonNull(mixing);
    Tensor queries = buffer(Buffer.QUERY);
    Tensor keys = buffer(Buffer.KEY);
    Tensor values = buffer(Buffer.VALUE);
    Weights.Biases biases = self.biases();
    if (biases != null) {
      kernels.addScaled(queries, row, biases.query(), 0, 1);
      kernels.addScaled(keys, row, biases.key(), 0, 1);
      kernels.addScaled(values, row, biases.value(), 0, 1);
    }
    Weights.HeadNorms norms = self.headNorms();
    int kvHeads = attention.heads().keyValue();
    place(queries, norms == null ? null : norms.query(), attention.heads().query(), row, kernels);
    place(keys, norms == null ? null : norms.key(), kvHeads, row, kernels);
    QuerySample sample = batch.sample(row);
    if (sample != null) {
      sample.put(batch.samplePlace(row), cacheLayer, queries, row, attention.scale(row));
    }
    KvCache cache = batch.cache(row);
    int slot = cache.slot(batch.position(row));
    pool.write(cache.open(), slot, cacheLayer, keys, values, row);
  }

  private void place(Tensor heads, @Nullable Tensor headNorm, int count, int row, Kernels kernels) {
    Rotation turn = weights.architecture().window().isGlobal(layer) ? rotation : localRotation;
    for (int head = row * count; head < (row + 1) * count; head++) {
      if (headNorm != null) {
        kernels.rmsNorm(heads, headNorm, heads, head, epsilon);
      }
      kernels.rotate(heads, head, turn, batch.position(row));
    }
  }

  private void chooseRow(int row, Kernels kernels) {
    int to = batch.logitRow(row);
    if (to >= 0) {
      long bytes = DType.F32.bytes(normed.shape().columns());
      MemorySegment.copy(
          normed.data(), row * bytes, buffer(Buffer.CHOSEN).data(), to * bytes, bytes);
    }
  }
}
