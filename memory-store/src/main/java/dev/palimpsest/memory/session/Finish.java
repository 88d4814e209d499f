package dev.palimpsest.memory.session;

/** Why an answer ended. */
public enum Finish {
  /** The model said so, or a stop sequence came. */
  STOP,
  /** The limit of output tokens was reached. */
  LENGTH
}
