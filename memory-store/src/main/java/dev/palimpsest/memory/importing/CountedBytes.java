package dev.palimpsest.memory.importing;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts what is read of a stream and knows whether that failed. Used by one thread. */
final class CountedBytes extends FilterInputStream {
  private static final int BUFFER_BYTES = 1 << 13;

  private long count;
  private boolean hasFailed;

  CountedBytes(InputStream in) {
    super(in);
  }

  long count() {
    return count;
  }

  /**
   * Tells trouble with the stream from trouble with what stands in it.
   *
   * @param trouble of whoever reads from here
   * @throws IOException the same, when it comes from the stream
   */
  void passOn(IOException trouble) throws IOException {
    if (hasFailed) {
      throw trouble;
    }
  }

  /** Reads all that is left. */
  void drain() throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    int read = 0;
    while (read >= 0) {
      read = read(buffer, 0, buffer.length);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    hasFailed = true;
    int read = in.read(into, from, length);
    hasFailed = false;
    count += Math.max(0, read);
    return read;
  }

  /** Skips nothing, so that everything is read and counted. */
  @Override
  public long skip(long bytes) {
    return 0;
  }

  /** Whether another part follows is found out by reading on. */
  @Override
  public int available() {
    return 1;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
