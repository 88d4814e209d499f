package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.ScriptedModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnRunnerTest {
  private final RunnerRig rig = new RunnerRig();

  @AfterEach
  void close() {
    rig.feeds.checkInvariants();
    rig.close();
  }

  @Test
  void aTurnLeavesThreeEventsAndItsDeltasAreItsOutput() throws InterruptedException {
    Session session = rig.session();
    try (Subscription reader = rig.feeds.subscribe(key(session))) {
      TurnResult result = rig.result(session, RunnerRig.request("Hello there", "c1"));
      List<TurnNews> news = RunnerRig.hear(reader);
      assertEquals(TurnStatus.DONE, result.status());
      assertFalse(result.output().isBlank());
      assertEquals(result.output(), RunnerRig.words(news));
      assertInstanceOf(TurnNews.Accepted.class, news.getFirst());
      assertEquals(new TurnNews.Ended(result), news.getLast());
    }
    assertEquals(List.of("UserSaid", "Planned", "Answered"), rig.types(session.id()));
  }

  @Test
  void laterTurnsSeeEarlierOnesAndNotThoseThatFailed() throws InterruptedException {
    Session session = rig.session();
    TurnResult first = rig.result(session, RunnerRig.request("one", null));
    Semaphore gate = rig.model.gated();
    RunningTurn stopped = rig.running(session, RunnerRig.request("two", null));
    assertTrue(rig.runner.cancel(RunnerRig.TENANT, rig.again(session), stopped.turn()).isPresent());
    assertEquals(TurnStatus.CANCELLED, RunnerRig.ended(stopped).status());
    gate.release(100);
    rig.result(session, RunnerRig.request("three", null));
    TurnEvent.Planned planned =
        assertInstanceOf(
            TurnEvent.Planned.class,
            rig.log(session.id()).get(rig.log(session.id()).size() - 2).event());
    long third = rig.log(session.id()).get(rig.log(session.id()).size() - 3).number();
    assertEquals(List.of(first.opened(), third), planned.turnsKept());
  }

  @Test
  void theOldestTurnsAreLeftOutWhenTheWindowIsFull() throws InterruptedException {
    rig.model = new ScriptedModel(60, "fingerprint-a");
    rig.restart();
    Session session = rig.session();
    for (int i = 0; i < 8; i++) {
      assertEquals(
          TurnStatus.DONE,
          rig.result(session, RunnerRig.request("word ".repeat(6), null)).status());
    }
    TurnEvent.Planned last = null;
    for (var event : rig.log(session.id())) {
      if (event.event() instanceof TurnEvent.Planned planned) {
        last = planned;
        assertTrue(planned.promptTokens() <= 60 - 12, planned::toString);
      }
    }
    assertTrue(last != null && last.turnsDropped() > 0 && last.turnsKept().size() > 1);
    assertEquals(8, last.turnsDropped() + last.turnsKept().size());
  }

  @Test
  void anInputLargerThanTheWindowFailsAndSaysByHowMuch() throws InterruptedException {
    Session session = rig.session();
    TurnResult result = rig.result(session, RunnerRig.request("word ".repeat(400).strip(), null));
    assertEquals(TurnStatus.FAILED, result.status());
    assertEquals(FailureType.CONTEXT_TOO_LARGE, failure(result).type());
    assertTrue(failure(result).detail().contains("400"), () -> failure(result).detail());
  }

  @Test
  void aSessionsOwnBudgetBoundsThePrompt() throws InterruptedException {
    Session session = rig.session(new NewSession(null, null, "be kind", Scope.NONE, 5, null, null));
    assertEquals(TurnStatus.DONE, rig.result(session, RunnerRig.request("a b c", null)).status());
    assertEquals(
        TurnStatus.FAILED, rig.result(session, RunnerRig.request("a b c d", null)).status());
  }

  @Test
  void anotherTurnIsRefusedWhileOneRunsAndNamesIt() throws InterruptedException {
    Session session = rig.session();
    Semaphore gate = rig.model.gated();
    RunningTurn first = rig.running(session, RunnerRig.request("one", "c1"));
    assertEquals(
        new Started.Busy(first.turn()), rig.start(session, RunnerRig.request("two", "c2")));
    gate.release(100);
    assertEquals(TurnStatus.DONE, RunnerRig.ended(first).status());
    assertEquals(TurnStatus.DONE, rig.result(session, RunnerRig.request("two", "c2")).status());
  }

  @Test
  void aRepeatOfARunningTurnAttachesAndHearsItFromItsBeginning() throws InterruptedException {
    Session session = rig.session();
    Semaphore gate = rig.model.gated();
    TurnRequest request = RunnerRig.request("one", "c1");
    try (Subscription early = rig.feeds.subscribe(key(session))) {
      RunningTurn first = rig.running(session, request);
      gate.release(4);
      awaitWords(early, 3);
      Started.Running repeated =
          assertInstanceOf(Started.Running.class, rig.start(session, request));
      assertTrue(repeated.isRepeated() && repeated.wasAtWork());
      assertEquals(first.turn(), repeated.turn().turn());
      try (Subscription late = rig.feeds.subscribe(key(session))) {
        gate.release(100);
        List<TurnNews> heard = RunnerRig.hear(late);
        assertEquals(RunnerRig.ended(first).output(), RunnerRig.words(heard));
      }
    }
    assertEquals(List.of("UserSaid", "Planned", "Answered"), rig.types(session.id()));
  }

  @Test
  void aRepeatOfAnEndedTurnIsItsStoredResult() throws InterruptedException {
    Session session = rig.session();
    TurnRequest request = RunnerRig.request("one", "c1");
    TurnResult first = rig.result(session, request);
    assertEquals(new Started.Ended(first), rig.start(session, request));
    rig.restart();
    assertEquals(new Started.Ended(first), rig.start(session, request));
    assertEquals(3, rig.log(session.id()).size());
  }

  @Test
  void anInterruptedTurnRunsAgainUnderTheSameId() throws InterruptedException {
    Session session = rig.session();
    TurnRequest request = RunnerRig.request("one", "c1");
    rig.model.gated();
    TurnId turn = rig.running(session, request).turn();
    rig.model = new ScriptedModel(200, "fingerprint-b");
    rig.restart();
    recover();
    awaitEnd(session, turn);
    assertEquals(List.of("UserSaid", "Planned", "TurnFailed"), rig.types(session.id()));
    TurnResult result = rig.result(session, request);
    assertEquals(turn, result.turn());
    assertEquals(TurnStatus.DONE, result.status());
    assertEquals(
        List.of("UserSaid", "Planned", "TurnFailed", "Planned", "Answered"),
        rig.types(session.id()));
    assertEquals(new Started.Ended(result), rig.start(session, request));
  }

  @Test
  void anInterruptedTurnWaitsForTheOneThatRuns() throws InterruptedException {
    Session session = rig.session();
    rig.model.gated();
    TurnId turn = rig.running(session, RunnerRig.request("one", "c1")).turn();
    rig.restart(new ModelSlot.Missing("gone", false));
    recover();
    awaitEnd(session, turn);
    Semaphore gate = rig.model.gated();
    rig.restart();
    RunningTurn other = rig.running(session, RunnerRig.request("two", "c2"));
    RunningTurn again = rig.running(session, RunnerRig.request("one", "c1"));
    assertEquals(new TurnOutcome.Blocked(other.turn()), again.await());
    gate.release(100);
    RunnerRig.ended(other);
    assertEquals(TurnStatus.DONE, rig.result(session, RunnerRig.request("one", "c1")).status());
  }

  @Test
  void anOpenTurnContinuesAfterARestartWithTheSameWords() throws InterruptedException {
    Session calm = rig.session();
    String expected = rig.result(calm, RunnerRig.request("one", "c1")).output();
    Session session = rig.session();
    Semaphore gate = rig.model.gated();
    TurnId turn = rig.running(session, RunnerRig.request("one", "c1")).turn();
    gate.release(3);
    Thread.sleep(1500);
    rig.restart();
    gate.release(100);
    assertEquals(1, recover());
    assertEquals(0, recover());
    awaitEnd(session, turn);
    assertEquals(List.of("UserSaid", "Planned", "Answered"), rig.types(session.id()));
    Started.Ended ended =
        assertInstanceOf(Started.Ended.class, rig.start(session, RunnerRig.request("one", "c1")));
    assertEquals(expected, ended.result().output());
    // What it lay still while nobody ran it is no cost of the turn.
    assertTrue(ended.result().usage().totalMillis() < 1500, () -> ended.result().toString());
  }

  @Test
  void aStoreThatGoesAwayMidTurnIsWaitedFor() throws InterruptedException {
    Session session = rig.session();
    Semaphore gate = rig.model.gated();
    RunningTurn turn = rig.running(session, RunnerRig.request("one", "c1"));
    gate.release(2);
    rig.memory.setAway(true);
    gate.release(100);
    Thread.sleep(300);
    rig.memory.setAway(false);
    assertEquals(TurnStatus.DONE, RunnerRig.ended(turn).status());
    assertEquals(List.of("UserSaid", "Planned", "Answered"), rig.types(session.id()));
  }

  @Test
  void aStoreThatStaysAwayLeavesTheTurnOpenAndRecoveryFinishesIt() throws InterruptedException {
    rig.limits = new TurnLimits(16, 64, 12, Duration.ofSeconds(1));
    rig.restart();
    Session session = rig.session();
    Semaphore gate = rig.model.gated();
    RunningTurn turn = rig.running(session, RunnerRig.request("one", "c1"));
    Thread.sleep(100);
    rig.memory.setAway(true);
    gate.release(1000);
    assertInstanceOf(TurnOutcome.StoreAway.class, turn.await());
    rig.memory.setAway(false);
    assertEquals(1, recover());
    awaitEnd(session, turn.turn());
    assertEquals(List.of("UserSaid", "Planned", "Answered"), rig.types(session.id()));
  }

  @Test
  void theTimeLimitEndsATurnWhoseModelHangs() throws InterruptedException {
    rig.limits = new TurnLimits(16, 64, 12, Duration.ofMillis(400));
    rig.restart();
    rig.model.gated();
    TurnResult result = rig.result(rig.session(), RunnerRig.request("one", null));
    assertEquals(FailureType.LIMIT, failure(result).type());
  }

  @Test
  void aBusyEngineIsAskedAgain() throws InterruptedException {
    rig.model.busyFor(3);
    assertEquals(
        TurnStatus.DONE, rig.result(rig.session(), RunnerRig.request("one", null)).status());
  }

  @Test
  void aModelThatBreaksOrRefusesFailsTheTurn() throws InterruptedException {
    rig.model.breaks();
    TurnResult broken = rig.result(rig.session(), RunnerRig.request("one", null));
    assertEquals(FailureType.MODEL_FAILED, failure(broken).type());
    rig.model.refuses("roles must alternate");
    TurnResult refused = rig.result(rig.session(), RunnerRig.request("one", null));
    assertTrue(failure(refused).detail().contains("roles must alternate"));
  }

  @Test
  void withoutAModelNothingIsStored() {
    rig.restart(new ModelSlot.Missing("name one", false));
    Session session = rig.session();
    assertEquals(
        new Started.NoModel("name one"), rig.start(session, RunnerRig.request("one", null)));
    assertEquals(List.of(), rig.log(session.id()));
  }

  @Test
  void anAnswerLongerThanAllowedIsRefusedBeforeAnythingIsStored() {
    Session session = rig.session();
    TurnRequest most =
        new TurnRequest("a", null, RunnerRig.LIMITS.outputTokensMax(), SamplingOptions.NONE);
    TurnRequest more =
        new TurnRequest("a", null, RunnerRig.LIMITS.outputTokensMax() + 1, SamplingOptions.NONE);
    assertInstanceOf(Started.Invalid.class, rig.start(session, more));
    assertEquals(List.of(), rig.log(session.id()));
    assertInstanceOf(Started.Running.class, rig.start(session, most));
  }

  @Test
  void aCancelledTurnThatEndedBeforeTellsHowItEnded() throws InterruptedException {
    Session session = rig.session();
    TurnResult result = rig.result(session, RunnerRig.request("one", null));
    assertEquals(
        Optional.of(new Started.Ended(result)),
        rig.runner.cancel(RunnerRig.TENANT, session, result.turn()));
    assertEquals(
        Optional.empty(), rig.runner.cancel(RunnerRig.TENANT, session, new TurnId("trn_nobody")));
  }

  @Test
  void anErasedSessionEndsItsRunningTurn() throws InterruptedException {
    Session session = rig.session();
    Semaphore gate = rig.model.gated();
    RunningTurn turn = rig.running(session, RunnerRig.request("one", null));
    Thread.sleep(50);
    rig.memory.sessions().erase(RunnerRig.TENANT, session.id());
    gate.release(100);
    assertEquals(new TurnOutcome.Erased(), turn.await());
  }

  @Test
  void aSlowReaderLosesItsViewAtItsLimit() throws InterruptedException {
    SessionFeed feed = new SessionFeed(3, 3, 0);
    Subscription slow = feed.subscribe();
    TurnId turn = new TurnId("trn_1");
    feed.publish(new TurnNews.Accepted(turn, null, 1, false));
    for (int i = 0; i < 5; i++) {
      feed.publish(new TurnNews.Said(turn, "word " + i));
    }
    feed.checkInvariants();
    assertEquals(0, feed.readers());
    int heard = 0;
    while (!slow.isLost()) {
      heard += slow.poll(Duration.ZERO) == null ? 0 : 1;
    }
    assertEquals(3, heard);
  }

  private int recover() {
    int taken = 0;
    for (OpenTurn open : rig.memory.sessions().openTurns(100)) {
      taken += rig.runner.resume(open) ? 1 : 0;
    }
    return taken;
  }

  private void awaitEnd(Session session, TurnId turn) throws InterruptedException {
    for (int i = 0; i < 1000; i++) {
      var events = rig.memory.sessions().readTurn(RunnerRig.TENANT, session.id(), turn);
      if (events.getLast().event().isTerminal() && rig.runner.running() == 0) {
        return;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("no end: " + rig.types(session.id()));
  }

  private static void awaitWords(Subscription reader, int words) throws InterruptedException {
    int heard = 0;
    while (heard < words) {
      var next = reader.poll(Duration.ofSeconds(10));
      if (next != null && next.news() instanceof TurnNews.Said) {
        heard++;
      }
    }
  }

  private static TurnEvent.TurnFailed failure(TurnResult result) {
    TurnEvent.TurnFailed failed = result.failed();
    if (failed == null) {
      throw new AssertionError(result);
    }
    return failed;
  }

  private static SessionKey key(Session session) {
    return new SessionKey(RunnerRig.TENANT, session.id());
  }
}
