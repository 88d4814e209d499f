package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.importing.ImportCounts;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.runtime.guard.Problem;

/** What is told of an import while it goes on. */
public sealed interface ImportNews {
  /**
   * Everything up to a byte is committed.
   *
   * @param offset that byte
   * @param creditBytes from there on so many bytes may be sent
   * @param counts what came of it
   */
  record Acknowledged(long offset, long creditBytes, ImportCounts counts) implements ImportNews {}

  /**
   * An index has come further.
   *
   * @param stage which one
   * @param done records that it has
   * @param total records stored so far
   * @param searchableUpTo change number up to which both have everything
   */
  record Progressed(Stage stage, long done, long total, long searchableUpTo)
      implements ImportNews {}

  /**
   * A record was not stored.
   *
   * @param rejection which and why
   */
  record Rejected(Rejection rejection) implements ImportNews {}

  /**
   * All of it is stored and can be found.
   *
   * @param report the last word on it
   */
  record Done(ImportReport report) implements ImportNews {}

  /**
   * It cannot go on.
   *
   * @param problem why
   */
  record Failed(Problem problem) implements ImportNews {}

  /** What happens to records once they are stored. Shown in lower case. */
  enum Stage {
    /** They can be found by meaning. */
    EMBEDDING,
    /** They can be found by words. */
    INDEXING
  }

  /** Whether nothing comes after it. */
  default boolean isLast() {
    return this instanceof Done || this instanceof Failed;
  }
}
