package dev.palimpsest.memory.session;

/** The words under which choices stand in events, and back. */
final class EventNames {
  private EventNames() {}

  static String of(RecallChoice choice) {
    return switch (choice) {
      case NONE -> "none";
      case HYBRID -> "hybrid";
      case MCTS -> "mcts";
    };
  }

  static RecallChoice recall(String name) {
    return switch (name) {
      case "none" -> RecallChoice.NONE;
      case "hybrid" -> RecallChoice.HYBRID;
      case "mcts" -> RecallChoice.MCTS;
      default -> throw new IllegalArgumentException("recall is none of none, hybrid, mcts");
    };
  }

  static String of(Finish finish) {
    return switch (finish) {
      case STOP -> "stop";
      case LENGTH -> "length";
    };
  }

  static Finish finish(String name) {
    return switch (name) {
      case "stop" -> Finish.STOP;
      case "length" -> Finish.LENGTH;
      default -> throw new IllegalArgumentException("finish is neither stop nor length");
    };
  }

  static String of(FailureType type) {
    return switch (type) {
      case INTERRUPTED -> "interrupted";
      case CANCELLED -> "cancelled";
      case MODEL_FAILED -> "model_failed";
      case MODEL_MISSING -> "model_missing";
      case CONTEXT_TOO_LARGE -> "context_too_large";
      case LIMIT -> "limit";
    };
  }

  static FailureType failure(String name) {
    for (FailureType type : FailureType.values()) {
      if (of(type).equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException("type is not a failure this version knows");
  }
}
