package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.NewMemory;
import java.util.List;

/**
 * A piece of an import that is committed at once.
 *
 * @param memories at most {@link dev.palimpsest.memory.MemoryStore#BATCH_MAX}
 * @param sanitised for each memory, whether characters of it were replaced
 * @param kept versions of an archive, to be put back
 * @param rejections records that are not stored
 * @param skipped parts that are no records
 * @param offset byte of the file up to which this goes
 */
public record ImportBatch(
    List<NewMemory> memories,
    List<Boolean> sanitised,
    List<Restored> kept,
    List<Rejection> rejections,
    long skipped,
    long offset) {
  /**
   * A version to be put back, and where in the file it stands, since whether it can be shows only
   * in the store.
   *
   * @param version what it was
   * @param record its number among all records read, from 1
   * @param offset of its first byte
   */
  public record Restored(KeptVersion version, long record, long offset) {
    /** Why it cannot be put back. */
    public Rejection refused(RejectionReason reason, String detail) {
      return new Rejection(record, offset, reason, detail);
    }
  }

  /** A piece of a file that is no archive of ours. */
  public ImportBatch(
      List<NewMemory> memories,
      List<Boolean> sanitised,
      List<Rejection> rejections,
      long skipped,
      long offset) {
    this(memories, sanitised, List.of(), rejections, skipped, offset);
  }

  /** Copies the lists. */
  public ImportBatch {
    memories = List.copyOf(memories);
    sanitised = List.copyOf(sanitised);
    kept = List.copyOf(kept);
    rejections = List.copyOf(rejections);
    if (sanitised.size() != memories.size()) {
      throw new IllegalArgumentException("one flag for each memory");
    }
  }

  /** How many items of the file it holds. */
  public long items() {
    return memories.size() + kept.size() + rejections.size() + skipped;
  }
}
