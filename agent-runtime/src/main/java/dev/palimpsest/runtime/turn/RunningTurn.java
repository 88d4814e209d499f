package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Answering;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A turn that this process works on. Its own thread drives it; any thread may wait for it or ask it
 * to stop.
 */
public final class RunningTurn {
  private final SessionKey session;
  private final TurnId turn;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicReference<@Nullable TurnOutcome> outcome = new AtomicReference<>();
  private final AtomicReference<@Nullable Answering> answering = new AtomicReference<>();
  private volatile boolean stopAsked;

  RunningTurn(SessionKey session, TurnId turn) {
    this.session = session;
    this.turn = turn;
  }

  /** Its session. */
  public SessionKey session() {
    return session;
  }

  /** Its name. */
  public TurnId turn() {
    return turn;
  }

  /** Waits until the work on it is over. */
  public TurnOutcome await() throws InterruptedException {
    over.await();
    TurnOutcome end = outcome.get();
    if (end == null) {
      throw new IllegalStateException("a turn is over without an outcome");
    }
    return end;
  }

  /** Waits for the work to be over, but not longer than this. */
  void awaitUntil(Duration patience) {
    try {
      if (!over.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        // Its thread is daemonic and what it has not committed it will do again.
        silence();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks it to stop; it ends as cancelled unless it ended before. */
  void stop() {
    stopAsked = true;
    silence();
  }

  /** Asks the model to stop, whatever the reason. */
  void silence() {
    Answering current = answering.get();
    if (current != null) {
      current.cancel();
    }
  }

  boolean isStopAsked() {
    return stopAsked;
  }

  /** Tells where the model's words come from, so that it can be stopped; null when it is done. */
  void answers(@Nullable Answering current) {
    answering.set(current);
  }

  void end(TurnOutcome end) {
    outcome.set(end);
    over.countDown();
  }
}
