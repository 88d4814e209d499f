package dev.palimpsest.cli;

import java.util.Locale;

/** Shows an import on standard error while it runs. */
final class ImportScreen implements ImportObserver {
  /** More bad news than anybody reads while it passes; the rest is counted. */
  static final int REJECTIONS_SHOWN_MAX = 20;

  private static final double BYTES_PER_KILOBYTE = 1e3;
  private static final double BYTES_PER_MEGABYTE = 1e6;

  private final String name;
  private final ProgressLine line;
  private long shown;
  private long hidden;

  ImportScreen(String name, ProgressLine line) {
    this.name = name;
    this.line = line;
  }

  @Override
  public void committed(long committed, long total, ImportTally tally) {
    String counts =
        String.format(
            Locale.ROOT,
            "%s of %s, %d read, %d stored, %d known, %d rejected",
            size(committed),
            size(total),
            tally.read(),
            tally.stored(),
            tally.duplicate(),
            tally.rejected());
    line.show(name, committed, total, counts);
  }

  @Override
  public void indexing(String stage, long done, long total) {
    line.show(name + ", " + stage, done, total, done + " of " + total);
  }

  @Override
  public void rejected(ImportFrame.Rejected rejected) {
    if (shown == REJECTIONS_SHOWN_MAX) {
      hidden++;
      return;
    }
    shown++;
    line.say(
        name
            + ": record "
            + rejected.number()
            + " (byte "
            + rejected.offset()
            + ") rejected: "
            + rejected.reason());
  }

  @Override
  public void notice(String text) {
    line.say(name + ": " + text);
  }

  private static String size(long bytes) {
    return bytes < BYTES_PER_MEGABYTE
        ? String.format(Locale.ROOT, "%.0f kB", bytes / BYTES_PER_KILOBYTE)
        : String.format(Locale.ROOT, "%.1f MB", bytes / BYTES_PER_MEGABYTE);
  }

  /** Takes the progress away and says what it kept back. */
  void end(String importId) {
    line.clear();
    if (hidden > 0) {
      line.say(
          name
              + ": "
              + hidden
              + " more rejected; all of them are at GET /v1/imports/"
              + importId
              + "/rejections");
    }
  }
}
