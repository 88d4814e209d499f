package dev.palimpsest.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * One line that says how far something is: painted over itself on a terminal, else said anew every
 * few seconds.
 */
final class ProgressLine {
  private static final Duration BETWEEN_PAINTS = Duration.ofMillis(100);
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);
  private static final int BAR_CHARS = 24;
  private static final String ERASE = "\r\u001b[K";

  private final PrintWriter err;
  private final boolean paints;
  private final LongSupplier nanoTime;
  private long last;
  private boolean painted;

  ProgressLine(PrintWriter err, boolean paints, LongSupplier nanoTime) {
    this.err = err;
    this.paints = paints;
    this.nanoTime = nanoTime;
    this.last = nanoTime.getAsLong();
  }

  /** Shows {@code done} of {@code total} with words before and after, unless it just did. */
  void show(String before, long done, long total, String after) {
    show(before + " " + bar(done, total) + " " + after);
  }

  /** Shows a line, unless it just did. */
  void show(String line) {
    long now = nanoTime.getAsLong();
    long between = (paints ? BETWEEN_PAINTS : BETWEEN_LINES).toNanos();
    if (now - last < between) {
      return;
    }
    last = now;
    if (paints) {
      err.print(ERASE + SafeText.line(line, Integer.MAX_VALUE));
      err.flush();
      painted = true;
    } else {
      err.println(SafeText.line(line, Integer.MAX_VALUE));
    }
  }

  /** Prints a line that stays; the progress goes on below it. */
  void say(String line) {
    clear();
    err.println(SafeText.of(line));
  }

  /** Takes the painted line away. */
  void clear() {
    if (painted) {
      err.print(ERASE);
      err.flush();
      painted = false;
    }
  }

  private static String bar(long done, long total) {
    double share = total <= 0 ? 1 : Math.clamp((double) done / total, 0, 1);
    int full = (int) (share * BAR_CHARS);
    return String.format(
        Locale.ROOT,
        "[%s%s] %3.0f %%",
        "#".repeat(full),
        ".".repeat(BAR_CHARS - full),
        share * 100);
  }
}
