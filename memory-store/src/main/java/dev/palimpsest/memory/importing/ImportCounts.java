package dev.palimpsest.memory.importing;

/**
 * How far an import is. Always {@code read = stored + duplicate + rejected}.
 *
 * @param read records met
 * @param stored new memories and new versions
 * @param duplicate known already
 * @param rejected not usable
 * @param sanitised of those stored, how many had U+0000 or half a surrogate pair replaced
 * @param skipped parts of the file that are no records
 */
public record ImportCounts(
    long read, long stored, long duplicate, long rejected, long sanitised, long skipped) {
  /** Nothing yet. */
  public static final ImportCounts ZERO = new ImportCounts(0, 0, 0, 0, 0, 0);

  /** Checks that the sum is right. */
  public ImportCounts {
    if (read != stored + duplicate + rejected || sanitised > stored || skipped < 0) {
      throw new IllegalArgumentException(
          "read " + read + " is not " + stored + " + " + duplicate + " + " + rejected);
    }
  }

  /** Both together. */
  public ImportCounts plus(ImportCounts more) {
    return new ImportCounts(
        read + more.read,
        stored + more.stored,
        duplicate + more.duplicate,
        rejected + more.rejected,
        sanitised + more.sanitised,
        skipped + more.skipped);
  }
}
