package dev.palimpsest.engine;

import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A compaction that was asked for, and what becomes of it. For any thread; a lock makes being
 * cancelled and being done exclude each other.
 */
public final class Compaction {
  private final Asked asked;
  private final CountDownLatch done = new CountDownLatch(1);
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean isCancelled;
  private volatile @Nullable Outcome outcome;

  /** What is asked for. */
  sealed interface Asked {
    String salt();

    TokenIds tokens();
  }

  /**
   * What was compacted before, to be stored as it is.
   *
   * @param heads of each head of each layer in turn, what is left of it
   */
  record Made(String salt, TokenIds tokens, List<HeadKeys> heads) implements Asked {}

  /**
   * What is asked for.
   *
   * @param salt as in {@link GenerationRequest#cacheSalt}; under an adapter what {@link
   *     dev.palimpsest.engine.model.Adapter#salt} makes of it
   * @param tokens a beginning; as much of it is compacted as whole pages of it are in the cache
   * @param queries of the session's tokens behind it; copied when the work begins
   * @param method does the work
   * @param worker runs it, on a thread that may compute for long
   */
  public record Task(
      String salt, TokenIds tokens, QuerySample queries, CacheCompactor method, Executor worker)
      implements Asked {}

  /** How it ended. */
  public sealed interface Outcome {
    /** There is a compacted beginning; {@link Engine#forget} gives it up. */
    record Done(CompactedPast past) implements Outcome {}

    /** There is none, and nothing has changed. */
    record None(String reason) implements Outcome {}
  }

  Compaction(Asked asked) {
    this.asked = asked;
  }

  Asked asked() {
    return asked;
  }

  /**
   * Ends it soon, if it is not over; what is cached stays as it is. Where it is not {@link
   * Outcome.Done} when this returns it never will be.
   */
  public void cancel() {
    lock.lock();
    try {
      isCancelled = true;
    } finally {
      lock.unlock();
    }
  }

  boolean isCancelled() {
    return isCancelled;
  }

  /** Ends it; false where it would be done and was cancelled: then it is not over. */
  boolean finish(Outcome how) {
    lock.lock();
    try {
      if (isCancelled && how instanceof Outcome.Done) {
        return false;
      }
      outcome = how;
    } finally {
      lock.unlock();
    }
    done.countDown();
    return true;
  }

  /** How it ended; empty while it has not. */
  public Optional<Outcome> outcome() {
    return Optional.ofNullable(outcome);
  }

  /** Waits until it is over. */
  public Outcome await() throws InterruptedException {
    done.await();
    return outcome().orElseThrow();
  }
}
