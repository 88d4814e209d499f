package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.Finish;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TurnMachineTest {
  private static final TurnLimits LIMITS = new TurnLimits(8, 100, 50, Duration.ofSeconds(60));

  private final TurnMachine machine = new TurnMachine(LIMITS, Optional.of(TurnEvents.MODEL));

  @Test
  void aNewTurnIsPlannedFirst() {
    assertInstanceOf(Step.Plan.class, next(TurnEvents.said()));
  }

  @Test
  void aTurnThatRecallsDoesSoOnceAndBeforeItsPlan() {
    assertInstanceOf(Step.Recall.class, next(TurnEvents.asked()));
    assertInstanceOf(Step.Plan.class, next(TurnEvents.asked().recalled()));
    TurnEvents planned = TurnEvents.asked().recalled().planned(TurnEvents.MODEL);
    assertInstanceOf(Step.Generate.class, next(planned));
  }

  @Test
  void anInterruptedTurnRunsAgainWithTheMemoriesThatItHad() {
    TurnEvents early = TurnEvents.asked().failed(FailureType.INTERRUPTED);
    TurnState again = early.state().again(TurnEvents.START);
    assertInstanceOf(Step.Recall.class, machine.next(again, TurnEvents.START));
    assertInstanceOf(Step.Plan.class, next(early.recalled()));
    TurnEvents late = TurnEvents.asked().recalled().failed(FailureType.INTERRUPTED);
    TurnState kept = late.state().again(TurnEvents.START);
    assertEquals(late.state().recalled(), kept.recalled());
    assertInstanceOf(Step.Plan.class, machine.next(kept, TurnEvents.START));
    assertInstanceOf(Step.Generate.class, next(late.planned(TurnEvents.MODEL)));
  }

  @Test
  void aPlannedTurnGenerates() {
    Step step = next(TurnEvents.said().planned(TurnEvents.MODEL));
    assertEquals(3, assertInstanceOf(Step.Generate.class, step).planned().promptTokens());
  }

  @Test
  void anAnsweredTurnIsDone() {
    TurnEvents events = TurnEvents.said().planned(TurnEvents.MODEL).answered();
    assertInstanceOf(Step.Done.class, next(events));
    assertEquals("Hi.", TurnResult.of(events.state(), Evidence.NONE).output());
    assertEquals(TurnStatus.DONE, TurnResult.of(events.state(), Evidence.NONE).status());
  }

  @Test
  void aPlanForAnotherModelInterruptsTheTurn() {
    assertFails(FailureType.INTERRUPTED, next(TurnEvents.said().planned("model-b")));
  }

  @Test
  void withoutAModelATurnIsInterruptedWhetherPlannedOrNot() {
    TurnMachine none = new TurnMachine(LIMITS, Optional.empty());
    assertFails(FailureType.INTERRUPTED, none.next(TurnEvents.said().state(), TurnEvents.START));
    assertFails(
        FailureType.INTERRUPTED,
        none.next(TurnEvents.said().planned(TurnEvents.MODEL).state(), TurnEvents.START));
  }

  @Test
  void theTimeLimitIsReachedAtItsLastMomentAndNotBefore() {
    TurnState state = TurnEvents.said().state();
    Instant end = TurnEvents.START.plus(LIMITS.wallTime());
    assertInstanceOf(Step.Plan.class, machine.next(state, end.minusNanos(1)));
    assertFails(FailureType.LIMIT, machine.next(state, end));
  }

  @Test
  void aTurnTakenUpLaterHasItsWholeTimeAgain() {
    Instant later = TurnEvents.START.plus(Duration.ofDays(1));
    TurnState state = TurnEvents.said().state();
    assertFails(FailureType.LIMIT, machine.next(state, later));
    assertInstanceOf(Step.Plan.class, machine.next(state.takenUp(later), later));
  }

  @Test
  void theStepLimitIsAnOrdinaryFailure() {
    TurnEvents events = TurnEvents.said();
    for (int i = 1; i < LIMITS.steps() - 1; i++) {
      events.planned(TurnEvents.MODEL);
    }
    assertInstanceOf(Step.Generate.class, next(events));
    assertFails(FailureType.LIMIT, next(events.planned(TurnEvents.MODEL)));
  }

  @Test
  void aTurnAskedToStopIsCancelledWhereverItIs() {
    for (TurnEvents events :
        List.of(TurnEvents.said(), TurnEvents.said().planned(TurnEvents.MODEL))) {
      assertFails(FailureType.CANCELLED, machine.next(events.state().stopping(), TurnEvents.START));
    }
    TurnState ended = TurnEvents.said().planned(TurnEvents.MODEL).answered().state();
    assertInstanceOf(Step.Done.class, machine.next(ended.stopping(), TurnEvents.START));
  }

  @Test
  void anInterruptedTurnRunsAgainUnderTheSameIdAndOnlySuchATurn() {
    TurnEvents events = TurnEvents.said().failed(FailureType.INTERRUPTED);
    assertInstanceOf(Step.Done.class, next(events));
    TurnState again = events.state().again(TurnEvents.START);
    assertInstanceOf(Step.Plan.class, machine.next(again, TurnEvents.START));
    events.planned(TurnEvents.MODEL);
    assertInstanceOf(Step.Generate.class, next(events));
    assertEquals(TurnStatus.DONE, TurnResult.of(events.answered().state(), Evidence.NONE).status());
    TurnState failed = TurnEvents.said().failed(FailureType.LIMIT).state();
    assertThrows(IllegalStateException.class, () -> failed.again(TurnEvents.START));
  }

  @Test
  void logsThatCannotHaveHappenedAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> TurnEvents.said().planned(TurnEvents.MODEL).answered().answered().state());
    assertThrows(
        IllegalArgumentException.class,
        () -> TurnEvents.said().answered().planned(TurnEvents.MODEL).state());
    assertThrows(
        IllegalArgumentException.class, () -> TurnEvents.asked().recalled().recalled().state());
    assertThrows(
        IllegalArgumentException.class,
        () -> TurnEvents.asked().planned(TurnEvents.MODEL).recalled().state());
    assertThrows(
        IllegalArgumentException.class, () -> TurnEvents.asked().answered().recalled().state());
    List<LoggedEvent> headless = TurnEvents.said().planned("m").list().subList(1, 2);
    assertThrows(IllegalArgumentException.class, () -> TurnMachine.fold(headless));
  }

  /**
   * A turn that crashes after any of its events, any number of times, performs the same steps and
   * ends in the same log as one that never does: what is decided depends on the events alone.
   */
  @Test
  void aTurnThatCrashesAfterEveryEventTakesTheSameSteps() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("TurnMachineTest seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      long script = random.nextLong();
      List<String> calm = run(new Random(script), new Random(0), 0);
      List<String> crashing = run(new Random(script), random, 0.5);
      assertEquals(calm, crashing, "script " + script + " of seed " + seed);
      assertTrue(calm.getLast().contains("Done"), calm::toString);
    }
  }

  /** Runs one turn to its end; with a chance after each event, everything but the log is lost. */
  private List<String> run(Random script, Random crashes, double crashChance) {
    TurnEvents events = script.nextBoolean() ? TurnEvents.said() : TurnEvents.asked();
    TurnState state = events.state();
    List<String> steps = new ArrayList<>();
    Instant now = TurnEvents.START;
    while (steps.size() < 20) {
      if (crashes.nextDouble() < crashChance) {
        state = TurnMachine.fold(events.list()).takenUp(now);
      }
      Step step = machine.next(state, now);
      steps.add(step.toString());
      if (step instanceof Step.Done) {
        return steps;
      }
      events.add(performed(step, script));
      state = state.after(events.list().getLast());
    }
    throw new AssertionError("no end: " + steps);
  }

  private static TurnEvent performed(Step step, Random script) {
    return switch (step) {
      case Step.Recall recall ->
          new TurnEvent.Recalled("Hello", List.of(), script.nextInt(9), false, 1, null);
      case Step.Plan plan ->
          new TurnEvent.Planned(
              script.nextInt(4) == 0 ? "another" : TurnEvents.MODEL, null, 3, List.of(1L), 0);
      case Step.CallTool(TurnEvent.ToolCalled called) -> TurnEvents.toolAnswer(called.call());
      case Step.Wait(TurnEvent.ToolCalled called, Instant until) ->
          TurnEvents.toolAnswer(called.call());
      case Step.Generate generate when script.nextInt(4) == 0 ->
          TurnEvents.clientCall(script.nextInt(1000));
      case Step.Generate generate when script.nextInt(3) == 0 ->
          TurnEvents.toolCall(script.nextInt(1000), true, script.nextBoolean() ? "no JSON" : null);
      case Step.Generate generate ->
          script.nextInt(3) == 0
              ? new TurnEvent.TurnFailed(FailureType.MODEL_FAILED, "broke")
              : new TurnEvent.Answered("A.", Finish.STOP, new Usage(1, 0, 1, 1, 1, 1, 1));
      case Step.Fail(FailureType type, String detail) -> new TurnEvent.TurnFailed(type, detail);
      case Step.Done done -> throw new AssertionError("nothing to perform");
    };
  }

  @Test
  void aCallIsPerformedOnceAndThenTheModelGoesOn() {
    TurnEvents events = TurnEvents.said().planned(TurnEvents.MODEL);
    events.add(TurnEvents.toolCall(1, false, null));
    Step.CallTool step = assertInstanceOf(Step.CallTool.class, next(events));
    assertEquals("call-1", step.called().call());
    events.add(TurnEvents.toolAnswer("call-1"));
    assertInstanceOf(Step.Generate.class, next(events));
    assertEquals(1, events.state().uses().size());
    assertInstanceOf(Step.Done.class, next(events.answered()));
  }

  @Test
  void aCallOfWhichNobodyKnowsWhatCameIsRepeatedOnlyIfItMayBe() {
    TurnEvents sure = TurnEvents.said().planned(TurnEvents.MODEL);
    assertInstanceOf(
        Step.Generate.class, machine.next(sure.state().takenUp(TurnEvents.START), later()));
    TurnEvents once = sure.add(TurnEvents.toolCall(1, false, null));
    Step lost = machine.next(once.state().takenUp(TurnEvents.START), later());
    assertFails(FailureType.INTERRUPTED, lost);
    for (TurnEvent call :
        List.of(TurnEvents.toolCall(1, true, null), TurnEvents.toolCall(1, false, "is no call"))) {
      TurnState state = TurnEvents.said().planned(TurnEvents.MODEL).add(call).state();
      assertInstanceOf(Step.CallTool.class, machine.next(state.takenUp(TurnEvents.START), later()));
    }
    TurnState answered =
        TurnEvents.said()
            .planned(TurnEvents.MODEL)
            .add(TurnEvents.toolCall(1, false, null))
            .add(TurnEvents.toolAnswer("call-1"))
            .state();
    assertInstanceOf(
        Step.Generate.class, machine.next(answered.takenUp(TurnEvents.START), later()));
  }

  @Test
  void anInterruptedTurnRunsAgainOnlyIfAllThatItCalledMayBeCalledTwice() {
    for (boolean isAnswered : List.of(true, false)) {
      TurnState once = interrupted(TurnEvents.toolCall(1, false, null), isAnswered);
      assertTrue(once.isInterrupted() && !once.mayRunAgain());
      assertThrows(IllegalStateException.class, () -> once.again(later()));
      for (TurnEvent call :
          List.of(
              TurnEvents.toolCall(1, true, null), TurnEvents.toolCall(1, false, "is no call"))) {
        TurnState again = interrupted(call, isAnswered).again(later());
        assertEquals(List.of(), again.uses());
        assertInstanceOf(Step.Plan.class, machine.next(again, later()));
      }
    }
  }

  private static TurnState interrupted(TurnEvent call, boolean isAnswered) {
    TurnEvents events = TurnEvents.said().planned(TurnEvents.MODEL).add(call);
    if (isAnswered) {
      events.add(TurnEvents.toolAnswer("call-1"));
    }
    return events.failed(FailureType.INTERRUPTED).state();
  }

  @Test
  void aTurnWaitsForItsClientLongerThanATurnMayTakeAndThroughRestarts() {
    TurnState state =
        TurnEvents.said().planned(TurnEvents.MODEL).add(TurnEvents.clientCall(1)).state();
    Instant called = TurnEvents.START.plusSeconds(2);
    Instant last = called.plusSeconds(TurnEvents.WAIT_SECONDS - 1);
    for (TurnState each : List.of(state, state.takenUp(TurnEvents.START.plusSeconds(90)))) {
      Step.Wait wait = assertInstanceOf(Step.Wait.class, machine.next(each, last));
      assertEquals(called.plusSeconds(TurnEvents.WAIT_SECONDS), wait.until());
      assertFails(FailureType.LIMIT, machine.next(each, wait.until()));
      assertFails(FailureType.CANCELLED, machine.next(each.stopping(), last));
    }
    TurnState over =
        TurnEvents.said()
            .planned(TurnEvents.MODEL)
            .add(TurnEvents.clientCall(1))
            .failed(FailureType.INTERRUPTED)
            .state();
    assertTrue(over.awaited().isEmpty() && !over.mayRunAgain());
  }

  @Test
  void callsBeyondTheLimitAreNotPerformed() {
    TurnEvents events = TurnEvents.said().planned(TurnEvents.MODEL);
    for (int i = 1; i <= LIMITS.toolCallsMax(); i++) {
      events.add(TurnEvents.toolCall(i, true, null)).add(TurnEvents.toolAnswer("call-" + i));
      assertInstanceOf(Step.Generate.class, next(events));
    }
    assertEquals(2, LIMITS.toolCallsMax());
    assertFails(FailureType.LIMIT, next(events.add(TurnEvents.toolCall(3, true, null))));
  }

  @Test
  void callsThatCannotHaveHappenedAreRefused() {
    TurnEvent call = TurnEvents.toolCall(1, true, null);
    TurnEvent answer = TurnEvents.toolAnswer("call-1");
    for (List<TurnEvent> impossible :
        List.of(
            List.of(answer),
            List.of(call, call),
            List.of(call, TurnEvents.toolAnswer("call-2")),
            List.of(call, answer, answer))) {
      TurnEvents events = TurnEvents.said().planned(TurnEvents.MODEL);
      impossible.forEach(events::add);
      assertThrows(IllegalArgumentException.class, events::state);
    }
    assertThrows(IllegalArgumentException.class, () -> TurnEvents.said().add(call).state());
  }

  private static Instant later() {
    return TurnEvents.START.plusSeconds(5);
  }

  private Step next(TurnEvents events) {
    return machine.next(events.state(), TurnEvents.START.plusSeconds(5));
  }

  private static void assertFails(FailureType type, Step step) {
    assertEquals(type, assertInstanceOf(Step.Fail.class, step).type());
  }
}
