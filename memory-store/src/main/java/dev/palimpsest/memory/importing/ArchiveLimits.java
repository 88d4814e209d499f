package dev.palimpsest.memory.importing;

/**
 * What an archive may be unpacked to.
 *
 * @param freeBytes unpacked bytes that need no explanation
 * @param ratio unpacked bytes beyond them for each byte of the archive at most
 * @param entries files in it at most
 */
record ArchiveLimits(long freeBytes, int ratio, int entries) {
  /** 256 MiB, then 100 to 1; exports of text become about 10 times as large. 100,000 files. */
  static final ArchiveLimits USUAL = new ArchiveLimits(256L << 20, 100, 100_000);

  ArchiveLimits {
    if (freeBytes < 0 || ratio < 1 || entries < 1) {
      throw new IllegalArgumentException("nothing could be unpacked");
    }
  }
}
