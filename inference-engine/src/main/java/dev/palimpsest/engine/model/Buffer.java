package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.DeltaHeads;
import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.Objects;

/** The F32 matrices of the workspace of a forward pass. */
enum Buffer {
  /** The residual stream, {@code [rows, width]}. */
  STREAM,
  /** Its normed copy, and what a block adds to it, {@code [rows, width]}. */
  NORMED,
  /** What a block adds to the stream, {@code [rows, width]}. */
  CHANGE,
  /** Queries, {@code [rows, heads · dim]}. */
  QUERY,
  /** Keys, {@code [rows, kvHeads · dim]}. */
  KEY,
  /** Values, {@code [rows, kvHeads · dim]}. */
  VALUE,
  /** What attention gathered, {@code [rows, heads · dim]}. */
  ATTENDED,
  /** Queries and their gates before they are put apart, {@code [rows, heads · 2 · dim]}. */
  GATED_QUERY,
  /** The gates of what attention gathered, {@code [rows, heads · dim]}. */
  QUERY_GATE,
  /** Queries, keys and values of the delta rule, {@code [rows, mixedWidth]}. */
  DELTA_INPUT,
  /** The same after the convolution, {@code [rows, mixedWidth]}. */
  DELTA_MIXED,
  /** The gate of what the delta rule finds, and the result, {@code [rows, valueWidth]}. */
  DELTA_GATE,
  /** What it finds, {@code [rows, valueWidth]}. */
  DELTA_FOUND,
  /** How much of a value is new, {@code [rows, valueHeads]}. */
  DELTA_BETA,
  /** How much is left of the old, {@code [rows, valueHeads]}. */
  DELTA_DECAY,
  /** What these two are made from where it has one matrix, {@code [rows, 2 · valueHeads]}. */
  DELTA_RATES,
  /**
   * The convolutions of all layers with their taps as rows, {@code [layers · taps, mixedWidth]}.
   */
  DELTA_TAPS,
  /** The gate of the feed-forward, {@code [rows, feedForward]}. */
  GATE,
  /** Its other half, {@code [rows, feedForward]}. */
  UP,
  /** Scores of the experts, {@code [rows, experts]}. */
  ROUTED,
  /** The gate of the expert that all rows use, {@code [rows, sharedFeedForward]}. */
  SHARED_GATE,
  /** Its other half, {@code [rows, sharedFeedForward]}. */
  SHARED_UP,
  /** Its share, {@code [rows, 1]}. */
  SHARED_SCORE,
  /** Normed rows that use the same expert, {@code [rows, width]}. */
  GATHERED,
  /** Normed rows whose logits are wanted, {@code [logits, width]}. */
  CHOSEN,
  /** The result, {@code [logits, vocabulary]}. */
  LOGITS,
  /** Cosines and sines, {@code [context, rotated]}. */
  ANGLES,
  /** Those of layers that see a window only, {@code [context, rotated]}. */
  LOCAL_ANGLES;

  /** Whether a pass of this architecture uses it. */
  boolean isIn(Architecture architecture) {
    return switch (this) {
      case ROUTED, GATHERED -> architecture.experts() != null;
      case SHARED_GATE, SHARED_UP, SHARED_SCORE -> sharedFeedForward(architecture) > 0;
      case LOCAL_ANGLES -> architecture.has(Trait.LOCAL_LAYERS);
      case GATED_QUERY, QUERY_GATE -> architecture.has(Trait.QUERY_GATES);
      case DELTA_RATES -> hasStates(architecture) && architecture.has(Trait.GROUPED_VALUE_HEADS);
      case DELTA_INPUT, DELTA_MIXED, DELTA_GATE, DELTA_FOUND, DELTA_BETA, DELTA_DECAY, DELTA_TAPS ->
          hasStates(architecture);
      case STREAM, NORMED, CHANGE, QUERY, KEY, VALUE, ATTENDED, GATE, UP, CHOSEN, LOGITS, ANGLES ->
          true;
    };
  }

  private static int sharedFeedForward(Architecture architecture) {
    Experts experts = architecture.experts();
    return experts == null ? 0 : experts.sharedFeedForward();
  }

  private static boolean hasStates(Architecture architecture) {
    return architecture.stateLayout() != null;
  }

  /** Bytes of all that a pass uses. */
  static long bytes(Weights weights, ForwardLimits limits) {
    Architecture architecture = weights.architecture();
    long bytes = 0;
    for (Buffer buffer : values()) {
      if (buffer.isIn(architecture)) {
        bytes += Backend.floatsBytes(buffer.rows(architecture, limits), buffer.columns(weights));
      }
    }
    return bytes;
  }

  long rows(Architecture architecture, ForwardLimits limits) {
    return switch (this) {
      case STREAM, NORMED, CHANGE, QUERY, KEY, VALUE, ATTENDED, GATE, UP, ROUTED, GATHERED ->
          limits.rowsMax();
      case SHARED_GATE,
          SHARED_UP,
          SHARED_SCORE,
          GATED_QUERY,
          QUERY_GATE,
          DELTA_INPUT,
          DELTA_MIXED,
          DELTA_GATE,
          DELTA_FOUND,
          DELTA_BETA,
          DELTA_DECAY,
          DELTA_RATES ->
          limits.rowsMax();
      case DELTA_TAPS -> {
        StateLayout states = Objects.requireNonNull(architecture.stateLayout());
        yield (long) states.layers() * states.heads().taps();
      }
      case CHOSEN, LOGITS -> limits.logitsMax();
      case ANGLES, LOCAL_ANGLES -> limits.contextTokensMax();
    };
  }

  long columns(Weights weights) {
    Architecture architecture = weights.architecture();
    return switch (this) {
      case DELTA_INPUT,
          DELTA_MIXED,
          DELTA_GATE,
          DELTA_FOUND,
          DELTA_BETA,
          DELTA_DECAY,
          DELTA_RATES,
          DELTA_TAPS ->
          deltaColumns(Objects.requireNonNull(architecture.deltaNet()).heads());
      case GATED_QUERY -> 2L * architecture.heads().queryWidth();
      case QUERY_GATE -> architecture.heads().queryWidth();
      case STREAM, NORMED, CHANGE, GATHERED, CHOSEN -> architecture.width();
      case QUERY, ATTENDED -> architecture.heads().queryWidth();
      case KEY, VALUE -> architecture.heads().keyValueWidth();
      case GATE, UP -> architecture.feedForward();
      case SHARED_GATE, SHARED_UP -> sharedFeedForward(architecture);
      case SHARED_SCORE -> 1;
      case ROUTED -> architecture.experts() == null ? 0 : architecture.experts().count();
      case LOGITS -> weights.vocabularySize();
      case ANGLES -> architecture.rope().rotated();
      case LOCAL_ANGLES -> architecture.localRope().rotated();
    };
  }

  private long deltaColumns(DeltaHeads heads) {
    return switch (this) {
      case DELTA_GATE, DELTA_FOUND -> heads.valueWidth();
      case DELTA_BETA, DELTA_DECAY -> heads.value();
      case DELTA_RATES -> 2L * heads.value();
      default -> heads.mixedWidth();
    };
  }

  Tensor allocate(Backend backend, Weights weights, ForwardLimits limits) {
    return backend.floats(name(), rows(weights.architecture(), limits), columns(weights));
  }
}
