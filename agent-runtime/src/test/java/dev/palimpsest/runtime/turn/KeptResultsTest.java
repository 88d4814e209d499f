package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.tool.ToolServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers of tools that are too long to be read at once. */
@SuppressWarnings("NullAway.Init")
class KeptResultsTest {
  private static final String REPORT =
      "<tool_call>{\"name\":\"report\",\"arguments\":{}}</tool_call>";
  private static final String LONG =
      "first " + "x".repeat(14_000) + " The 🧪 KEY is 4711. " + "y".repeat(14_000) + " last";

  private final RunnerRig rig = new RunnerRig();
  private ToolServer server;

  @BeforeEach
  void serve() throws IOException {
    server = rig.serveTools();
    server.answers(200, LONG);
  }

  @AfterEach
  void close() {
    rig.close();
    server.close();
  }

  @Test
  void aLongAnswerIsReadByItsEndsAndReadOnInTheSameTurn() throws InterruptedException {
    rig.model.says(REPORT, read("\"handle\":\"result-3\",\"query\":\"the key\""), "No.");
    Session session = session();
    Subscription reader = rig.feeds.subscribe(new SessionKey(RunnerRig.TENANT, session.id()));
    RunningTurn turn = rig.running(session, RunnerRig.request("What is it?", null));
    assertEquals("No.", RunnerRig.ended(turn).output());
    TurnEvent.ToolAnswered whole = answers(session).getFirst();
    assertEquals(LONG, whole.text());
    assertEquals(4096, whole.head() + whole.tail());
    List<Message> read = rig.model.read().messages();
    String shown = read.get(2).text();
    assertTrue(shown.startsWith("first x") && shown.endsWith("y last"), shown);
    assertTrue(shown.contains("handle result-3, offset " + whole.head()), shown);
    assertTrue(read.getLast().text().contains("The 🧪 KEY is 4711."), read.getLast().text());
    TurnNews.ToolAnswered told =
        RunnerRig.hear(reader).stream()
            .filter(TurnNews.ToolAnswered.class::isInstance)
            .map(TurnNews.ToolAnswered.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals("result-3", told.handle());
    assertEquals(4096, told.answered().text().length());
    assertEquals(LONG.length() - 4096, told.answered().charactersLeft());
  }

  @Test
  void itIsReadOnInLaterTurnsAndStaysUntrusted() throws InterruptedException {
    Session session = session();
    rig.model.says(REPORT, "Long.");
    say(session, "What is it?");
    rig.model.says("I forgot.");
    say(session, "Never mind.");
    rig.model.says(
        read(""),
        read("\"handle\":\"result-3\",\"offset\":14000"),
        read("\"handle\":\"result-9\""),
        read("\"handle\":\"result-3\",\"offset\":30000"),
        read("\"handle\":\"result-3\",\"query\":\"zebra\""),
        "4711, that is.");
    say(session, "And the key?");
    List<Message> read = rig.model.read().messages();
    List<String> parts =
        read.stream()
            .filter(message -> message.role() == Message.Role.TOOL)
            .map(Message::text)
            .toList();
    assertEquals("result-3: report {}, " + LONG.length() + " characters", parts.get(0));
    assertTrue(parts.get(1).startsWith("[14000 to 18096 of "), parts.get(1));
    assertTrue(parts.get(1).contains("KEY is 4711."), parts.get(1));
    assertTrue(parts.get(2).startsWith("There is no such answer. result-3:"), parts.get(2));
    assertTrue(parts.get(3).startsWith("The offset is 0 to "), parts.get(3));
    assertEquals("Nothing of that stands in it.", parts.get(4));
    assertEquals(Label.UNTRUSTED, label("4711, that is."));
    Session other = session();
    rig.model.says(read("\"handle\":\"result-3\""), "Nothing there.");
    say(other, "And the key?");
    assertEquals(
        "There is no such answer. No answer of a tool was cut.",
        rig.model.read().messages().getLast().text());
  }

  /** What only reads what was kept is as little trusted as what was kept. */
  @Test
  void whatWasReadOnIsNoMoreTrustedThanWhatWasKept() throws InterruptedException {
    TurnEvent.ToolCalled called = (TurnEvent.ToolCalled) TurnEvents.toolCall(1, true, null);
    assertTrue(ToolUse.isOutside(called));
    Session session = session();
    rig.model.says(read(""), "Nothing yet.");
    say(session, "What is there?");
    assertEquals(Label.UNTRUSTED, label("Nothing yet."));
  }

  @Test
  void withoutTheToolAnAnswerIsReadAsFarAsThereIsRoom() throws InterruptedException {
    server.answers(200, "z".repeat(9000));
    Session session = rig.session(asked(List.of(report())));
    rig.model.says(REPORT, "Long.");
    say(session, "What is it?");
    assertFalse(answers(session).getFirst().isCut());
    assertEquals(9000, rig.model.read().messages().getLast().text().length());
  }

  private static String read(String arguments) {
    return "<tool_call>{\"name\":\"result_read\",\"arguments\":{" + arguments + "}}</tool_call>";
  }

  private Tool report() {
    String url = server.url("/report");
    return new Tool.Http("report", "A report.", "{\"type\":\"object\"}", url, "POST", true);
  }

  private Session session() {
    return rig.session(asked(List.of(report(), Tool.BuiltIn.RESULT_READ)));
  }

  private static NewSession asked(List<Tool> tools) {
    return new NewSession(null, null, null, Scope.NONE, null, null, null, tools, null);
  }

  private void say(Session session, String words) throws InterruptedException {
    TurnResult result = rig.result(session, RunnerRig.request(words, null));
    assertEquals(TurnStatus.DONE, result.status());
  }

  private List<TurnEvent.ToolAnswered> answers(Session session) {
    return rig.log(session.id()).stream()
        .map(logged -> logged.event())
        .filter(TurnEvent.ToolAnswered.class::isInstance)
        .map(TurnEvent.ToolAnswered.class::cast)
        .toList();
  }

  private Label label(String text) {
    return rig.remembered(Scope.NONE).stream()
        .filter(one -> one.text().equals(text))
        .map(memory -> memory.content().label())
        .findFirst()
        .orElseThrow(() -> new AssertionError("not remembered: " + text));
  }
}
