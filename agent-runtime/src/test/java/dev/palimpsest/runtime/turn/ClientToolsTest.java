package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.Edit;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionPatch;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.ToolPin;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.tool.ToolServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tools that the client performs: the turn waits for it, on nobody's thread. */
@SuppressWarnings("NullAway.Init")
class ClientToolsTest {
  private static final String ASK =
      "<tool_call>\n{\"name\": \"ask\", \"arguments\": {\"who\": \"Mara\"}}\n</tool_call>";
  private static final String SEARCH =
      "<tool_call>{\"name\":\"memory_search\",\"arguments\":{\"query\":\"Mara\"}}</tool_call>";

  private static final NodeId OTHER = new NodeId("another");
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final RunnerRig rig = new RunnerRig();
  private ToolServer server;

  @BeforeEach
  void serve() throws IOException {
    server = rig.serveTools();
  }

  @AfterEach
  void close() {
    rig.close();
    server.close();
  }

  @Test
  void aTurnWaitsForItsClientAndGoesOnWithWhatItSays() throws InterruptedException {
    rig.model.says("I will ask.\n" + ASK, "She says yes.");
    Session session = session(600);
    Subscription reader = rig.feeds.subscribe(key(session));
    RunningTurn turn = rig.running(session, RunnerRig.request("Is it so?", null));
    WaitingTurn waiting = waiting(turn);
    TurnEvent.ToolCalled called = waiting.calls().getFirst();
    assertEquals("{\"who\":\"Mara\"}", called.arguments());
    assertEquals("I will ask.", waiting.output());
    assertEquals(0, rig.runner.running());
    assertTrue(rig.memory.sessions().lease(RunnerRig.TENANT, session.id(), OTHER, SECOND));
    rig.memory.sessions().release(RunnerRig.TENANT, session.id(), OTHER);
    assertEquals(List.of("UserSaid", "Planned", "ToolCalled"), rig.types(session.id()));
    List<Message> before = rig.model.read().messages();
    Taken.Committed taken = committed(session, turn.turn(), called.call(), "yes");
    assertEquals("I will ask.", taken.said());
    TurnResult result = ended(taken);
    assertEquals("I will ask.\n\nShe says yes.", result.output());
    List<Message> read = rig.model.read().messages();
    assertEquals(before, read.subList(0, before.size()));
    assertEquals("yes", read.getLast().text());
    List<TurnNews> news = RunnerRig.hear(reader);
    assertEquals(result.output(), RunnerRig.words(news));
    assertEquals(1, news.stream().filter(TurnNews.Accepted.class::isInstance).count());
    Memory answer =
        rig.remembered(Scope.NONE).stream()
            .filter(one -> Remembering.ASSISTANT.equals(one.content().speaker()))
            .findFirst()
            .orElseThrow();
    assertEquals(Label.UNTRUSTED, answer.content().label());
  }

  @Test
  void itWaitsThroughRestartsAndIsToldAgainWhatItWaitsFor() throws InterruptedException {
    rig.model.says("Hm.\n" + ASK, "Good.");
    Session session = session(600);
    TurnId turn = waiting(rig.running(session, RunnerRig.request("Is it so?", "c-1"))).turn();
    for (int i = 0; i < 2; i++) {
      rig.restart();
      assertTrue(resume());
      awaitNobodyAtWork();
      assertFalse(resume(), "it is known to wait");
    }
    Subscription reader = rig.feeds.subscribe(key(session));
    assertEquals(turn, reader.running());
    RunningTurn repeated = rig.running(session, RunnerRig.request("Is it so?", "c-1"));
    assertEquals(turn, waiting(repeated).turn());
    assertEquals(3, rig.log(session.id()).size());
    TurnResult result = ended(committed(session, turn, "call-1", "yes"));
    assertEquals("Hm.\n\nGood.", result.output());
    assertEquals(result.output(), RunnerRig.words(RunnerRig.hear(reader)));
  }

  @Test
  void anAnswerIsNotLostWhenTheProcessDiesBehindIt() throws InterruptedException {
    rig.model.says(ASK, "Good.");
    Session session = session(600);
    TurnId turn = waiting(rig.running(session, RunnerRig.request("Is it so?", "c-1"))).turn();
    rig.restart();
    assertTrue(rig.memory.sessions().lease(RunnerRig.TENANT, session.id(), OTHER, SECOND));
    TurnEvent answer = new TurnEvent.ToolAnswered("call-1", false, "yes", 0, List.of(), 1);
    assertInstanceOf(
        Appended.Written.class,
        rig.memory.sessions().append(RunnerRig.TENANT, session.id(), turn, 4, answer, OTHER));
    rig.memory.sessions().release(RunnerRig.TENANT, session.id(), OTHER);
    assertEquals("Good.", ended(committed(session, turn, "call-1", "yes")).output());
    assertEquals("yes", rig.model.read().messages().getLast().text());
    assertEquals("Good.", ended(committed(session, turn, "call-1", "yes")).output());
    assertEquals(5, rig.log(session.id()).size());
  }

  @Test
  void whatAnswersNothingChangesNothing() throws InterruptedException {
    rig.model.says(SEARCH, ASK, "Good.");
    Session session = session(600);
    TurnId turn = waiting(rig.running(session, RunnerRig.request("Is it so?", null))).turn();
    int events = rig.log(session.id()).size();
    assertInstanceOf(Taken.NoTurn.class, answer(session, new TurnId("trn_none"), "call-2", "a"));
    assertInstanceOf(Taken.NoTurn.class, answer(session(600), turn, "call-2", "a"));
    assertInstanceOf(Taken.NoCall.class, answer(session, turn, "call-3", "a"));
    assertInstanceOf(Taken.NotAsked.class, answer(session, turn, "call-1", "a"));
    String tooLong = "x".repeat(TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX + 1);
    assertThrows(IllegalArgumentException.class, () -> answer(session, turn, "call-2", tooLong));
    assertEquals(events, rig.log(session.id()).size());
    assertEquals("Good.", ended(committed(session, turn, "call-2", "yes")).output());
    assertInstanceOf(Taken.Otherwise.class, answer(session, turn, "call-2", "no"));
    assertEquals("Good.", ended(committed(session, turn, "call-2", "yes")).output());
    assertEquals(events + 2, rig.log(session.id()).size());
  }

  @Test
  void ofSeveralAnswersAtOnceOneIsTaken() throws InterruptedException, ExecutionException {
    rig.model.says(ASK, "Good.");
    Session session = session(600);
    TurnId turn = waiting(rig.running(session, RunnerRig.request("Is it so?", null))).turn();
    List<FutureTask<Taken>> answers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String text = "answer " + i;
      FutureTask<Taken> task = new FutureTask<>(() -> answer(session, turn, "call-1", text));
      answers.add(task);
      assertTrue(Thread.startVirtualThread(task).isVirtual());
    }
    List<Taken> taken = new ArrayList<>();
    for (FutureTask<Taken> answer : answers) {
      taken.add(answer.get());
    }
    List<Taken> won = taken.stream().filter(Taken.Committed.class::isInstance).toList();
    assertEquals(1, won.size(), taken::toString);
    assertEquals(7, taken.stream().filter(Taken.Otherwise.class::isInstance).count());
    assertEquals("Good.", ended((Taken.Committed) won.getFirst()).output());
    assertEquals(
        List.of("UserSaid", "Planned", "ToolCalled", "ToolAnswered", "Answered"),
        rig.types(session.id()));
  }

  @Test
  void aTurnThatWaitsIsStoppedAndTakesNoAnswerThen() throws InterruptedException {
    rig.model.says(ASK);
    Session session = session(600);
    RunningTurn turn = rig.running(session, RunnerRig.request("Is it so?", null));
    assertEquals(1, waiting(turn).calls().size());
    Started stopped =
        rig.runner.cancel(RunnerRig.TENANT, rig.again(session), turn.turn()).orElseThrow();
    TurnResult result = RunnerRig.ended(assertInstanceOf(Started.Running.class, stopped).turn());
    assertEquals(TurnStatus.CANCELLED, result.status());
    Taken.Over over =
        assertInstanceOf(Taken.Over.class, answer(session, turn.turn(), "call-1", "yes"));
    assertEquals(TurnStatus.CANCELLED, over.result().status());
    rig.model.says("Next.");
    assertEquals("Next.", rig.result(session, RunnerRig.request("And?", null)).output());
  }

  @Test
  void whoWatchesIsToldThatTheSessionOfAWaitingTurnWasErased() throws InterruptedException {
    rig.model.says(ASK);
    Session session = session(600);
    TurnId turn = waiting(rig.running(session, RunnerRig.request("Is it so?", null))).turn();
    Subscription reader = rig.feeds.subscribe(key(session));
    rig.runner.review(Set.of(turn));
    rig.runner.review(Set.of());
    assertEquals(turn, rig.feeds.subscribe(key(session)).running());
    assertTrue(rig.memory.sessions().erase(RunnerRig.TENANT, session.id()).isPresent());
    rig.runner.review(Set.of());
    TurnNews last = RunnerRig.hear(reader).getLast();
    assertInstanceOf(
        TurnOutcome.Erased.class, assertInstanceOf(TurnNews.LeftOpen.class, last).outcome());
    assertInstanceOf(
        Taken.NoTurn.class,
        rig.runner.answer(RunnerRig.TENANT, session, new CallAnswer(turn, "call-1", "a", false)));
  }

  /** The declaration that a turn was planned with holds for that turn alone. */
  @Test
  void aTurnDoesNotGoOnWithAToolThatIsDeclaredOtherwise() throws InterruptedException {
    Session session = session(600);
    rig.model.says(ASK);
    TurnId turn = waiting(rig.running(session, RunnerRig.request("Is it so?", null))).turn();
    TurnEvent.Planned planned =
        assertInstanceOf(TurnEvent.Planned.class, rig.log(session.id()).get(1).event());
    assertEquals(ToolPin.of(session.tools()), planned.tools());
    List<Tool> tools = List.of(ask("Asks anybody.", 600), Tool.BuiltIn.MEMORY_SEARCH);
    SessionPatch patch =
        new SessionPatch(
            new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Put<>(tools));
    assertTrue(rig.memory.sessions().update(RunnerRig.TENANT, session.id(), patch).isPresent());
    TurnResult result = ended(committed(session, turn, "call-1", "yes"));
    assertEquals(FailureType.INTERRUPTED, Objects.requireNonNull(result.failed()).type());
    rig.model.says("Good.");
    assertEquals("Good.", rig.result(session, RunnerRig.request("And now?", null)).output());
    assertEquals("Asks anybody.", rig.model.read().tools().getFirst().description());
  }

  @Test
  void aClientThatTakesTooLongEndsTheTurn() throws InterruptedException {
    rig.model.says(ASK);
    Session session = session(1);
    WaitingTurn waiting = waiting(rig.running(session, RunnerRig.request("Is it so?", "c-1")));
    while (!rig.node().clock().instant().isAfter(waiting.until())) {
      Thread.sleep(20);
    }
    assertTrue(resume());
    awaitNobodyAtWork();
    Taken.Over over =
        assertInstanceOf(Taken.Over.class, answer(session, waiting.turn(), "call-1", "yes"));
    TurnEvent.TurnFailed failed = Objects.requireNonNull(over.result().failed());
    assertEquals(FailureType.LIMIT, failed.type());
    assertTrue(failed.detail().contains("'ask'"), failed.detail());
  }

  private static Tool ask(String description, int waitSeconds) {
    String parameters = "{\"type\":\"object\",\"required\":[\"who\"]}";
    return new Tool.Client("ask", description, parameters, false, waitSeconds);
  }

  private Session session(int waitSeconds) {
    Tool ask = ask("Asks somebody.", waitSeconds);
    return rig.session(
        new NewSession(
            null,
            null,
            null,
            Scope.NONE,
            null,
            null,
            null,
            List.of(ask, Tool.BuiltIn.MEMORY_SEARCH),
            null));
  }

  private static SessionKey key(Session session) {
    return new SessionKey(RunnerRig.TENANT, session.id());
  }

  private static WaitingTurn waiting(RunningTurn turn) throws InterruptedException {
    return assertInstanceOf(TurnOutcome.Waiting.class, turn.await()).turn();
  }

  private boolean resume() {
    boolean isAny = false;
    for (OpenTurn open : rig.memory.sessions().openTurns(10)) {
      isAny |= rig.runner.resume(open);
    }
    return isAny;
  }

  private void awaitNobodyAtWork() throws InterruptedException {
    while (rig.runner.running() > 0) {
      Thread.sleep(5);
    }
  }

  private Taken answer(Session session, TurnId turn, String call, String text) {
    CallAnswer answer = new CallAnswer(turn, call, text, false);
    return rig.runner.answer(RunnerRig.TENANT, rig.again(session), answer);
  }

  private Taken.Committed committed(Session session, TurnId turn, String call, String text) {
    return assertInstanceOf(Taken.Committed.class, answer(session, turn, call, text));
  }

  private static TurnResult ended(Taken.Committed taken) throws InterruptedException {
    return switch (taken.turn()) {
      case Started.Ended(TurnResult result) -> result;
      case Started.Running(var turn, boolean isRepeated, boolean wasAtWork) ->
          RunnerRig.ended(turn);
      case Started other -> throw new AssertionError(other);
    };
  }
}
