package dev.palimpsest.memory.session;

/** Why a turn has no answer. */
public enum FailureType {
  /** The process ended under it; proposing it again runs it again under the same id. */
  INTERRUPTED,
  /** Somebody asked for its end. */
  CANCELLED,
  /** The model or its engine failed. */
  MODEL_FAILED,
  /** No model is loaded. */
  MODEL_MISSING,
  /** Even the newest words alone do not fit into the window. */
  CONTEXT_TOO_LARGE,
  /** A limit of the turn was reached. */
  LIMIT
}
