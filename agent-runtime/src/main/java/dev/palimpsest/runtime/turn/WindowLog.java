package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.List;
import java.util.Optional;

/** What became of the windows of sessions, as their logs tell it. Safe for many threads. */
final class WindowLog {
  /** So often others may write between looking and writing. */
  private static final int TRIES = 100;

  private final StoreLink store;

  WindowLog(StoreLink store) {
    this.store = store;
  }

  /** The compaction that holds behind these events; empty where all is exact. */
  static Optional<WindowChange.Compacted> newest(List<LoggedEvent> events) {
    return events.reversed().stream()
        .map(LoggedEvent::event)
        .filter(WindowChange.class::isInstance)
        .findFirst()
        .filter(WindowChange.Compacted.class::isInstance)
        .map(WindowChange.Compacted.class::cast);
  }

  /**
   * Writes down what became of a window, behind whatever was written meanwhile.
   *
   * @param last the number of the newest event that is known
   * @return {@link Appended.Written}, {@link Appended.Gone}, or {@link Appended.Stale} where others
   *     write all the time
   */
  Appended note(SessionKey session, long last, WindowChange change) {
    Appended noted = new Appended.Stale(last);
    for (int i = 0; i < TRIES && noted instanceof Appended.Stale(long newest); i++) {
      noted = store.sessions().note(session.tenant(), session.session(), newest + 1, change);
    }
    return noted;
  }
}
