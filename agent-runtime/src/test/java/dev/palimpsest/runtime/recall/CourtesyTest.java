package dev.palimpsest.runtime.recall;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CourtesyTest {
  private static final Duration GAP = Duration.ofMillis(1);

  private final AtomicLong batches = new AtomicLong();
  private final AtomicInteger looks = new AtomicInteger();

  /** Each look finds one more batch until there are so many. */
  private Courtesy importing(long until) {
    return new Courtesy(
        () -> {
          looks.incrementAndGet();
          return batches.get() < until ? batches.incrementAndGet() : batches.get();
        },
        GAP);
  }

  @Test
  void whoeverWasNotOvertakenDoesNotRest() throws InterruptedException {
    Courtesy courtesy = importing(0);
    courtesy.rest();
    courtesy.rest();
    assertEquals(2, looks.get(), "one look each");
  }

  @Test
  void oneRestsUntilNoMoreIsCommitted() throws InterruptedException {
    Courtesy courtesy = importing(4);
    courtesy.rest();
    assertEquals(5, looks.get());
    courtesy.rest();
    assertEquals(6, looks.get(), "what was rested for is not rested for again");
  }

  @Test
  void anImportWithoutEndDoesNotStopTheOthers() throws InterruptedException {
    Courtesy courtesy = importing(Long.MAX_VALUE);
    courtesy.rest();
    assertEquals(1 + Courtesy.GAPS_MAX, looks.get());
  }

  @Test
  void whoeverClosesDoesNotWait() throws InterruptedException {
    Courtesy courtesy = new Courtesy(batches::incrementAndGet, Duration.ofHours(1));
    courtesy.close();
    courtesy.rest();
    assertEquals(1, batches.get());
  }
}
