package dev.palimpsest.engine;

/** Why a generation ended. */
public enum FinishReason {
  /** The model ended it, or a stop sequence was written. */
  STOP,
  /** The limit of output tokens, or the end of the context, was reached. */
  LENGTH,
  /** It was cancelled, or the engine was closed. */
  CANCELLED,
  /** The engine failed, or the generation alone: see {@link Generation#problem}. */
  FAILED
}
