package dev.palimpsest.compress.plan;

import static dev.palimpsest.compress.plan.Segment.Kind.EXCHANGE;
import static dev.palimpsest.compress.plan.Segment.Kind.INPUT;
import static dev.palimpsest.compress.plan.Segment.Kind.SYSTEM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContextPlannerTest {
  private final ContextPlanner planner = new ContextPlanner();

  @Test
  void everythingIsKeptWhereItFitsToTheLastToken() {
    List<Segment> segments =
        List.of(
            new Segment(SYSTEM, 0, 10), new Segment(EXCHANGE, 1, 30), new Segment(INPUT, 4, 20));
    ContextPlan plan = plan(segments, new WindowBudget(100, 40));
    assertEquals(segments, plan.kept());
    assertEquals(60, plan.tokens());
  }

  @Test
  void oneTokenLessLeavesTheOldestExchangeOut() {
    Segment oldest = new Segment(EXCHANGE, 1, 15);
    Segment newest = new Segment(EXCHANGE, 4, 15);
    Segment system = new Segment(SYSTEM, 0, 10);
    Segment input = new Segment(INPUT, 7, 20);
    ContextPlan plan = plan(List.of(system, oldest, newest, input), new WindowBudget(99, 40));
    assertEquals(List.of(system, newest, input), plan.kept());
    assertEquals(List.of(oldest), plan.left());
  }

  @Test
  void anOlderExchangeIsNotKeptBeyondOneThatDoesNotFit() {
    Segment small = new Segment(EXCHANGE, 1, 1);
    Segment large = new Segment(EXCHANGE, 4, 50);
    Segment input = new Segment(INPUT, 7, 20);
    ContextPlan plan = plan(List.of(small, large, input), new WindowBudget(70, 10));
    assertEquals(List.of(input), plan.kept());
    assertEquals(List.of(small, large), plan.left());
  }

  @Test
  void anInputLargerThanTheWindowIsRefusedWithBothNumbers() {
    Planning planning =
        planner.plan(
            List.of(new Segment(SYSTEM, 0, 10), new Segment(INPUT, 1, 51)),
            new WindowBudget(100, 40));
    assertEquals(new Planning.TooLarge(61, 60), planning);
  }

  @Test
  void aBudgetWithoutRoomForAPromptIsNoBudget() {
    assertThrows(IllegalArgumentException.class, () -> new WindowBudget(40, 40));
  }

  @Test
  void everyPlanIsWithinTheBudgetAndLeavesNoHole() {
    long seed = Long.parseLong("0" + System.getProperty("seed", ""));
    System.out.println("ContextPlannerTest seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      List<Segment> segments = randomConversation(random);
      WindowBudget budget = new WindowBudget(2 + random.nextInt(400), 1);
      if (planner.plan(segments, budget) instanceof Planning.Fits(ContextPlan plan)) {
        assertTrue(plan.tokens() <= budget.promptTokens());
        assertEquals(segments.size(), plan.kept().size() + plan.left().size());
        assertTrue(plan.left().stream().noneMatch(Segment::isPinned));
        long newestLeft = plan.left().stream().mapToLong(Segment::event).max().orElse(-1);
        assertTrue(
            plan.kept().stream().filter(s -> !s.isPinned()).allMatch(s -> s.event() > newestLeft));
      }
    }
  }

  private static List<Segment> randomConversation(Random random) {
    List<Segment> segments = new ArrayList<>();
    segments.add(new Segment(SYSTEM, 0, random.nextInt(40)));
    int exchanges = random.nextInt(20);
    for (int i = 1; i <= exchanges; i++) {
      segments.add(new Segment(EXCHANGE, i, random.nextInt(60)));
    }
    segments.add(new Segment(INPUT, exchanges + 1, random.nextInt(60)));
    return segments;
  }

  private ContextPlan plan(List<Segment> segments, WindowBudget budget) {
    return assertInstanceOf(Planning.Fits.class, planner.plan(segments, budget)).plan();
  }
}
