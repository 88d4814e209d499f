package dev.palimpsest.memory.session;

import dev.palimpsest.memory.StorableText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fact that has happened in a turn and will never change. Names and versions under which events
 * are stored are in {@link TurnEventCodec}.
 */
public sealed interface TurnEvent {
  /** The longest text of an event, in UTF-16 units: what a user says, what a model answers. */
  int TEXT_CHARACTERS_MAX = 1 << 20;

  /** The longest short text (ids, fingerprints), in UTF-16 units. */
  int NAME_CHARACTERS_MAX = 256;

  /** Whether the turn is over with this event. */
  default boolean isTerminal() {
    return switch (this) {
      case UserSaid said -> false;
      case Planned planned -> false;
      case Answered answered -> true;
      case TurnFailed failed -> true;
    };
  }

  /**
   * The user spoke: the first event of a turn.
   *
   * @param text at most {@link #TEXT_CHARACTERS_MAX}
   * @param clientTurnId the client's own name for the turn, unique in the session; makes a repeat
   *     harmless
   * @param seed of the turn's randomness, so that a turn repeated after a crash says the same
   * @param sampling as it is in force for this turn
   * @param outputTokensMax at least 1
   */
  record UserSaid(
      String text,
      @Nullable String clientTurnId,
      long seed,
      SamplingOptions sampling,
      int outputTokensMax)
      implements TurnEvent {
    /** Refuses unstorable texts and limits below 1. */
    public UserSaid {
      StorableText.require("text", text, TEXT_CHARACTERS_MAX);
      if (clientTurnId != null) {
        if (clientTurnId.isEmpty()) {
          throw new IllegalArgumentException("client_turn_id is empty; leave it out instead");
        }
        StorableText.require("client_turn_id", clientTurnId, NAME_CHARACTERS_MAX);
      }
      if (outputTokensMax < 1) {
        throw new IllegalArgumentException(
            "output_tokens_max is " + outputTokensMax + "; at least 1");
      }
    }
  }

  /**
   * It was decided what enters the window.
   *
   * @param modelFingerprint of the weights, so that an answer can be traced to them
   * @param templateFingerprint of the chat template, or null where the model has none
   * @param promptTokens at least 1
   * @param turnsKept event numbers of the {@link UserSaid}s kept, rising; the turn's own last
   * @param turnsDropped how many earlier turns did not fit
   */
  record Planned(
      String modelFingerprint,
      @Nullable String templateFingerprint,
      int promptTokens,
      List<Long> turnsKept,
      int turnsDropped)
      implements TurnEvent {
    /** Refuses counts out of range and numbers out of order; copies the list. */
    public Planned {
      StorableText.require("model_fingerprint", modelFingerprint, NAME_CHARACTERS_MAX);
      if (templateFingerprint != null) {
        StorableText.require("template_fingerprint", templateFingerprint, NAME_CHARACTERS_MAX);
      }
      if (promptTokens < 1 || turnsDropped < 0) {
        throw new IllegalArgumentException(
            "prompt_tokens is at least 1 and turns_dropped at least 0, not "
                + promptTokens
                + " and "
                + turnsDropped);
      }
      turnsKept = List.copyOf(turnsKept);
      long before = 0;
      for (long number : turnsKept) {
        if (number <= before) {
          throw new IllegalArgumentException(
              "turns_kept holds " + number + " after " + before + "; rising numbers from 1");
        }
        before = number;
      }
    }
  }

  /**
   * The turn has its answer. Terminal.
   *
   * @param output at most {@link #TEXT_CHARACTERS_MAX}; pass a model's words through {@link
   *     StorableText#sanitised}
   */
  record Answered(String output, Finish finish, Usage usage) implements TurnEvent {
    /** Refuses unstorable texts. */
    public Answered {
      StorableText.require("output", output, TEXT_CHARACTERS_MAX);
    }
  }

  /**
   * The turn ended without an answer. Terminal, but after {@link FailureType#INTERRUPTED} a {@link
   * Planned} of the same turn opens it again.
   *
   * @param detail one sentence for a person, at most {@link #DETAIL_CHARACTERS_MAX}
   */
  record TurnFailed(FailureType type, String detail) implements TurnEvent {
    /** The longest detail, in UTF-16 units. */
    public static final int DETAIL_CHARACTERS_MAX = 4096;

    /** Refuses unstorable texts. */
    public TurnFailed {
      StorableText.require("detail", detail, DETAIL_CHARACTERS_MAX);
    }
  }
}
