package dev.palimpsest.engine;

/** The engine's answer to a request. */
public sealed interface Admission {
  /**
   * The request will be answered.
   *
   * @param generation where the answer comes out
   */
  record Accepted(Generation generation) implements Admission {}

  /**
   * The request will not be answered; nothing of it is kept.
   *
   * @param reason which kind of refusal
   * @param detail the numbers, in a sentence
   */
  record Refused(Reason reason, String detail) implements Admission {}

  /** Kinds of refusal. */
  enum Reason {
    /** The prompt leaves no room in the context. */
    PROMPT_TOO_LONG,
    /** Prompt and output together need more cache than there is. */
    CACHE_TOO_SMALL,
    /** A token id that the vocabulary does not have. */
    UNKNOWN_TOKEN,
    /** The name of an adapter that the engine does not have. */
    UNKNOWN_ADAPTER,
    /** As many requests are waiting as may wait. */
    QUEUE_FULL,
    /** The engine was closed or has failed. */
    STOPPED
  }
}
