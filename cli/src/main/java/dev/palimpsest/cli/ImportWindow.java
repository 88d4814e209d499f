package dev.palimpsest.cli;

/**
 * Which bytes may be sent: those after the ones that were sent, up to as many unacknowledged ones
 * as the service gave credit for. Always {@code sent <= size}.
 */
final class ImportWindow {
  private final long size;
  private long sent;
  private long limit;
  private long acknowledged = -1;

  ImportWindow(long size) {
    this.size = size;
  }

  long sent() {
    return sent;
  }

  boolean isAllSent() {
    return sent == size;
  }

  /** How many bytes may be sent now. */
  long mayBeSent() {
    return Math.max(0, Math.min(size, limit) - sent);
  }

  /** A connection begins: the service has all up to {@code offset}. */
  void resume(long offset, long creditBytes) {
    if (offset > size) {
      throw CliException.couldNotRun(
          "The service has "
              + offset
              + " bytes of an import whose file has "
              + size
              + ": the file became shorter.");
    }
    sent = offset;
    limit = offset + creditBytes;
  }

  void add(int bytes) {
    sent += bytes;
  }

  /** Takes an acknowledgement; true when it is further than all before. */
  boolean acknowledge(long offset, long creditBytes) {
    limit = offset + creditBytes;
    boolean isNews = offset > acknowledged;
    acknowledged = Math.max(acknowledged, offset);
    return isNews;
  }
}
