package dev.palimpsest.memory;

/** What became of a memory that was to end the validity of others. */
public sealed interface Ending {
  /**
   * It is stored, and the others end, all at once; or it was there already, and nothing changed.
   */
  record Done(Stored stored) implements Ending {}

  /** One of the others is not there; nothing was written. */
  record Gone(MemoryId memory) implements Ending {}

  /** One of the others was revoked and takes no more versions; nothing was written. */
  record Taken(MemoryId memory) implements Ending {}
}
