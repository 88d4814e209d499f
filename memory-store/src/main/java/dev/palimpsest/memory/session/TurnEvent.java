package dev.palimpsest.memory.session;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.StorableText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fact that has happened in a turn, or beside turns to a session's window, and will never change.
 * Names and versions under which events are stored are in {@link TurnEventCodec}.
 */
public sealed interface TurnEvent
    permits TurnEvent.UserSaid,
        TurnEvent.Recalled,
        TurnEvent.Planned,
        TurnEvent.ToolCalled,
        TurnEvent.ToolAnswered,
        TurnEvent.Answered,
        TurnEvent.TurnFailed,
        WindowChange {
  /** The longest text of an event, in UTF-16 units: what a user says, what a model answers. */
  int TEXT_CHARACTERS_MAX = 1 << 20;

  /** The longest short text (ids, fingerprints), in UTF-16 units. */
  int NAME_CHARACTERS_MAX = 256;

  /** Whether the turn is over with this event. */
  default boolean isTerminal() {
    return switch (this) {
      case UserSaid said -> false;
      case Recalled recalled -> false;
      case Planned planned -> false;
      case ToolCalled called -> false;
      case ToolAnswered answered -> false;
      case Answered answered -> true;
      case TurnFailed failed -> true;
      case WindowChange change -> false;
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
   * @param recall how memories are looked for
   * @param grounded whether the answer is made of quotations alone; null: as the model prefers
   * @param given what the client brought along as the past of this turn, at most {@link
   *     GivenMessage#COUNT_MAX}
   * @param stop texts that end the answer and are not part of it, at most {@link #STOPS_MAX} of
   *     {@link #NAME_CHARACTERS_MAX}
   * @param format what the answer has to be, as a JSON value: an object is a schema, a string a
   *     grammar in GBNF, an array texts to choose from; at most {@link #FORMAT_CHARACTERS_MAX}, or
   *     null
   * @param asOf memories are recalled as they were known then, whole microseconds; null: as they
   *     are known now
   */
  record UserSaid(
      String text,
      @Nullable String clientTurnId,
      long seed,
      SamplingOptions sampling,
      int outputTokensMax,
      RecallChoice recall,
      @Nullable Boolean grounded,
      List<GivenMessage> given,
      List<String> stop,
      @Nullable String format,
      @Nullable Instant asOf)
      implements TurnEvent {
    /** The most texts that end an answer. */
    public static final int STOPS_MAX = 16;

    /** The longest format, in UTF-16 units. */
    public static final int FORMAT_CHARACTERS_MAX = 1 << 16;

    /** Said with no past but the session's own. */
    public UserSaid(
        String text,
        @Nullable String clientTurnId,
        long seed,
        SamplingOptions sampling,
        int outputTokensMax,
        RecallChoice recall,
        @Nullable Boolean grounded) {
      this(
          text,
          clientTurnId,
          seed,
          sampling,
          outputTokensMax,
          recall,
          grounded,
          List.of(),
          List.of(),
          null,
          null);
    }

    /** Said to a model that looks nothing up and answers freely. */
    public UserSaid(
        String text,
        @Nullable String clientTurnId,
        long seed,
        SamplingOptions sampling,
        int outputTokensMax) {
      this(text, clientTurnId, seed, sampling, outputTokensMax, RecallChoice.NONE, false);
    }

    /** Refuses unstorable texts, overlong lists and limits below 1; copies the lists. */
    public UserSaid {
      given = List.copyOf(given);
      stop = List.copyOf(stop);
      asOf = asOf == null ? null : asOf.truncatedTo(ChronoUnit.MICROS);
      if (given.size() > GivenMessage.COUNT_MAX || stop.size() > STOPS_MAX) {
        throw new IllegalArgumentException(
            "given has at most "
                + GivenMessage.COUNT_MAX
                + " messages and stop at most "
                + STOPS_MAX
                + " texts");
      }
      stop.forEach(one -> StorableText.require("stop", one, NAME_CHARACTERS_MAX));
      StorableText.require("text", text, TEXT_CHARACTERS_MAX);
      if (format != null) {
        StorableText.require("format", format, FORMAT_CHARACTERS_MAX);
      }
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
   * It was looked up what is remembered. Names the memories and does not repeat them, so that what
   * is erased is gone from here too.
   *
   * @param query what was asked of memory, at most {@link #QUERY_CHARACTERS_MAX}
   * @param found best first, each memory once, at most {@link #FOUND_MAX}
   * @param searchedUpTo change number that all parts of the search had seen
   * @param isLagging whether the last acknowledged write was not among it
   * @param millis that it took
   * @param trouble why memory could not be asked, or null when it was
   */
  record Recalled(
      String query,
      List<Found> found,
      long searchedUpTo,
      boolean isLagging,
      long millis,
      @Nullable String trouble)
      implements TurnEvent {
    /** The most memories. */
    public static final int FOUND_MAX = 200;

    /** The longest query, in UTF-16 units. */
    public static final int QUERY_CHARACTERS_MAX = 1 << 16;

    /**
     * One of them.
     *
     * @param version from 1; what this turn sees, whatever becomes of the memory later
     * @param score as the search gave it, finite
     */
    public record Found(MemoryId memory, int version, double score) {
      /** Checks the numbers. */
      public Found {
        if (version < 1 || !Double.isFinite(score)) {
          throw new IllegalArgumentException("a version counts from 1 and a score is finite");
        }
      }
    }

    /** Refuses unstorable texts and numbers out of range; copies the list. */
    public Recalled {
      StorableText.require("query", query, QUERY_CHARACTERS_MAX);
      if (trouble != null) {
        StorableText.require("trouble", trouble, TurnFailed.DETAIL_CHARACTERS_MAX);
      }
      found = List.copyOf(found);
      if (found.size() > FOUND_MAX || searchedUpTo < 0 || millis < 0) {
        throw new IllegalArgumentException(
            "at most " + FOUND_MAX + " memories, and numbers of at least 0");
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
   * @param memoriesKept of those recalled, in their order in the window
   * @param memoriesDropped how many of those recalled did not fit, stand in a turn that was kept,
   *     or were erased meanwhile
   * @param tools what the model may call, as it is declared now; null in a plan of a time when that
   *     was not written down
   */
  record Planned(
      String modelFingerprint,
      @Nullable String templateFingerprint,
      int promptTokens,
      List<Long> turnsKept,
      int turnsDropped,
      List<MemoryId> memoriesKept,
      int memoriesDropped,
      @Nullable List<ToolPin> tools)
      implements TurnEvent {
    /** A window without memories, in which nothing can be called. */
    public Planned(
        String modelFingerprint,
        @Nullable String templateFingerprint,
        int promptTokens,
        List<Long> turnsKept,
        int turnsDropped) {
      this(
          modelFingerprint,
          templateFingerprint,
          promptTokens,
          turnsKept,
          turnsDropped,
          List.of(),
          0,
          List.of());
    }

    /** Refuses counts out of range and numbers out of order; copies the lists. */
    public Planned {
      StorableText.require("model_fingerprint", modelFingerprint, NAME_CHARACTERS_MAX);
      if (templateFingerprint != null) {
        StorableText.require("template_fingerprint", templateFingerprint, NAME_CHARACTERS_MAX);
      }
      if (promptTokens < 1 || turnsDropped < 0 || memoriesDropped < 0) {
        throw new IllegalArgumentException(
            "prompt_tokens is at least 1, turns_dropped and memories_dropped at least 0, not "
                + promptTokens
                + ", "
                + turnsDropped
                + " and "
                + memoriesDropped);
      }
      turnsKept = List.copyOf(turnsKept);
      memoriesKept = List.copyOf(memoriesKept);
      tools = tools == null ? null : List.copyOf(tools);
      if (tools != null && tools.size() > Tool.COUNT_MAX) {
        throw new IllegalArgumentException("tools has at most " + Tool.COUNT_MAX);
      }
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
   * The model asked for a tool. Committed before the tool is called, so that what may have been
   * done outside is known inside.
   *
   * @param call its name within the turn, at most {@link #NAME_CHARACTERS_MAX}
   * @param tool as the model named it, at most {@link #NAME_CHARACTERS_MAX}
   * @param arguments a JSON object; what the model wrote where that is no call, at most {@link
   *     #ARGUMENTS_CHARACTERS_MAX}
   * @param idempotencyKey what the tool is told, the same for the same call of the same turn
   * @param isRepeatable whether it may be called again where it is not known what came of it
   * @param problem why it is not called, for the model to repair; null for a call in order
   * @param said what the model said to the user before it called, with no space at the end
   * @param evidence memories that the model had before it
   * @param usage what it took to make the call
   * @param waitSeconds how long the turn waits for the client to perform it, at least 1; null where
   *     the service performs it
   */
  record ToolCalled(
      String call,
      String tool,
      String arguments,
      String idempotencyKey,
      boolean isRepeatable,
      @Nullable String problem,
      String said,
      List<MemoryId> evidence,
      Usage usage,
      @Nullable Integer waitSeconds)
      implements TurnEvent {
    /** The longest arguments, in UTF-16 units. */
    public static final int ARGUMENTS_CHARACTERS_MAX = 1 << 16;

    /** A call that the service performs. */
    public ToolCalled(
        String call,
        String tool,
        String arguments,
        String idempotencyKey,
        boolean isRepeatable,
        @Nullable String problem,
        String said,
        List<MemoryId> evidence,
        Usage usage) {
      this(
          call,
          tool,
          arguments,
          idempotencyKey,
          isRepeatable,
          problem,
          said,
          evidence,
          usage,
          null);
    }

    /** Whether the client performs it. */
    public boolean isForClient() {
      return waitSeconds != null;
    }

    /** Refuses unstorable texts and times below 1; copies the list. */
    public ToolCalled {
      if (waitSeconds != null && (waitSeconds < 1 || problem != null)) {
        throw new IllegalArgumentException(
            "wait_seconds is at least 1, and a call with a problem waits for nobody");
      }
      StorableText.require("call", call, NAME_CHARACTERS_MAX);
      StorableText.require("tool", tool, NAME_CHARACTERS_MAX);
      StorableText.require("arguments", arguments, ARGUMENTS_CHARACTERS_MAX);
      StorableText.require("idempotency_key", idempotencyKey, NAME_CHARACTERS_MAX);
      StorableText.require("said", said, TEXT_CHARACTERS_MAX);
      if (problem != null) {
        StorableText.require("problem", problem, TurnFailed.DETAIL_CHARACTERS_MAX);
      }
      evidence = List.copyOf(evidence);
    }
  }

  /**
   * A tool has answered. What it says came from outside and is trusted no more than that.
   *
   * @param call of which {@link ToolCalled}
   * @param isError whether it was refused, failed or took too long
   * @param text what it said, at most {@link #TEXT_CHARACTERS_MAX}; memories that it found are
   *     named in {@code found} and not repeated here, so that what is erased is gone from here too
   * @param charactersLeft how much more it said, which was left out
   * @param found memories, best first, at most {@link Recalled#FOUND_MAX}
   * @param millis that it took
   * @param head how much of the text's beginning the model reads, in UTF-16 units
   * @param tail how much of its end; together no more than the text has
   */
  record ToolAnswered(
      String call,
      boolean isError,
      String text,
      long charactersLeft,
      List<Recalled.Found> found,
      long millis,
      int head,
      int tail)
      implements TurnEvent {
    /** The longest text, in UTF-16 units. */
    public static final int TEXT_CHARACTERS_MAX = 1 << 18;

    /** An answer that the model reads as it is. */
    public ToolAnswered(
        String call,
        boolean isError,
        String text,
        long charactersLeft,
        List<Recalled.Found> found,
        long millis) {
      this(call, isError, text, charactersLeft, found, millis, text.length(), 0);
    }

    /** Whether the model reads the text without what is between its beginning and its end. */
    public boolean isCut() {
      return head + tail < text.length();
    }

    /** The end of the text that the model reads. */
    public String end() {
      return text.substring(text.length() - tail);
    }

    /**
     * The same, of which the model reads no more than this.
     *
     * @param fewer the first of the memories
     */
    public ToolAnswered showing(int fromBeginning, int fromEnd, List<Recalled.Found> fewer) {
      return new ToolAnswered(
          call, isError, text, charactersLeft, fewer, millis, fromBeginning, fromEnd);
    }

    /** Refuses unstorable texts and numbers out of range; copies the list. */
    public ToolAnswered {
      StorableText.require("call", call, NAME_CHARACTERS_MAX);
      StorableText.require("text", text, TEXT_CHARACTERS_MAX);
      found = List.copyOf(found);
      if (charactersLeft < 0 || millis < 0 || found.size() > Recalled.FOUND_MAX) {
        throw new IllegalArgumentException(
            "at most " + Recalled.FOUND_MAX + " memories, and numbers of at least 0");
      }
      if (head < 0 || tail < 0 || (long) head + tail > text.length()) {
        throw new IllegalArgumentException("head and tail are parts of the text");
      }
    }
  }

  /**
   * The turn has its answer. Terminal.
   *
   * @param output at most {@link #TEXT_CHARACTERS_MAX}; pass a model's words through {@link
   *     StorableText#sanitised}
   * @param isGrounded whether it was made of quotations alone
   * @param citations what stands in a memory word for word, in order of the answer
   * @param memoriesGone planned memories that had been erased when the answer was made
   * @param confidence how sure the model was, or null where it does not say
   */
  record Answered(
      String output,
      Finish finish,
      Usage usage,
      boolean isGrounded,
      List<Quote> citations,
      List<MemoryId> memoriesGone,
      @Nullable Confidence confidence)
      implements TurnEvent {
    /** An answer of a model that does not say how sure it was. */
    public Answered(
        String output,
        Finish finish,
        Usage usage,
        boolean isGrounded,
        List<Quote> citations,
        List<MemoryId> memoriesGone) {
      this(output, finish, usage, isGrounded, citations, memoriesGone, null);
    }

    /** A free answer that quotes nothing. */
    public Answered(String output, Finish finish, Usage usage) {
      this(output, finish, usage, false, List.of(), List.of());
    }

    /** Refuses unstorable texts and citations of what is not in the answer; copies the lists. */
    public Answered {
      StorableText.require("output", output, TEXT_CHARACTERS_MAX);
      citations = List.copyOf(citations);
      memoriesGone = List.copyOf(memoriesGone);
      int before = 0;
      for (Quote citation : citations) {
        if (citation.start() < before || citation.end() > output.length()) {
          throw new IllegalArgumentException(
              "citations stand in the answer in order of their starts, not at "
                  + citation.start()
                  + "-"
                  + citation.end());
        }
        before = citation.start();
      }
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
