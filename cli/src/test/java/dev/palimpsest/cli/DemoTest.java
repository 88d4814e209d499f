package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DemoTest {
  @TempDir private Path folder;

  private final ScriptedService server = new ScriptedService();
  private final Desk desk =
      new Desk().environment("PALIMPSEST_URL", server.url()).environment("COLUMNS", "96");

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void conversationIsTwoPeopleOverTwoYearsInOurFormat() throws IOException {
    List<JsonNode> turns = conversation();
    assertTrue(turns.size() >= 120, turns.size() + " turns");
    Set<String> ids = new HashSet<>();
    Set<String> speakers = new HashSet<>();
    OffsetDateTime last = OffsetDateTime.MIN;
    for (JsonNode turn : turns) {
      assertTrue(ids.add(turn.path("id").asText()), turn.toString());
      speakers.add(turn.path("speaker").asText());
      assertFalse(turn.path("text").asText().isBlank(), turn.toString());
      OffsetDateTime at = OffsetDateTime.parse(turn.path("happened_at").asText());
      assertTrue(at.isAfter(last), turn.toString());
      assertEquals(at.toLocalDate().toString(), turn.path("session").asText());
      last = at;
    }
    assertEquals(Set.of("Clara", "Tomas"), speakers);
    Duration span =
        Duration.between(OffsetDateTime.parse(turns.getFirst().path("happened_at").asText()), last);
    assertTrue(span.toDays() > 680, span + "");
  }

  /** What is asked was said in one place, or in two, or nowhere. */
  @Test
  void conversationHoldsWhatTheQuestionsAreAbout() throws IOException {
    assertEquals(List.of("2024-03-10"), said("I am learning the accordion"));
    assertEquals(List.of("2024-02-11"), said("black coffee"));
    assertEquals(List.of("2025-03-02"), said("mint tea"));
    assertEquals(List.of("2024-04-21"), said(DemoQuestion.TWO_STEP.bridge()));
    assertEquals(List.of("2025-02-09"), said("Marta works as a bookbinder"));
    assertEquals(List.of(), said(" drive "));
    assertEquals(List.of(), said(" car "));
  }

  @Test
  void demonstrationShowsAnswersWithTheirEvidenceAndTellsWrongOnes() throws IOException {
    Path control = Files.createFile(folder.resolve("control"));
    server.on("GET /q/health/ready", 200, "{'status':'UP'}");
    server.on(
        "POST /v1/memories/search",
        200,
        "{'hits':[{'memory':{'id':'mem_3','text':'In the morning I have black coffee.',"
            + "'happened_at':'2024-02-11T10:18:00Z','speaker':'Clara','source':'letters'},"
            + "'score':0.03}]}");
    server.on(
        "POST /v1/sessions/ses_1/compact",
        200,
        "{'compacted':true,'tokens_before':64,'tokens_after':16,'bytes_before':1250000,"
            + "'bytes_after':420000,'policy':'matching'}");
    server.on("GET /v1/sessions/ses_1/context", 200, "{'compaction':{'in_use':true}}");
    server.on("POST /v1/sessions/ses_1/expand", 200, "{'compacted':false,'tokens_after':64}");
    server.onSocket(new Service());
    assertEquals(1, desk.run("demo", "--control", control.toString()), desk.err());
    assertEquals("kill\n", Files.readString(control));
    assertTrue(desk.out().contains("Clara and Tomas, 14 January 2024 to 7 December 2025: 189"));
    assertTrue(desk.out().contains("189 read, 189 stored, 0 rejected"), desk.out());
    assertTrue(
        desk.out()
            .contains("   | evidence: [10 March 2024, Tomas] \"I am learning the accordion.\"\n"),
        desk.out());
    assertTrue(desk.out().contains("right, after ") && desk.out().contains(", 93 % sure\n"));
    assertTrue(desk.out().contains("   * the turn is accepted; kill -9 to the service\n"));
    assertTrue(desk.out().contains("WRONG, the answer is: bookbinder"), desk.out());
    assertTrue(desk.out().contains("| recalled beside it: [21 April 2024, Clara]"), desk.out());
    assertTrue(desk.out().contains("no memory is quoted, since none says it"), desk.out());
    assertTrue(
        desk.out().contains("What does Clara's sister do for work?        the accordion"),
        desk.out());
    assertTrue(
        desk.out().contains("* 64 tokens are kept as 16 keys a head (matching), 1250 kB of cache"),
        desk.out());
    assertTrue(desk.out().contains("* this answer was read over the compacted part\n"));
    assertTrue(desk.out().contains("* expanded: 64 tokens, exact as before\n"), desk.out());
    assertTrue(desk.out().contains("5 of 7 answers are right."), desk.out());
    assertEquals(
        List.of("{\"ratio\":4}"),
        server.requests().stream()
            .filter(request -> request.path().endsWith("/compact"))
            .map(ScriptedService.Request::body)
            .toList());
  }

  @Test
  void answersAreJudgedByTheirWords() {
    assertTrue(DemoQuestion.PLAIN.isRight("The Accordion."));
    assertFalse(DemoQuestion.PLAIN.isRight("accordions"));
    assertTrue(DemoQuestion.CHANGED.isRight("mint tea"));
    assertFalse(DemoQuestion.CHANGED.isRight("black coffee, later mint tea"));
    assertTrue(DemoQuestion.UNANSWERABLE.isRight("I have no memory of that"));
    assertFalse(DemoQuestion.UNANSWERABLE.isRight(""));
  }

  private static List<String> said(String words) throws IOException {
    return conversation().stream()
        .filter(turn -> turn.path("text").asText().concat(" ").contains(words))
        .map(turn -> turn.path("session").asText())
        .distinct()
        .toList();
  }

  private static List<JsonNode> conversation() throws IOException {
    try (InputStream file = DemoTest.class.getResourceAsStream("/demo/conversation.jsonl")) {
      assertNotNull(file);
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .map(line -> Json.parse(line).orElseThrow())
          .toList();
    }
  }

  /** Imports as the protocol says, and answers every question but the last with an instrument. */
  private static final class Service implements ScriptedService.Script {
    private final ServedImports imports = new ServedImports(1 << 20);
    private int seq;

    @Override
    public void connected(ScriptedService.Peer peer) {
      if (!peer.socket().uri().startsWith(ImportClient.PATH)) {
        peer.send("{'type':'session.ready','epoch':'e1','seq':" + seq + "}");
      }
    }

    @Override
    public void heard(ScriptedService.Peer peer, byte[] bytes) {
      imports.heard(peer, bytes);
    }

    @Override
    public void said(ScriptedService.Peer peer, JsonNode frame) {
      if (!frame.path("type").asText().equals("turn.create")) {
        imports.said(peer, frame);
        return;
      }
      assertTrue(frame.path("grounded").asBoolean());
      String client = frame.path("client_turn_id").asText();
      String of = "'turn':'trn_" + client + "','client_turn_id':'" + client + "'";
      peer.send("{'type':'turn.accepted','seq':" + ++seq + "," + of + "}");
      boolean known = !frame.path("input").asText().contains("drive");
      peer.send(
          "{'type':'turn.done','seq':"
              + ++seq
              + ","
              + of
              + ",'status':'done','usage':{},"
              + (known ? ANSWER : REFUSAL)
              + "}");
    }

    private static final String ANSWER =
        "'output':'the accordion','confidence':0.934,'recalled':[{'id':'mem_1','text':'I am learning the accordion.',"
            + "'happened_at':'2024-03-10T18:02:00Z','speaker':'Tomas','score':1},"
            + "{'id':'mem_2','text':'My sister is called Marta.',"
            + "'happened_at':'2024-04-21T20:33:00Z','speaker':'Clara','score':1}],"
            + "'citations':[{'start':0,'end':13,'memory':'mem_1','quote':'the accordion',"
            + "'happened_at':'2024-03-10T18:02:00Z','speaker':'Tomas','source':'letters'}]";

    private static final String REFUSAL =
        "'output':'I have no memory of that.','recalled':[],'citations':[]";
  }
}
