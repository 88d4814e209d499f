package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class ComputePoolTest {
  @Test
  void everyUnitRunsOnceInEveryCall() {
    var random = Seeds.random(Seeds.seed("ComputePoolTest"));
    for (int threads = 1; threads <= 5; threads++) {
      try (ComputePool pool = new ComputePool(threads, ScalarKernels::new)) {
        for (int call = 0; call < Seeds.iterations(2_000); call++) {
          int units = random.nextInt(40);
          AtomicIntegerArray runs = new AtomicIntegerArray(40);
          pool.run((unit, kernels) -> runs.incrementAndGet(unit), units);
          for (int unit = 0; unit < 40; unit++) {
            assertEquals(unit < units ? 1 : 0, runs.get(unit));
          }
        }
      }
    }
  }

  /** Both threads must be inside the work at once, each with kernels of its own. */
  @Test
  void threadsWorkTogetherEachWithItsOwnKernels() {
    try (ComputePool pool = new ComputePool(2, ScalarKernels::new)) {
      CountDownLatch both = new CountDownLatch(2);
      var seen = ConcurrentHashMap.<Kernels>newKeySet();
      pool.run(
          (unit, kernels) -> {
            seen.add(kernels);
            both.countDown();
            awaitQuietly(both);
          },
          2);
      assertEquals(2, seen.size());
    }
  }

  @Test
  void theCallersErrorComesOutAfterTheOthersAreDone() {
    try (ComputePool pool = new ComputePool(1, ScalarKernels::new)) {
      Work failing =
          (unit, kernels) -> {
            throw new IllegalStateException("unit " + unit);
          };
      var error = assertThrows(IllegalStateException.class, () -> pool.run(failing, 3));
      assertEquals("unit 0", error.getMessage());
    }
  }

  /** The handler swallows the report of the failing worker, which is expected here. */
  @Test
  void aFailingUnitNeverHangsTheCaller() {
    for (int failing = 0; failing < 8; failing++) {
      int bad = failing;
      List<Throwable> reported = new ArrayList<>();
      Thread.setDefaultUncaughtExceptionHandler((thread, error) -> reported.add(error));
      try (ComputePool pool = new ComputePool(3, ScalarKernels::new)) {
        Work work =
            (unit, kernels) -> {
              if (unit == bad) {
                throw new IllegalStateException("expected");
              }
            };
        assertThrows(IllegalStateException.class, () -> pool.run(work, 8));
      } finally {
        Thread.setDefaultUncaughtExceptionHandler(null);
      }
      assertTrue(reported.size() <= 1);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
