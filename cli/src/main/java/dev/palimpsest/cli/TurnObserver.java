package dev.palimpsest.cli;

/** Sees a turn as it happens; called on the conversation's thread. */
interface TurnObserver {
  /** The turn is committed; comes again when the turn is asked for again. */
  default void accepted() {}

  /** The next piece of the answer, as the model wrote it (not yet harmless for a terminal). */
  void text(String piece);

  /** One line about the connection or the service. */
  void notice(String line);
}
