package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EvalTest {
  private static final String TALKS =
      """
      [{'sample_id': 'talk-1', 'event_summary': {'secret': 'never sent'},
        'conversation': {'session_1_date_time': '1:00 pm on 8 May, 2023', 'session_1': [
          {'speaker': 'Cy', 'dia_id': 'D1:1', 'text': 'Hey!'},
          {'speaker': 'Bo', 'dia_id': 'D1:2', 'text': 'I work at the bakery.'}],
         'session_9_date_time': '1:00 pm on 9 May, 2023'},
        'qa': [
          {'question': 'Where does Bo work?', 'category': 4, 'evidence': ['D1:02; D7:7']},
          {'question': 'Nothing?', 'category': 3, 'evidence': ['D', 'D9:9']},
          {'question': 'Who said hey and works?', 'category': 1, 'evidence': ['D:1:1', 'D1:2']}]}]
      """;

  private final ScriptedService server = new ScriptedService();
  private final Desk desk = new Desk().environment("PALIMPSEST_URL", server.url());
  private final ServedImports imports = new ServedImports(1 << 20);
  private Path file = Path.of("");

  @BeforeEach
  void write(@TempDir Path folder) throws IOException {
    file = Files.writeString(folder.resolve("talks.json"), TALKS.replace('\'', '"'));
    server.onSocket(imports);
    server.on("GET /v1/memories", 200, "{'data':[],'next':null}");
    server.on(
        "POST /v1/memories/search",
        200,
        "{'hits':[{'memory':{'id':'mem_1','metadata':{'dia_id':'D1:1'}},'score':2},"
            + "{'memory':{'id':'mem_2','metadata':{'dia_id':'D1:2'}},'score':1}]}");
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void tableHasARowForAllAndForEachCategory() {
    assertEquals(0, desk.run("eval", "locomo", file.toString()), desk.err());
    String[] lines = desk.out().lines().toArray(String[]::new);
    assertTrue(
        lines[0].matches("turns, hybrid +n +any@5 +frac@5 .*frac@20 +in 500 +in 1000 +in 2000"),
        lines[0]);
    assertTrue(lines[1].matches("all +2( +100.0){5} +75.0 +81.5( +100.0){4}"), lines[1]);
    assertTrue(lines[3].matches("category 1 +1( +100.0){11}"), lines[3]);
    assertTrue(lines[4].matches("category 4 +1( +100.0){5} +50.0 +63.1( +100.0){4}"), lines[4]);
    assertTrue(lines[5].matches("sessions +2( +100.0){11}"), lines[5]);
    assertTrue(lines[6].startsWith("search, p50 and p95 (ms): "), lines[6]);
    assertEquals(7, lines.length);
  }

  @Test
  void eachConversationHasItsOwnProjectAndAnswersAreNeverSent() {
    assertEquals(0, desk.run("eval", "locomo", file.toString(), "--keep"), desk.err());
    String sent = new String(imports.spooled(), StandardCharsets.UTF_8);
    assertTrue(sent.contains("bakery"));
    assertFalse(sent.contains("secret") || sent.contains("qa") || sent.contains("Where"), sent);
    assertTrue(imports.received().getFirst().toString().contains("{\"project\":\"eval-talk-1\"}"));
    assertEquals(
        "{\"query\":\"Where does Bo work?\",\"k\":100,\"mode\":\"hybrid\","
            + "\"scope\":{\"project\":\"eval-talk-1\"},"
            + "\"filters\":{\"source\":\"eval-talk-1\"}}",
        server.requests().getFirst().body());
    assertEquals(2, server.requests().size());
  }

  @Test
  void pooledConversationsAreSearchedTogetherAndTheirTurnsToldApart() {
    String text = "x".repeat(2_400);
    server.on(
        "POST /v1/memories/search",
        200,
        ("{'hits':[{'memory':{'id':'mem_9','source':'eval-other','text':'TEXT','metadata':"
                + "{'dia_id':'D1:2'}},'score':2},{'memory':{'id':'mem_2','source':'eval-talk-1',"
                + "'text':'TEXT','metadata':{'dia_id':'D1:2'}},'score':1}]}")
            .replace("TEXT", text));
    assertEquals(0, desk.run("eval", "locomo", "--pooled", "--json", file.toString()), desk.err());
    JsonNode json = Json.parse(desk.out()).orElseThrow();
    JsonNode first = json.path("questions").path(0);
    assertEquals("[\"eval-other D1:2\",\"D1:2\"]", first.path("ranking").toString());
    JsonNode single = json.path("category_4");
    assertEquals(50, single.path("mrr_10").asDouble(), 1e-9);
    assertEquals(0, single.path("in_500").asDouble(), "600 tokens are read first");
    assertEquals(0, single.path("in_1000").asDouble(), "1,200 tokens with it");
    assertEquals(100, single.path("in_2000").asDouble());
    String body = server.requests().getFirst().body();
    assertTrue(body.endsWith("\"scope\":{\"project\":\"eval\"}}"), body);
  }

  @Test
  void jsonHasTheRankingOfEachQuestion() {
    assertEquals(0, desk.run("eval", "locomo", "--json", "--mode=lexical", file.toString()));
    JsonNode json = Json.parse(desk.out()).orElseThrow();
    assertEquals(2, json.path("all").path("n").asInt());
    assertEquals(75, json.path("all").path("mrr_10").asDouble(), 1e-9);
    assertEquals("lexical", json.path("mode").asText());
    JsonNode first = json.path("questions").path(0);
    assertEquals("locomo_0_qa0", first.path("question_id").asText());
    assertEquals("[\"D1:1\",\"D1:2\"]", first.path("ranking").toString());
    assertEquals("locomo_0_qa2", json.path("questions").path(1).path("question_id").asText());
  }

  @Test
  void severalWaysToSearchAreSetSideBySide() {
    assertEquals(
        0, desk.run("eval", "locomo", "--mode=greedy,hybrid,mcts", file.toString()), desk.err());
    List<String> lines = desk.out().lines().toList();
    int begins =
        lines.indexOf(
            lines.stream().filter(l -> l.startsWith("frac@10")).findFirst().orElseThrow());
    assertTrue(lines.get(begins).matches("frac@10, 95 % +greedy +hybrid +mcts"));
    assertTrue(lines.get(begins + 1).matches("all( +100.0 \\[100.0, 100.0\\]){3}"));
    assertTrue(lines.getLast().matches("mcts less it( +0.0 \\[0.0, 0.0\\]){3}"), lines.getLast());
    List<String> bodies = server.requests().stream().map(r -> r.body()).toList();
    assertTrue(
        bodies
            .get(0)
            .contains(
                "\"mode\":\"mcts\",\"strategy\":\"greedy\",\"seed\":1,\"budget\":{\"rollouts\":24}"),
        bodies.get(0));
    assertFalse(bodies.get(1).contains("budget"), bodies.get(1));
    assertTrue(bodies.get(2).contains("\"mode\":\"mcts\",\"seed\":1"), bodies.get(2));
  }

  @Test
  void intervalHoldsTheMeanAndIsTheSameEachTime() {
    double[] values = {0, 0, 1, 1, 1, 0, 1, 1};
    Bootstrap sure = Bootstrap.of(values);
    assertTrue(sure.low() > 0.2 && sure.low() < 0.5, sure.toString());
    assertTrue(sure.high() > 0.8 && sure.high() <= 1, sure.toString());
    assertEquals(sure, Bootstrap.of(values));
  }

  @Test
  void chatsOfBeamAreCountedInPairsWithoutTheGeneratorsTags(@TempDir Path folder)
      throws IOException {
    Path chat = Files.createDirectory(folder.resolve("7"));
    Files.writeString(
        chat.resolve("chat.json"),
        """
        [{'batch_number': 1, 'turns': [[
          {'role': 'user', 'id': 0, 'content': 'I like figs. ->-> 3,12'},
          {'role': 'assistant', 'id': 1, 'content': 'Noted.'}],
         [{'role': 'user', 'id': 2, 'content': 'And plums. ->->  5,N/A'},
          {'role': 'assistant', 'id': 3, 'content': 'Good.'}]]}]
        """
            .replace('\'', '"'));
    Files.writeString(
        chat.resolve("probing_questions.json"),
        "{\"abstention\":[{\"question\":\"?\"}],\"fruit\":[{\"question\":\"Which fruit?\","
            + "\"source_chat_ids\":{\"first\":[[1],2],\"later\":99}}]}");
    server.on(
        "POST /v1/memories/search",
        200,
        "{'hits':[{'memory':{'id':'mem_1','metadata':{'beam_message':'3'}},'score':2},"
            + "{'memory':{'id':'mem_2','metadata':{'beam_message':'2'}},'score':1}]}");
    assertEquals(0, desk.run("eval", "beam", folder.toString(), "--keep"), desk.err());
    String sent = new String(imports.spooled(), StandardCharsets.UTF_8);
    assertTrue(sent.contains("I like figs.\"") && sent.contains("And plums.\""), sent);
    assertFalse(sent.contains("->->"), sent);
    String[] lines = desk.out().lines().toArray(String[]::new);
    assertTrue(lines[0].startsWith("pairs, hybrid"), lines[0]);
    assertTrue(lines[1].matches("all +1 +100.0 +50.0 +100.0 +50.0 +0.0 +100.0 .*"), lines[1]);
    assertTrue(lines[2].startsWith("fruit"), lines[2]);
    assertTrue(lines[3].matches("messages +1 +100.0 +50.0 .*"), lines[3]);
    assertEquals(2, desk.run("eval", "beam", chat.toString()));
  }

  @Test
  void workedExampleOfTheMetrics() {
    EvalTalk.Question question = new EvalTalk.Question("q", "?", "x", Set.of("a", "b", "c"));
    List<String> ranking = List.of("x", "a", "y", "z", "b", "p", "q", "s", "t", "u", "v", "c");
    List<Integer> fitting = List.of(1, 5, 12);
    JsonNode json = EvidenceScore.json(List.of(new EvidenceScore(question, ranking, fitting, 1)));
    assertEquals(100, json.path("any_5").asDouble());
    assertEquals(66.667, json.path("frac_5").asDouble(), 1e-3);
    assertEquals(0, json.path("all_10").asDouble());
    assertEquals(50, json.path("mrr_10").asDouble());
    assertEquals(47.76, json.path("ndcg_10").asDouble(), 5e-3);
    assertEquals(100, json.path("frac_20").asDouble());
    assertEquals(0, json.path("in_500").asDouble());
    assertEquals(66.667, json.path("in_1000").asDouble(), 1e-3);
    assertEquals(100, json.path("in_2000").asDouble());
  }

  @Test
  void whatIsNoSuchFileIsWrongUse() throws IOException {
    assertEquals(2, desk.run("eval", "locomo", file.resolveSibling("none").toString()));
    Path other = Files.writeString(file.resolveSibling("other.json"), "[{\"a\":1}]");
    assertEquals(2, desk.run("eval", "locomo", other.toString()));
    assertEquals(2, desk.run("eval", "locomo", "--mode=guess", file.toString()));
    assertEquals(2, desk.run("eval"));
    assertThrows(CliException.class, () -> LocomoTalk.read(other));
    assertEquals(List.of(), server.requests());
  }

  @Test
  void theSelfTestIsATableAndNamesWhatWasMissed() {
    server.on(
        "POST /v1/memories/self-test",
        200,
        "{'seen':2760,'asked':50,'complete':true,'scores':[{'question':'words','mode':'hybrid',"
            + "'found_at_1':0.96,'found_at_10':0.98,'mrr_at_10':0.9675}],'missed':[{'memory':'mem_7',"
            + "'question':'words','mode':'hybrid'}]}");
    assertEquals(0, desk.run("eval", "self", "--memories=50", "--seed=3", "--user=ada"));
    assertEquals(
        """
        QUESTION  MODE    FIRST  AMONG TEN  MRR@10
        words     hybrid   96.0       98.0    96.8
        50 of 2760 memories asked for, in %.
        not found: mem_7 by words, hybrid
        """,
        desk.out());
    assertEquals(
        "{\"memories\":50,\"seed\":3,\"scope\":{\"user\":\"ada\"}}",
        server.requests().getLast().body());
    assertEquals(2, desk.run("eval", "self", "--memories=0"));
  }
}
