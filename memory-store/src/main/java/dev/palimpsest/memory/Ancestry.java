package dev.palimpsest.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step from a version towards the words it comes from. What was said in a session of ours has
 * its turn and event in {@link Memory#origin()}.
 *
 * @param memory the version
 * @param sources what it was made of, in the order in which it was named; some may be erased; empty
 *     for words of their own
 * @param importId the import that stored it; null where none did
 * @param importOffset byte of that import's file where the record stands; null where unknown
 */
public record Ancestry(
    Memory memory, List<MadeOf> sources, @Nullable String importId, @Nullable Long importOffset) {
  /** Copies the list. */
  public Ancestry {
    sources = List.copyOf(sources);
  }

  /** Names the version. */
  public VersionId version() {
    return memory.versionId();
  }
}
