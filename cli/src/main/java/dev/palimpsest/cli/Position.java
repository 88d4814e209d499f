package dev.palimpsest.cli;

/**
 * How far a client has read a session's frames: the epoch and the highest number seen in it. Frames
 * at or below that number have been shown and are dropped when they come again.
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

  /** Notes a counted frame; false when it has been seen before. */
  boolean advance(long seq) {
    if (seq <= seen) {
      return false;
    }
    seen = seq;
    resumeAfter = Math.max(resumeAfter, seq);
    return true;
  }

  /** The query that makes the service continue here; empty before the first greeting. */
  String query() {
    if (epoch.isEmpty()) {
      return "";
    }
    return "?epoch=" + ServiceAddress.encode(epoch) + "&resume_after=" + resumeAfter;
  }
}
