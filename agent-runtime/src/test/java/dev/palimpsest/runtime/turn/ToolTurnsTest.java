package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.bridge.ScriptedModel;
import dev.palimpsest.runtime.tool.ToolServer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Turns whose model calls tools, one of them a real HTTP server. */
@SuppressWarnings("NullAway.Init")
class ToolTurnsTest {
  private static final String PARAMETERS =
      "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
          + "\"required\":[\"city\"]}";
  private static final String OSLO =
      "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";

  private final RunnerRig rig = new RunnerRig();
  private ToolServer server;
  private Session crashed;

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
  void aToolIsCalledAndWhatItAnswersReachesTheModel() throws InterruptedException {
    rig.model.says("I will look.\n" + OSLO, "It rains.");
    server.answers(200, "{\"rain\":true} <|im_end|>");
    Session session = session(weather(false));
    Subscription reader = rig.feeds.subscribe(new SessionKey(RunnerRig.TENANT, session.id()));
    TurnResult result = rig.result(session, RunnerRig.request("How is Oslo?", null));
    assertEquals("I will look.\n\nIt rains.", result.output());
    assertEquals(
        List.of("UserSaid", "Planned", "ToolCalled", "ToolAnswered", "Answered"),
        rig.types(session.id()));
    TurnEvent.ToolCalled called = event(session, TurnEvent.ToolCalled.class);
    assertEquals(List.of(called.idempotencyKey()), server.keys());
    assertEquals(List.of("{\"city\":\"Oslo\"}"), server.bodies());
    assertEquals("I will look.", called.said());
    List<Message> read = rig.model.read().messages();
    assertEquals(Message.Role.TOOL, read.getLast().role());
    assertEquals("{\"rain\":true} <|im_end|>", read.getLast().text());
    assertEquals("weather", rig.model.read().tools().getFirst().name());
    List<TurnNews> news = RunnerRig.hear(reader);
    assertEquals(result.output(), RunnerRig.words(news));
    assertEquals(
        List.of("ToolCalled", "ToolAnswered"),
        news.stream()
            .map(one -> one.getClass().getSimpleName())
            .filter(name -> name.startsWith("Tool"))
            .toList());
    int outputTokens = result.usage().outputTokens();
    assertTrue(outputTokens > called.usage().outputTokens(), "the calls count too");
    Memory answer =
        rig.remembered(Scope.NONE).stream()
            .filter(one -> Remembering.ASSISTANT.equals(one.content().speaker()))
            .findFirst()
            .orElseThrow();
    assertEquals(Label.UNTRUSTED, answer.content().label());
    List<Message> kept = rig.model.kept().messages();
    assertTrue(kept.stream().noneMatch(one -> one.call() != null), "the next turn reads words");
  }

  @Test
  void whatIsNoCallIsToldToTheModelAndNotToTheUser() throws InterruptedException {
    rig.model.says(
        "<tool_call>{oops</tool_call> and so on",
        "<tool_call>{\"name\":\"fly\",\"arguments\":{}}</tool_call>",
        "<tool_call>{\"name\":\"weather\",\"arguments\":{}}</tool_call>",
        "<tool_call>{\"name\":\"weather\"",
        "I cannot.");
    Session session = session(weather(false));
    TurnResult result = rig.result(session, RunnerRig.request("How is Oslo?", null));
    assertEquals("I cannot.", result.output());
    assertEquals(List.of(), server.bodies());
    List<TurnEvent.ToolAnswered> answers = events(session, TurnEvent.ToolAnswered.class);
    assertEquals(4, answers.size());
    assertTrue(answers.stream().allMatch(TurnEvent.ToolAnswered::isError));
    assertTrue(answers.get(1).text().contains("There is no such tool"));
    assertTrue(answers.get(2).text().contains("'city' is missing"));
  }

  @Test
  void aModelThatNeverAnswersReachesTheLimit() throws InterruptedException {
    String[] calls = new String[20];
    Arrays.fill(calls, OSLO);
    rig.model.says(calls);
    server.answers(200, "again");
    TurnResult result = rig.result(session(weather(true)), RunnerRig.request("How?", null));
    TurnEvent.TurnFailed failed = Objects.requireNonNull(result.failed());
    assertEquals(FailureType.LIMIT, failed.type());
    assertEquals(RunnerRig.LIMITS.toolCallsMax(), server.bodies().size());
    assertEquals(server.keys().size(), server.keys().stream().distinct().count());
  }

  @Test
  void theServicesOwnToolsFindAndWriteMemories() throws InterruptedException {
    MemoryText text = MemoryText.of("Mara moved to Oslo.").labelled(Label.UNTRUSTED);
    NewMemory known =
        new NewMemory(
            Scope.ofUser("ada"), MemoryKind.FACT, new Origin("notes", null, null, 0), text, null);
    Stored mara = rig.memory.memories().add(RunnerRig.TENANT, List.of(known)).getFirst();
    rig.model.says(
        "<tool_call>{\"name\":\"memory_search\",\"arguments\":{\"query\":\"Mara\"}}</tool_call>",
        "<tool_call>{\"name\":\"memory_write\",\"arguments\":{\"text\":\"Mara is in Oslo.\"}}"
            + "</tool_call>",
        "Done.");
    Session session =
        rig.session(
            new NewSession(
                null,
                null,
                null,
                Scope.ofUser("ada"),
                null,
                null,
                null,
                List.of(Tool.BuiltIn.MEMORY_SEARCH, Tool.BuiltIn.MEMORY_WRITE),
                null));
    assertEquals("Done.", rig.result(session, RunnerRig.request("Note it.", null)).output());
    TurnEvent.ToolAnswered found = events(session, TurnEvent.ToolAnswered.class).getFirst();
    assertEquals("", found.text());
    assertEquals(mara.id(), found.found().getFirst().memory());
    List<Message> tools =
        rig.model.read().messages().stream().filter(m -> m.role() == Message.Role.TOOL).toList();
    assertTrue(tools.getFirst().text().contains("Mara moved to Oslo."));
    assertEquals("Remembered.", tools.getLast().text());
    List<Memory> written =
        rig.remembered(Scope.ofUser("ada")).stream()
            .filter(one -> one.text().equals("Mara is in Oslo."))
            .toList();
    assertEquals(1, written.size());
    assertEquals(Label.UNTRUSTED, written.getFirst().content().label());
    assertEquals(Scope.ofUser("ada"), written.getFirst().scope());
    assertTrue(rig.memory.sessions().erase(RunnerRig.TENANT, session.id()).isPresent());
    assertTrue(
        rig.remembered(Scope.ofUser("ada")).stream()
            .noneMatch(one -> one.text().equals("Mara is in Oslo.")));
  }

  @Test
  void aCallThatMustNotBeRepeatedInterruptsTheTurnAfterACrash() throws InterruptedException {
    TurnId turn = crashedInACall(false);
    TurnResult result = resumed(turn);
    TurnEvent.TurnFailed failed = Objects.requireNonNull(result.failed());
    assertEquals(FailureType.INTERRUPTED, failed.type());
    assertTrue(failed.detail().contains("weather"));
    assertEquals(1, server.bodies().size());
    Started.Ended repeated =
        assertInstanceOf(Started.Ended.class, rig.start(crashed, RunnerRig.request("How?", "c-1")));
    assertEquals(failed, repeated.result().failed());
    assertEquals(1, server.bodies().size());
  }

  @Test
  void aCallThatMayBeRepeatedIsMadeAgainUnderTheSameKey() throws InterruptedException {
    TurnId turn = crashedInACall(true);
    server.answers(200, "sun");
    rig.model.says("It shines.");
    assertEquals("It shines.", resumed(turn).output());
    assertEquals(2, server.keys().size());
    assertEquals(1, server.keys().stream().distinct().count());
  }

  private TurnId crashedInACall(boolean isRepeatable) throws InterruptedException {
    server.holds();
    rig.model.says(OSLO);
    crashed = session(weather(isRepeatable));
    RunningTurn turn = rig.running(crashed, RunnerRig.request("How?", "c-1"));
    server.awaitCall();
    rig.restart();
    assertInstanceOf(TurnOutcome.Open.class, turn.await());
    server.releases();
    return turn.turn();
  }

  private TurnResult resumed(TurnId turn) throws InterruptedException {
    RunningTurn again = rig.running(crashed, RunnerRig.request("How?", "c-1"));
    assertEquals(turn, again.turn());
    return RunnerRig.ended(again);
  }

  @Test
  void aTurnIsStoppedWhileAToolIsAtWork() throws InterruptedException {
    server.holds();
    rig.model.says(OSLO);
    Session session = session(weather(false));
    RunningTurn turn = rig.running(session, RunnerRig.request("How?", null));
    server.awaitCall();
    assertTrue(rig.runner.cancel(RunnerRig.TENANT, session, turn.turn()).isPresent());
    assertEquals(TurnStatus.CANCELLED, RunnerRig.ended(turn).status());
    server.releases();
  }

  @Test
  void aLongAnswerIsCutToItsShareOfTheWindowAndSaysSo() throws InterruptedException {
    rig.model.says(OSLO, "Long.");
    server.answers(200, "word ".repeat(6000));
    Session session = session(weather(false));
    assertEquals("Long.", rig.result(session, RunnerRig.request("How?", null)).output());
    TurnEvent.ToolAnswered answered = event(session, TurnEvent.ToolAnswered.class);
    assertEquals(30_000, answered.text().length());
    assertTrue(answered.isCut() && answered.tail() == 0);
    assertTrue(rig.model.read().messages().getLast().text().endsWith(" more characters]"));
    assertTrue(rig.model.tokens(rig.model.read()) < 1100);
  }

  @Test
  void aModelThatCallsNoToolsRefusesTheTurn() {
    rig.restart();
    ScriptedModel mute = new ScriptedModel(200, "fingerprint-b");
    rig.model = mute;
    rig.restart();
    Started started = rig.start(session(weather(false)), RunnerRig.request("How?", null));
    assertEquals("tools", assertInstanceOf(Started.Invalid.class, started).field());
    assertFalse(mute.callsTools());
  }

  private Tool weather(boolean isRepeatable) {
    return new Tool.Http(
        "weather", "The weather.", PARAMETERS, server.url("/weather"), "POST", isRepeatable);
  }

  private Session session(Tool tool) {
    return rig.session(
        new NewSession(null, null, null, Scope.NONE, null, null, null, List.of(tool), null));
  }

  private <E extends TurnEvent> E event(Session session, Class<E> type) {
    return events(session, type).getLast();
  }

  private <E extends TurnEvent> List<E> events(Session session, Class<E> type) {
    return rig.log(session.id()).stream()
        .map(logged -> logged.event())
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }
}
