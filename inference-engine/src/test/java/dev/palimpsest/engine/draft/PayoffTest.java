package dev.palimpsest.engine.draft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PayoffTest {
  private final Payoff payoff = new Payoff();
  private final StepCosts costs = new StepCosts();

  @Test
  void guessesThatComeTrueBecomeLonger() {
    int before = payoff.tokens(4, 0.3, 16);
    for (int i = 0; i < 10; i++) {
      payoff.judged(4, before, before);
    }
    assertTrue(payoff.tokens(4, 0.3, 16) > before);
  }

  @Test
  void guessesThatDoNotAreGivenUpAndTriedAgainLater() {
    for (int i = 0; i < 40; i++) {
      payoff.judged(4, 4, 0);
    }
    int pauses = 0;
    while (payoff.tokens(4, 0.3, 16) == 0) {
      pauses++;
    }
    assertTrue(pauses > 20, "pauses " + pauses);
    assertTrue(pauses < 200, "pauses " + pauses);
  }

  @Test
  void oneLengthSaysNothingAboutAnother() {
    int before = payoff.tokens(20, 0.3, 16);
    for (int i = 0; i < 40; i++) {
      payoff.judged(4, 4, 0);
    }
    assertEquals(before, payoff.tokens(20, 0.3, 16));
  }

  @Test
  void rowsThatCostAsMuchAsStepsAreNeverWorthIt() {
    assertEquals(0, payoff.tokens(60, 1, 16));
    assertEquals(16, payoff.tokens(60, 0, 16));
    assertEquals(0, payoff.tokens(1, 0, 16));
  }

  @Test
  void costOfARowIsTheSlopeOfTheTimes() {
    assertEquals(0.35, costs.ofRow(1));
    for (int i = 0; i < 50; i++) {
      costs.stepped(1, 1_000);
    }
    assertEquals(0.35, costs.ofRow(1), "steps of one size say nothing");
    for (int i = 0; i < 50; i++) {
      costs.stepped(1 + i % 5, 1_000 + 200L * (i % 5));
    }
    assertEquals(0.2, costs.ofRow(1), 1e-6);
    assertEquals(200.0 / 1_800, costs.ofRow(5), 1e-6);
  }

  @Test
  void aClockThatStandsStillLeavesTheGuess() {
    for (int i = 0; i < 20; i++) {
      costs.stepped(1 + i % 3, 0);
    }
    assertEquals(0.35, costs.ofRow(2));
  }
}
