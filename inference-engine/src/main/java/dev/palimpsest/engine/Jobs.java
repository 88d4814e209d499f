package dev.palimpsest.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What was given to other threads and is not over yet. One lock guards the count. */
final class Jobs {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private int running;
  private volatile boolean isStopping;

  /**
   * Has a job done; it is counted until it is over, however it ends. One that the worker does not
   * take, and says so by throwing, is not counted and will not be done, whatever the worker does.
   */
  void start(Executor worker, Runnable job) {
    AtomicBoolean isClaimed = new AtomicBoolean();
    boolean isTaken = false;
    count(1);
    try {
      worker.execute(() -> {
        if (isClaimed.compareAndSet(false, true)) {
          run(job);
        }
      });
      isTaken = true;
    } finally {
      if (!isTaken && isClaimed.compareAndSet(false, true)) {
        count(-1);
      }
    }
  }

  private void run(Runnable job) {
    try {
      job.run();
    } finally {
      count(-1);
    }
  }

  private void count(int change) {
    lock.lock();
    try {
      running += change;
      if (running == 0) {
        idle.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Asks all jobs to end soon; whoever does long ones looks here. */
  void stop() {
    isStopping = true;
  }

  boolean isStopping() {
    return isStopping;
  }

  /** Waits until none runs, so long at most; an interrupt ends the waiting and stays. */
  void awaitIdle(long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (running > 0 && left > 0) {
        left = idle.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until none runs, whatever comes. */
  void awaitIdle() {
    lock.lock();
    try {
      while (running > 0) {
        idle.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
