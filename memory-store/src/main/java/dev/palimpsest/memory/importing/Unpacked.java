package dev.palimpsest.memory.importing;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * One packed file, unpacked as it is read. Ends where the archive was cut, and says so; stops once
 * it has become larger than its size in the archive can explain, whatever that says of it.
 */
final class Unpacked extends FilterInputStream {
  private final Budget budget;
  private final CountedBytes packed;
  private boolean isCut;

  /** What all files of an archive together may become. */
  static final class Budget {
    private final ArchiveLimits limits;
    private final CountedBytes packed;
    private long unpacked;

    Budget(ArchiveLimits limits, CountedBytes packed) {
      this.limits = limits;
      this.packed = packed;
    }

    private void take(int bytes) throws TooLargeException {
      unpacked += bytes;
      boolean isExplained = unpacked / limits.ratio() <= packed.count();
      if (unpacked > limits.freeBytes() && !isExplained) {
        throw new TooLargeException();
      }
    }
  }

  /** Unpacked, it is too large. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  Unpacked(InputStream in, Budget budget) {
    super(in);
    this.budget = budget;
    this.packed = budget.packed;
  }

  /** Whether it ended before it was whole, or was not what it should be. */
  boolean isCut() {
    return isCut;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    if (isCut) {
      return -1;
    }
    try {
      int read = in.read(into, from, length);
      budget.take(Math.max(0, read));
      return read;
    } catch (TooLargeException e) {
      throw e;
    } catch (IOException e) {
      packed.passOn(e);
      isCut = true;
      return -1;
    }
  }

  /** What is read through it stays open. */
  @Override
  public void close() {}
}
