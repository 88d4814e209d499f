package dev.palimpsest.cli;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.LongSupplier;

/**
 * How fast one core is at the moment: megabytes a second through SHA-256, which lives in the
 * processor alone. On a shared machine a figure says little without it.
 */
final class CpuProbe {
  private static final int BYTES = 16 << 20;
  private static final double BYTES_PER_MEGABYTE = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  private CpuProbe() {}

  /** Takes some tens of milliseconds. */
  static double megabytesPerSecond(LongSupplier nanoTime) {
    byte[] block = new byte[BYTES];
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      long began = nanoTime.getAsLong();
      byte[] ignored = digest.digest(block);
      double seconds = (nanoTime.getAsLong() - began) / NANOS_PER_SECOND;
      return BYTES / BYTES_PER_MEGABYTE / Math.max(seconds, 1 / NANOS_PER_SECOND);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static Figure figure(double[] measured) {
    return Figure.of("cpu_probe_mb_per_s", "CPU probe, SHA-256 on one core (MB/s)", measured);
  }
}
