package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.NewMemory;
import java.util.List;

/**
 * A piece of an import that is committed at once.
 *
 * @param memories at most {@link dev.palimpsest.memory.MemoryStore#BATCH_MAX}
 * @param sanitised for each memory, whether characters of it were replaced
 * @param rejections records that are not stored
 * @param skipped parts that are no records
 * @param offset byte of the file up to which this goes
 */
public record ImportBatch(
    List<NewMemory> memories,
    List<Boolean> sanitised,
    List<Rejection> rejections,
    long skipped,
    long offset) {
  /** Copies the lists. */
  public ImportBatch {
    memories = List.copyOf(memories);
    sanitised = List.copyOf(sanitised);
    rejections = List.copyOf(rejections);
    if (sanitised.size() != memories.size()) {
      throw new IllegalArgumentException("one flag for each memory");
    }
  }

  /** How many items of the file it holds. */
  public long items() {
    return memories.size() + rejections.size() + skipped;
  }
}
