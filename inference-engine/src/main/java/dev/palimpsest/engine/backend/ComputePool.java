package dev.palimpsest.engine.backend;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Platform threads that take units of {@link Work} from one counter; the calling thread works with
 * them. Between two calls a thread spins for some microseconds, because the next call of a forward
 * pass is usually near, and then parks. Nothing is allocated per call.
 *
 * <p>Concurrency: {@link #ticket} holds the number of units (high half) and the next one to take
 * (low half). Whoever increments it and finds the old low half below the high half owns that unit,
 * and the work that belongs to it stays in place until the unit is counted in {@link #done}; a late
 * thread that increments an exhausted ticket, or finds the next call's, does no harm.
 */
final class ComputePool implements AutoCloseable {
  private static final int SPINS = 4_000;
  private static final int SPINS_BEFORE_PAUSE = 20_000;
  private static final long PAUSE_NANOS = 20_000;

  private final Kernels own;
  private final Worker[] workers;
  private final AtomicLong ticket = new AtomicLong();
  private final AtomicInteger done = new AtomicInteger();
  private volatile boolean isClosed;
  private volatile boolean isBroken;
  private Work work = (unit, kernels) -> {};

  ComputePool(int threads, Supplier<Kernels> kernels) {
    own = kernels.get();
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker("palimpsest-compute-" + (i + 1), kernels.get());
    }
    for (Worker worker : workers) {
      worker.start();
    }
  }

  /**
   * Runs all units and returns when the last one is done. One caller at a time.
   *
   * @throws IllegalStateException if a unit failed on another thread, now or earlier
   */
  void run(Work next, int units) {
    if (units == 1 || workers.length == 0) {
      for (int unit = 0; unit < units; unit++) {
        next.run(unit, own);
      }
      return;
    }
    work = next;
    done.set(0);
    ticket.set((long) units << 32);
    for (Worker worker : workers) {
      worker.wake();
    }
    try {
      takeUnits(own);
    } finally {
      awaitDone(units);
    }
    if (isBroken) {
      throw new IllegalStateException("a compute thread failed; its error was reported there");
    }
  }

  private void takeUnits(Kernels kernels) {
    while (true) {
      long taken = ticket.getAndIncrement();
      if (!isUnit(taken)) {
        return;
      }
      runCounted((int) taken, kernels);
    }
  }

  private void runCounted(int unit, Kernels kernels) {
    boolean isOk = false;
    try {
      work.run(unit, kernels);
      isOk = true;
    } finally {
      if (!isOk) {
        isBroken = true;
        dropUnits();
      }
      done.getAndIncrement();
    }
  }

  /** Counts what is left as done, so that the caller does not wait for threads that are gone. */
  private void dropUnits() {
    for (long taken = ticket.getAndIncrement(); isUnit(taken); taken = ticket.getAndIncrement()) {
      done.getAndIncrement();
    }
  }

  private void awaitDone(int units) {
    // Also after an error of the caller's own: nobody may be at work when its memory goes away.
    int spins = 0;
    while (done.get() < units) {
      if (spins++ < SPINS_BEFORE_PAUSE) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static boolean isUnit(long taken) {
    return (int) taken < (int) (taken >>> 32);
  }

  @Override
  public void close() {
    isClosed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker.thread);
    }
    boolean isInterrupted = false;
    for (Worker worker : workers) {
      isInterrupted |= worker.awaitEnd();
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean hasWork() {
    return isUnit(ticket.get());
  }

  private final class Worker {
    private final Thread thread;
    private final Kernels kernels;
    private volatile boolean isParked;

    Worker(String name, Kernels kernels) {
      this.kernels = kernels;
      this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::loop);
    }

    void start() {
      thread.start();
    }

    void wake() {
      if (isParked) {
        LockSupport.unpark(thread);
      }
    }

    private void loop() {
      while (!isClosed) {
        awaitWork();
        takeUnits(kernels);
      }
    }

    private void awaitWork() {
      for (int i = 0; i < SPINS; i++) {
        if (hasWork() || isClosed) {
          return;
        }
        Thread.onSpinWait();
      }
      isParked = true;
      while (!hasWork() && !isClosed) {
        LockSupport.park(ComputePool.this);
      }
      isParked = false;
    }

    /** Waits for the thread; says whether the caller was interrupted meanwhile. */
    boolean awaitEnd() {
      boolean isInterrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
      }
      return isInterrupted;
    }
  }
}
