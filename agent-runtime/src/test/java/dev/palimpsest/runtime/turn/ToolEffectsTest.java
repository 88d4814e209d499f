package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.NewEvent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.Likelihood;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.tool.ToolServer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What tools leave behind: in memory, in later turns, in the limits of their own. */
@SuppressWarnings("NullAway.Init")
class ToolEffectsTest {
  private static final Scope ADA = Scope.ofUser("ada");
  private static final String OSLO =
      "<tool_call>\n{\"name\": \"weather\", \"arguments\": {}}\n</tool_call>";
  private static final String SEARCH =
      "<tool_call>{\"name\":\"memory_search\",\"arguments\":{\"query\":\"Mara\"}}</tool_call>";
  private static final String WRITE =
      "<tool_call>{\"name\":\"memory_write\",\"arguments\":{\"text\":\"It is so.\"}}</tool_call>";

  private final RunnerRig rig = new RunnerRig();
  private ToolServer server;

  @BeforeEach
  void serve() throws IOException {
    server = rig.serveTools();
    server.answers(200, "Rain until Friday.");
  }

  @AfterEach
  void close() {
    rig.close();
    server.close();
  }

  @Test
  void whatAToolSaidIsUntrustedInLaterTurnsToo() throws InterruptedException {
    Session session = session(null, weather(), Tool.BuiltIn.MEMORY_WRITE);
    rig.model.says(OSLO, "Wet.", "Wet it is.", WRITE, "Noted.");
    for (String input : List.of("How?", "Really?", "Remember that.")) {
      say(session, input);
    }
    for (String said : List.of("Wet.", "Wet it is.", "It is so.", "Noted.")) {
      assertEquals(Label.UNTRUSTED, label(said), said);
    }
    assertEquals(Label.USER, label("Remember that."));
    Session other = session(null, weather(), Tool.BuiltIn.MEMORY_WRITE);
    rig.model.says("Fresh words.");
    say(other, "Hello.");
    assertEquals(Label.USER, label("Fresh words."));
  }

  @Test
  void whatAMemorySaidIsTrustedNoMoreInLaterTurns() throws InterruptedException {
    MemoryId known = remembered("Mara moved to Oslo.", Label.UNTRUSTED);
    Session session = session(null);
    rig.model.says("She moved.", "She did.");
    TurnResult first = rig.result(session, RunnerRig.recalling("Where is Mara?"));
    assertEquals(known, first.evidence().hits().getFirst().memory().id());
    say(session, "Sure?");
    assertEquals(Label.UNTRUSTED, label("She moved."));
    assertEquals(Label.UNTRUSTED, label("She did."));
  }

  @Test
  void aCallOfNothingIsNotFromOutside() throws InterruptedException {
    rig.model.says(OSLO.replace("weather", "fly"), "I cannot.");
    say(session(null, weather()), "Fly!");
    assertEquals(Label.USER, label("I cannot."));
  }

  @Test
  void aTurnThatFoundWhatIsRevokedIsReadNoMore() throws InterruptedException {
    String text = "Mara moved to Oslo.";
    MemoryId known = remembered(text, Label.USER);
    Session session = session(null, Tool.BuiltIn.MEMORY_SEARCH);
    // What only repeats is not remembered, so that nothing but the log tells what it came from.
    rig.model.says(SEARCH, text, "Yes.", "No.");
    say(session, "Where is she?");
    say(session, "Sure?");
    assertTrue(isRead(text));
    Revocation.Request request =
        new Revocation.Request(new SourceName(known.value()), null, "because");
    Revocation now = rig.memory.audit().revoke(RunnerRig.TENANT, request);
    while (!now.isFinished()) {
      now = rig.memory.audit().advance(RunnerRig.TENANT, now.id(), 10);
    }
    say(session, "And now?");
    assertFalse(isRead(text));
    assertFalse(isRead("Where is she?"));
  }

  @Test
  void aSessionThatIsErasedWhileAToolWritesLeavesNothing() throws InterruptedException {
    Session session = session(null, Tool.BuiltIn.MEMORY_WRITE);
    SessionLog log = rig.memory.sessions();
    SessionLog erasing =
        (SessionLog)
            Proxy.newProxyInstance(
                SessionLog.class.getClassLoader(),
                new Class<?>[] {SessionLog.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("append")
                      && ((NewEvent) arguments[2]).event() instanceof TurnEvent.ToolAnswered) {
                    assertTrue(log.erase(RunnerRig.TENANT, session.id()).isPresent());
                  }
                  return method.invoke(log, arguments);
                });
    rig.store.become(
        new StoreLink.State.Connected(
            erasing,
            rig.memory.keys(),
            rig.memory.agents(),
            rig.memory.memories(),
            rig.memory.vectors(),
            rig.memory.spaces(),
            rig.memory.imports(),
            rig.memory.audit()));
    rig.model.says(WRITE, "Noted.");
    RunningTurn turn = rig.running(session, RunnerRig.request("Note it.", null));
    assertInstanceOf(TurnOutcome.Erased.class, turn.await());
    assertEquals(List.of(), rig.remembered(Scope.NONE));
  }

  @Test
  void anAnswerFitsTheBudgetOfTheSession() throws InterruptedException {
    server.answers(200, "word ".repeat(6000));
    Session session = session(300, weather());
    rig.model.says(OSLO, "Long.");
    say(session, "How?");
    int tokens = rig.model.tokens(rig.model.read());
    assertTrue(tokens > 50 && tokens <= 300, tokens + " tokens");
  }

  @Test
  void theCallsCountAsPartsOfTheAnswer() throws InterruptedException {
    Session session = session(null, weather());
    rig.model.says("Hm.\n" + OSLO, OSLO);
    TurnResult used = rig.result(session, request(20, -1));
    assertEquals("Hm.", used.output());
    assertEquals(1, server.bodies().size());
    TurnEvent.ToolCalled called = event(session, TurnEvent.ToolCalled.class);
    assertEquals(called.usage().outputTokens(), used.usage().outputTokens());
    Session more = session(null, weather());
    assertEquals(50, rig.result(more, request(50, -1)).usage().outputTokens());
  }

  @Test
  void aSearchThatBreaksIsTheToolsAnswer() throws InterruptedException {
    rig.recall.breaks();
    rig.model.says(SEARCH, "I do not know.");
    Session session = session(null, Tool.BuiltIn.MEMORY_SEARCH);
    assertEquals("I do not know.", say(session, "Where is Mara?").output());
    assertTrue(event(session, TurnEvent.ToolAnswered.class).isError());
    assertEquals(1, rig.unforeseen.size());
    rig.unforeseen.clear();
  }

  @Test
  void anAnswerThatCannotBeMeasuredIsNotLost() throws InterruptedException {
    server.holds();
    rig.model.says(OSLO);
    Session session = session(null, weather());
    RunningTurn turn = rig.running(session, RunnerRig.request("How?", null));
    server.awaitCall();
    rig.model.refuses("no tools today");
    server.releases();
    TurnEvent.TurnFailed failed = Objects.requireNonNull(RunnerRig.ended(turn).failed());
    assertEquals(FailureType.MODEL_FAILED, failed.type());
    TurnEvent.ToolAnswered answered = event(session, TurnEvent.ToolAnswered.class);
    assertEquals("Rain until Friday.", answered.text());
    assertEquals(0, answered.head() + answered.tail());
    assertEquals(1, rig.unforeseen.size());
    rig.unforeseen.clear();
  }

  /** What the tool was asked once is not asked again, and the answer stands behind both events. */
  @Test
  void aWindowThatChangesWhileATurnIsOpenDisturbsItNot() throws InterruptedException {
    Session session = session(null, weather());
    rig.model.says(OSLO, "Wet.");
    server.holds();
    RunningTurn turn = rig.running(session, RunnerRig.request("How?", null));
    server.awaitCall();
    SessionLog log = rig.memory.sessions();
    long last = rig.again(session).lastEvent();
    WindowChange change =
        new WindowChange.Expanded(
            new CompactionId("cmp_1"), new WindowChange.Saved(0, 32, 64, 10, 20));
    assertInstanceOf(
        Appended.Written.class, log.note(RunnerRig.TENANT, session.id(), last + 1, change));
    server.releases();
    assertEquals("Wet.", RunnerRig.ended(turn).output());
    assertEquals(1, server.keys().size());
    List<String> kinds =
        log.read(RunnerRig.TENANT, session.id(), 0, 100).stream()
            .map(one -> one.event().getClass().getSimpleName())
            .toList();
    assertEquals(
        List.of("UserSaid", "Planned", "ToolCalled", "Expanded", "ToolAnswered", "Answered"),
        kinds.stream().filter(kind -> !kind.equals("Recalled")).toList());
    List<TurnNews> past =
        TurnPast.read(rig.store, new SessionKey(RunnerRig.TENANT, session.id()), 0, kinds.size());
    assertEquals(new TurnNews.ContextChanged(false, 32, 64, last + 1), past.get(1));
    assertInstanceOf(TurnNews.Ended.class, past.get(2));
  }

  @Test
  void theWindowIsShownWithTheTools() {
    Session session = session(null, weather());
    SessionWindows windows =
        new SessionWindows(
            rig.store,
            ModelSlot.of(rig.model),
            rig.feeds,
            rig.limits,
            rig.node(InstantSource.system()));
    rig.model.says();
    List<WindowSegment> segments = windows.look(RunnerRig.TENANT, session, rig.model).segments();
    assertEquals(WindowSegment.Kind.SYSTEM, segments.getFirst().kind());
    assertEquals(2, segments.getFirst().tokens());
  }

  @Test
  void theTokensOfTheWordsAreToldAndThoseOfCallsAreNot() throws InterruptedException {
    rig.model.says("I will look.\n" + OSLO, "It rains.");
    RunningTurn turn = rig.running(session(null, weather()), request(64, 0));
    assertEquals("I will look.\n\nIt rains.", RunnerRig.ended(turn).output());
    String told =
        turn.likelihoods(0).orElseThrow().stream()
            .map(Likelihood::text)
            .collect(Collectors.joining());
    assertTrue(told.startsWith("I will look.") && told.endsWith("It rains."), told);
    assertFalse(told.contains("weather"), told);
  }

  private static TurnRequest request(int outputTokensMax, int told) {
    SamplingOptions sampling = new SamplingOptions(null, null, null, null, 42L);
    return new TurnRequest(
        "How?",
        null,
        outputTokensMax,
        sampling,
        RecallChoice.NONE,
        null,
        List.of(),
        List.of(),
        null,
        null,
        told);
  }

  private Tool weather() {
    String url = server.url("/weather");
    return new Tool.Http("weather", "The weather.", "{\"type\":\"object\"}", url, "POST", false);
  }

  private Session session(@Nullable Integer budgetTokens, Tool... tools) {
    return rig.session(
        new NewSession(null, null, null, ADA, budgetTokens, null, null, List.of(tools), null));
  }

  private TurnResult say(Session session, String words) throws InterruptedException {
    TurnResult result = rig.result(session, RunnerRig.request(words, null));
    assertEquals(TurnStatus.DONE, result.status());
    return result;
  }

  private MemoryId remembered(String text, Label label) {
    MemoryText content = MemoryText.of(text).labelled(label);
    NewMemory memory =
        new NewMemory(ADA, MemoryKind.FACT, new Origin("notes", null, null, 0), content, null);
    return rig.memory.memories().add(RunnerRig.TENANT, List.of(memory)).getFirst().id();
  }

  private Label label(String text) {
    return rig.remembered(ADA).stream()
        .filter(one -> one.text().equals(text))
        .map(Memory::content)
        .map(MemoryText::label)
        .findFirst()
        .orElseThrow(() -> new AssertionError("not remembered: " + text));
  }

  private boolean isRead(String text) {
    return rig.model.read().messages().stream().map(Message::text).anyMatch(text::equals);
  }

  private <E extends TurnEvent> E event(Session session, Class<E> type) {
    return rig.log(session.id()).stream()
        .map(logged -> logged.event())
        .filter(type::isInstance)
        .map(type::cast)
        .toList()
        .getLast();
  }
}
