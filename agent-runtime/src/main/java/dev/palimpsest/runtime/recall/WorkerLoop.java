package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.MemoryStoreException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs one follower on a platform thread of its own from {@link #start} to {@link #close}: again at
 * once while there is more, else when the bell rings or a second has passed, and after trouble with
 * growing pauses. Trouble ends a pass and never the loop.
 */
public final class WorkerLoop implements AutoCloseable {
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final String name;
  private final Worker worker;
  private final Bell bell;
  private final RecallObserver observer;
  private final Thread thread;
  private volatile boolean isClosing;
  private volatile @Nullable String trouble;

  /** What is done again and again. */
  public interface Worker {
    /** Does a share of what there is to do; true when there is more. */
    boolean pass() throws InterruptedException;
  }

  /**
   * One that nobody rings for: it looks by itself.
   *
   * @param name of its thread and in the log
   * @param observer hears of trouble
   */
  public WorkerLoop(String name, Worker worker, RecallObserver observer) {
    this(name, worker, new RememberedBell(), observer);
  }

  WorkerLoop(String name, Worker worker, Bell bell, RecallObserver observer) {
    this.name = name;
    this.worker = worker;
    this.bell = bell;
    this.observer = observer;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
  }

  /** Begins. */
  public void start() {
    thread.start();
  }

  /** What it is called, by its thread and in health. */
  String name() {
    return name;
  }

  /** Why it does not get on, other than that the database is away; empty when it does. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** Lets the pass that runs finish, but not for long. */
  @Override
  public void close() {
    isClosing = true;
    bell.ring();
    try {
      if (thread.isAlive() && !thread.join(GRACE)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    try {
      while (!isClosing) {
        Outcome outcome = pass();
        pause = rest(outcome, pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Rests as the outcome wants it; returns how long to rest after the next trouble. */
  private Duration rest(Outcome outcome, Duration pause) throws InterruptedException {
    return switch (outcome) {
      case MORE -> FIRST_PAUSE;
      case IDLE -> {
        bell.await(POLL);
        yield FIRST_PAUSE;
      }
      case TROUBLE -> {
        bell.await(pause);
        yield longer(pause);
      }
    };
  }

  private enum Outcome {
    MORE,
    IDLE,
    TROUBLE
  }

  private Outcome pass() throws InterruptedException {
    try {
      boolean isMore = worker.pass();
      if (trouble != null) {
        trouble = null;
        observer.recovered(name);
      }
      return isMore ? Outcome.MORE : Outcome.IDLE;
    } catch (MemoryStoreException e) {
      return failed(e, e.isUnavailable());
    } catch (RuntimeException e) {
      return failed(e, false);
    }
  }

  /** The database's absence is told once, by whoever watches it. */
  private Outcome failed(RuntimeException e, boolean isStoreAway) {
    if (!isStoreAway && !isClosing) {
      trouble = String.valueOf(e.getMessage());
      observer.troubled(name, e);
    }
    return Outcome.TROUBLE;
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }
}
