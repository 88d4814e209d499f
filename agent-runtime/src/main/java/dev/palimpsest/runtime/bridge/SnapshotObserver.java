package dev.palimpsest.runtime.bridge;

import java.time.Duration;

/** Hears what became of sessions' files, on threads of the engine; must neither wait nor throw. */
public interface SnapshotObserver {
  /** A file was written. */
  void saved(int tokens, long bytes, Duration took);

  /** Tokens were read that need not be computed. */
  void loaded(int tokens, long bytes, Duration took);

  /** Nothing was written or read, and nothing is wrong. */
  void dropped(String reason);

  /** A file was not what it had to be; it is deleted and its tokens are computed. */
  void refused(String file, String reason);

  /** A file could not be written, or not be read now. */
  void failed(String file, String reason);
}
