package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.tensor.Tensor;

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
  /** The gate of the feed-forward, {@code [rows, feedForward]}. */
  GATE,
  /** Its other half, {@code [rows, feedForward]}. */
  UP,
  /** Scores of the experts, {@code [rows, experts]}. */
  ROUTED,
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
      case LOCAL_ANGLES -> architecture.has(Trait.LOCAL_LAYERS);
      case STREAM, NORMED, CHANGE, QUERY, KEY, VALUE, ATTENDED, GATE, UP, CHOSEN, LOGITS, ANGLES ->
          true;
    };
  }

  long rows(ForwardLimits limits) {
    return switch (this) {
      case STREAM, NORMED, CHANGE, QUERY, KEY, VALUE, ATTENDED, GATE, UP, ROUTED, GATHERED ->
          limits.rowsMax();
      case CHOSEN, LOGITS -> limits.logitsMax();
      case ANGLES, LOCAL_ANGLES -> limits.contextTokensMax();
    };
  }

  long columns(Weights weights) {
    Architecture architecture = weights.architecture();
    return switch (this) {
      case STREAM, NORMED, CHANGE, GATHERED, CHOSEN -> architecture.width();
      case QUERY, ATTENDED -> architecture.heads().queryWidth();
      case KEY, VALUE -> architecture.heads().keyValueWidth();
      case GATE, UP -> architecture.feedForward();
      case ROUTED -> architecture.experts() == null ? 0 : architecture.experts().count();
      case LOGITS -> weights.vocabularySize();
      case ANGLES -> architecture.rope().rotated();
      case LOCAL_ANGLES -> architecture.localRope().rotated();
    };
  }

  Tensor allocate(Backend backend, Weights weights, ForwardLimits limits) {
    return backend.floats(name(), rows(limits), columns(weights));
  }
}
