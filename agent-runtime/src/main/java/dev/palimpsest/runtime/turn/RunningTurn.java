package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Answering;
import dev.palimpsest.runtime.bridge.Likelihood;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A turn that this process works on. Its own thread drives it; any thread may wait for it or ask it
 * to stop. A lock guards what is told of its tokens.
 */
public final class RunningTurn {
  private final SessionKey session;
  private final TurnId turn;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicReference<@Nullable TurnOutcome> outcome = new AtomicReference<>();
  private final AtomicReference<@Nullable Answering> answering = new AtomicReference<>();
  private final ReentrantLock tokens = new ReentrantLock();
  private final List<Likelihood> likelihoods = new ArrayList<>();
  private final int told;
  private volatile boolean stopAsked;

  /**
   * @param told as in {@link dev.palimpsest.runtime.bridge.Manner}
   */
  RunningTurn(SessionKey session, TurnId turn, int told) {
    this.session = session;
    this.turn = turn;
    this.told = told;
  }

  /** Its session. */
  public SessionKey session() {
    return session;
  }

  /** Its name. */
  public TurnId turn() {
    return turn;
  }

  /**
   * What the model thought of the tokens of the answer, from one on, as far as it has come. Held as
   * long as the turn is at work and by whoever asked; stored nowhere.
   *
   * @return empty where nobody asked when the turn was taken up
   */
  public Optional<List<Likelihood>> likelihoods(int from) {
    tokens.lock();
    try {
      return told < 0
          ? Optional.empty()
          : Optional.of(
              List.copyOf(
                  likelihoods.subList(Math.min(from, likelihoods.size()), likelihoods.size())));
    } finally {
      tokens.unlock();
    }
  }

  int told() {
    return told;
  }

  /** The work begins, and with it the tokens that are told. */
  void forgetTokens() {
    tokens.lock();
    try {
      likelihoods.clear();
    } finally {
      tokens.unlock();
    }
  }

  void addTokens(List<Likelihood> more) {
    tokens.lock();
    try {
      likelihoods.addAll(more);
    } finally {
      tokens.unlock();
    }
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
