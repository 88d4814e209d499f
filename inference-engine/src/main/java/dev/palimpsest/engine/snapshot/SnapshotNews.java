package dev.palimpsest.engine.snapshot;

/** What became of saving or loading. Names files, never what is in them. */
public sealed interface SnapshotNews {
  /**
   * A file was written.
   *
   * @param tokens whose pages are in it
   * @param bytes its size
   */
  record Saved(int tokens, long bytes) implements SnapshotNews {}

  /**
   * Pages were read.
   *
   * @param tokens up to which the sequence's pages are filled now
   * @param bytes that were read for it
   */
  record Loaded(int tokens, long bytes) implements SnapshotNews {}

  /**
   * A file was not what it had to be; it is deleted and its pages are computed.
   *
   * @param file its name
   * @param reason what is wrong with it
   */
  record Refused(String file, String reason) implements SnapshotNews {}

  /**
   * Nothing was written or read, and nothing is wrong.
   *
   * @param reason why not
   */
  record Dropped(String reason) implements SnapshotNews {}

  /**
   * A file could not be written, or one that stays could not be read now.
   *
   * @param file its name
   * @param reason what the file system said
   */
  record Failed(String file, String reason) implements SnapshotNews {}
}
