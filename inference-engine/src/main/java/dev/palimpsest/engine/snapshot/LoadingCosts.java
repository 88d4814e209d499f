package dev.palimpsest.engine.snapshot;

import java.util.concurrent.locks.ReentrantLock;

/**
 * What computing a token and reading a byte take, as running means of what was measured; so long as
 * one of them was never measured, reading is taken to be cheaper. For any thread; one lock.
 */
public final class LoadingCosts {
  private static final double WEIGHT = 0.2;

  /** What an estimate that is never tried again loses, so that it is tried again one day. */
  private static final double DOUBT = 0.95;

  private static final double UNMEASURED_NANOS_PER_TOKEN = 1e6;

  private final ReentrantLock lock = new ReentrantLock();
  private double nanosPerToken;
  private double nanosPerByte;

  /** So many tokens were computed in so long. */
  public void computed(int tokens, long nanos) {
    lock.lock();
    try {
      nanosPerToken = mean(nanosPerToken, (double) nanos / tokens);
    } finally {
      lock.unlock();
    }
  }

  /** So many bytes were read in so long. */
  public void read(long bytes, long nanos) {
    lock.lock();
    try {
      nanosPerByte = mean(nanosPerByte, (double) nanos / bytes);
    } finally {
      lock.unlock();
    }
  }

  /** Whether to read so many bytes rather than to compute so many tokens. */
  public boolean isReadingCheaper(long bytes, int tokens) {
    lock.lock();
    try {
      boolean isCheaper =
          nanosPerToken == 0 || nanosPerByte == 0 || bytes * nanosPerByte < tokens * nanosPerToken;
      if (!isCheaper) {
        nanosPerByte *= DOUBT;
      }
      return isCheaper;
    } finally {
      lock.unlock();
    }
  }

  /** What computing so many tokens takes, by estimate; positive. */
  public long nanosOf(int tokens) {
    lock.lock();
    try {
      double each = nanosPerToken == 0 ? UNMEASURED_NANOS_PER_TOKEN : nanosPerToken;
      return Math.max(1, (long) (tokens * each));
    } finally {
      lock.unlock();
    }
  }

  private static double mean(double before, double now) {
    double positive = Math.max(Double.MIN_NORMAL, now);
    return before == 0 ? positive : before + WEIGHT * (positive - before);
  }
}
