package dev.palimpsest.engine;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.ToIntFunction;

/** Salts that are to be forgotten: asked for by any thread, done by the engine's. */
final class Forgetting {
  /** How often somebody who waits looks whether there is still an engine. */
  private static final long LOOK_MILLIS = 50;

  private final Queue<Request> asked = new ConcurrentLinkedQueue<>();

  private static final class Request {
    private final String salt;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile int pages;

    private Request(String salt) {
      this.salt = salt;
    }
  }

  /**
   * Waits until a salt is forgotten, or until nobody is there who could still use what is known.
   *
   * @return how many pages were forgotten
   */
  int forget(String salt, Wakeup wakeup, BooleanSupplier isHealthy) {
    Request request = new Request(salt);
    boolean isTaken = asked.add(request);
    assert isTaken;
    boolean isInterrupted = false;
    boolean isDone = false;
    while (!isDone && isHealthy.getAsBoolean()) {
      wakeup.signal();
      try {
        isDone = request.done.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        // What was promised to be gone when this returns has to be gone.
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    return request.pages;
  }

  /** Does what was asked for; on the engine's thread. */
  void advance(ToIntFunction<String> forget) {
    for (Request next = asked.poll(); next != null; next = asked.poll()) {
      next.pages = forget.applyAsInt(next.salt);
      next.done.countDown();
    }
  }
}
