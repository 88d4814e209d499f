package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.FailureType;

/** How a turn ended. */
public enum TurnStatus {
  /** With an answer. */
  DONE,
  /** Without one, and it will not get one. */
  FAILED,
  /** Without one; the same client turn id runs it again. */
  INTERRUPTED,
  /** Stopped on request. */
  CANCELLED;

  static TurnStatus of(FailureType type) {
    return switch (type) {
      case INTERRUPTED -> INTERRUPTED;
      case CANCELLED -> CANCELLED;
      case MODEL_FAILED, MODEL_MISSING, CONTEXT_TOO_LARGE, LIMIT -> FAILED;
    };
  }
}
