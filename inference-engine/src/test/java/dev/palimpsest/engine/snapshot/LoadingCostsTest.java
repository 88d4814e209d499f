package dev.palimpsest.engine.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LoadingCostsTest {
  private final LoadingCosts costs = new LoadingCosts();

  @Test
  void whatWasNeverMeasuredIsTried() {
    assertTrue(costs.isReadingCheaper(1 << 30, 1));
    costs.computed(100, 100);
    assertTrue(costs.isReadingCheaper(1 << 30, 1));
  }

  @Test
  void theCheaperOneIsChosen() {
    costs.computed(100, 1_000_000);
    costs.read(1_000, 1_000_000);
    assertTrue(costs.isReadingCheaper(9, 1));
    assertFalse(costs.isReadingCheaper(11, 1));
    assertEquals(50_000, costs.nanosOf(5));
  }

  @Test
  void theMeanFollowsWhatIsMeasured() {
    costs.computed(100, 1_000_000);
    costs.read(1_000, 1_000_000);
    for (int i = 0; i < 30; i++) {
      costs.computed(10, 10_000);
    }
    assertFalse(costs.isReadingCheaper(9, 1));
    assertTrue(Math.abs(costs.nanosOf(100) - 100_000) < 2_000, "" + costs.nanosOf(100));
  }

  /** A disk that was slow once may be fast again. */
  @Test
  void readingIsTriedAgainOneDay() {
    costs.computed(100, 1_000);
    costs.read(1_000, 1_000_000_000);
    int refusals = 0;
    while (!costs.isReadingCheaper(1_000, 100)) {
      refusals++;
    }
    assertTrue(refusals > 50 && refusals < 1_000, refusals + " times");
  }
}
