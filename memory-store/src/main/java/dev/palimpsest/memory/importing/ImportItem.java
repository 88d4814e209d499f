package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.NewMemory;

/**
 * One thing a parser met: a record, a record that cannot be used, or a part that is no record. Each
 * counts as one item of the import, so that the number of items says where to go on.
 */
public sealed interface ImportItem {
  /** Its first byte in the file. */
  long start();

  /**
   * The byte up to which the file is done once this item is committed. Of several items that stand
   * in one line or conversation only the last one moves it.
   */
  long end();

  /**
   * A record to be stored.
   *
   * @param memory what it becomes
   * @param isSanitised whether characters of it were replaced
   */
  record Found(NewMemory memory, boolean isSanitised, long start, long end) implements ImportItem {}

  /**
   * A version that an archive of ours kept, to be put back as it was.
   *
   * @param version what it was
   */
  record Kept(KeptVersion version, long start, long end) implements ImportItem {}

  /**
   * A record, line or conversation that cannot be used.
   *
   * @param reason why
   * @param detail one sentence for a person that quotes nothing of the text
   */
  record Bad(RejectionReason reason, String detail, long start, long end) implements ImportItem {}

  /**
   * A part of the file that is no record.
   *
   * @param why in one word, for example {@code tool_or_code}
   */
  record Skipped(String why, long start, long end) implements ImportItem {}
}
