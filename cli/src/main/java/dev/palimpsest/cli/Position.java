package dev.palimpsest.cli;

/**
 * How far a client has read a session's frames: the epoch and the highest number seen in it. Frames
 * below that number have been shown and are dropped when they come again. The number itself may
 * come more than once: what is told to one connection alone repeats the last number.
 */
final class Position {
  private String epoch = "";
  private long seen = -1;
  private long resumeAfter = -1;

  /** Notes a greeting; true when it is the first of its epoch and another one was known before. */
  boolean greeted(ServerFrame.Ready ready) {
    boolean first = epoch.isEmpty();
    if (ready.epoch().equals(epoch) && !first) {
      return false;
    }
    boolean restarted = resumeAfter >= 0;
    epoch = ready.epoch();
    seen = -1;
    // A new reader wants nothing that happened before it came; after a restart nothing was missed
    // that is not durable, and the durable part is repeated whatever the number.
    resumeAfter = ready.seq();
    return restarted;
  }

  /** How a frame's number relates to what was seen. */
  enum Order {
    OLD,
    SAME,
    NEW
  }

  /** Notes a counted frame. */
  Order advance(long seq) {
    if (seq < seen) {
      return Order.OLD;
    }
    if (seq == seen) {
      return Order.SAME;
    }
    seen = seq;
    resumeAfter = Math.max(resumeAfter, seq);
    return Order.NEW;
  }

  /** The query that makes the service continue here; empty before the first greeting. */
  String query() {
    if (epoch.isEmpty()) {
      return "";
    }
    return "?epoch=" + ServiceAddress.encode(epoch) + "&resume_after=" + resumeAfter;
  }
}
