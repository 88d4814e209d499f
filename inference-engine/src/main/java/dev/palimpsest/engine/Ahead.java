package dev.palimpsest.engine;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Finds out on threads of its own, while the model computes, which tokens the rules of generations
 * allow next. That depends on the tokens so far alone, which are known before the model begins; so
 * only what takes longer than the model makes a step wait. Threads begin when they are first
 * needed.
 */
final class Ahead implements AutoCloseable {
  private static final int THREADS_MAX = 4;

  private final ExecutorService threads;

  /**
   * @param most how many threads are of use
   */
  Ahead(int most) {
    threads =
        Executors.newFixedThreadPool(
            Math.min(THREADS_MAX, most),
            Thread.ofPlatform().name("palimpsest-rules-", 0).daemon().factory());
  }

  /** Begins for all generations that get a token from the batch that is about to be computed. */
  void begin(List<Running> running) {
    for (int i = 0; i < running.size(); i++) {
      Running each = running.get(i);
      Runnable work = each.sequence().logitRow() >= 0 ? each.sampling().ahead() : null;
      if (work != null) {
        threads.execute(work);
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
