package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A timeout interrupts only who can be interrupted: waiting on another thread it ends the test. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JobsTest {
  private final Jobs jobs = new Jobs();
  private final AtomicInteger runs = new AtomicInteger();

  @Test
  void whatTheWorkerDoesNotTakeIsNotWaitedFor() {
    Executor none =
        job -> {
          throw new RejectedExecutionException("closed");
        };
    assertThrows(RejectedExecutionException.class, () -> jobs.start(none, runs::incrementAndGet));
    jobs.awaitIdle();
    assertEquals(0, runs.get());
  }

  /** As a pool does that has queued a job when it finds that it cannot have another thread. */
  @Test
  void whatTheWorkerSaysItDidNotTakeIsNotDoneLater() {
    List<Runnable> queued = new ArrayList<>();
    Executor unsure =
        job -> {
          queued.add(job);
          throw new RejectedExecutionException("no thread");
        };
    assertThrows(RejectedExecutionException.class, () -> jobs.start(unsure, runs::incrementAndGet));
    jobs.awaitIdle();
    queued.getFirst().run();
    assertEquals(0, runs.get());
    jobs.start(queued::add, runs::incrementAndGet);
    queued.getLast().run();
    jobs.awaitIdle();
    assertEquals(1, runs.get());
  }

  @Test
  void aJobThatFailsOnTheCallersThreadIsCountedOnce() {
    Runnable failing =
        () -> {
          throw new IllegalStateException("as told");
        };
    assertThrows(IllegalStateException.class, () -> jobs.start(Runnable::run, failing));
    List<Runnable> queued = new ArrayList<>();
    jobs.start(queued::add, runs::incrementAndGet);
    Thread waiting = Thread.ofVirtual().unstarted(jobs::awaitIdle);
    queued.getFirst().run();
    waiting.start();
    assertEquals(1, runs.get());
    jobs.awaitIdle();
  }
}
