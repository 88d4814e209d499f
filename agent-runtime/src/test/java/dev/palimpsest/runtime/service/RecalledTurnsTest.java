package dev.palimpsest.runtime.service;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What was said in one session is recalled in another, over REST and over the socket. Its database
 * is its own: everybody recalls what other tests leave without a scope. An agent's answer is
 * remembered too, and found as soon as it is embedded, so only what the user said is compared.
 */
@QuarkusTest
@WithTestResource(
    value = ServiceResource.class,
    initArgs = @ResourceArg(name = "database", value = "own"))
@ExtendWith(NeedsPostgres.class)
class RecalledTurnsTest {
  @TestHTTPResource("/")
  URI service;

  @Test
  void aFactOfOneSessionIsRecalledInAnotherOfTheSameUserAndOfNobodyElse() {
    String told = session("mara");
    String turn = say(told, "I moved to Trondheim in spring.").getString("id");
    String ada = session("mara");
    JsonPath asked = say(ada, "Where is Trondheim?");
    assertEquals(
        List.of("I moved to Trondheim in spring."),
        asked.getList("recalled.findAll { it.speaker == 'mara' }.text"));
    Map<String, Object> memory = asked.getMap("recalled[0]");
    assertEquals("session", memory.get("source"));
    assertEquals(told, memory.get("session"));
    assertEquals("mara", memory.get("speaker"));
    assertEquals("user", memory.get("label"));
    assertEquals("episode", memory.get("kind"));
    assertEquals("mara", asked.getString("recalled[0].scope.user"));
    assertTrue(asked.getDouble("recalled[0].score") > 0);
    assertTrue(asked.getLong("usage.recall_ms") >= 0);
    JsonPath events = Calls.events(ada);
    assertEquals(
        List.of("user_said", "recalled", "planned", "answered"), events.getList("events.type"));
    assertEquals(memory.get("id"), events.getString("events[1].found[0].memory"));
    assertEquals(asked.getList("recalled.id"), events.getList("events[2].memories_kept"));
    assertFalse(events.getBoolean("events[1].lagging"));
    assertEquals(turn, Calls.events(told).getString("events[0].turn"));

    JsonPath other = say(session("tom"), "Where is Trondheim?");
    assertEquals(List.of(), other.getList("recalled"));
    given().delete("/v1/sessions/" + told);
    JsonPath later = say(session("mara"), "Where was Trondheim?");
    assertFalse(later.getList("recalled.text").contains("I moved to Trondheim in spring."));
  }

  @Test
  void theSocketTellsWhatIsRecalledBeforeTheFirstWord() throws InterruptedException {
    say(session("lena"), "My boat is called Gullfaks.");
    String session = session("lena");
    try (SocketClientRig client = SocketClientRig.connect(service, session, "")) {
      client.next("session.ready");
      client.send(
          "{\"type\":\"turn.create\",\"client_turn_id\":\"c-1\",\"max_output_tokens\":4,"
              + "\"input\":\"Is Gullfaks old?\"}");
      List<JsonPath> frames = client.until("turn.done");
      List<String> types = frames.stream().map(frame -> frame.getString("type")).toList();
      assertEquals("turn.accepted", types.get(0));
      assertEquals("recall.done", types.get(1));
      assertEquals(
          List.of("My boat is called Gullfaks."),
          frames.get(1).getList("hits.memory.findAll { it.speaker == 'lena' }.text"));
      JsonPath done = frames.getLast();
      assertEquals(
          List.of("My boat is called Gullfaks."),
          done.getList("recalled.findAll { it.speaker == 'lena' }.text"));
      assertEquals(List.of(), done.getList("citations"));
      assertFalse(done.getBoolean("grounded"));
    }
  }

  @Test
  void aGroundedAnswerNamesEveryWordsSourceAndIsNotRememberedAgain() {
    say(session("olav"), "My cat sleeps on the warm roof.");
    String session = session("olav");
    JsonPath asked =
        Calls.turn(
                session, Map.of("input", "Which cat?", "max_output_tokens", 12, "grounded", true))
            .jsonPath();
    assertTrue(asked.getBoolean("grounded"), asked::prettify);
    for (Map<String, Object> citation : asked.<Map<String, Object>>getList("citations")) {
      Map<String, Object> memory =
          asked.getMap("recalled.find { it.id == '" + citation.get("memory") + "' }");
      assertEquals(memory.get("speaker"), citation.get("speaker"));
      assertTrue(
          ((String) memory.get("text")).contains((String) citation.get("quote")), asked::prettify);
    }
    JsonPath memories = given().get("/v1/memories?user=olav&session=" + session).jsonPath();
    assertEquals(List.of("Which cat?"), memories.getList("data.text"), memories::prettify);
  }

  private static String session(String user) {
    return Calls.json(Map.of("scope", Map.of("user", user))).post("/v1/sessions").path("id");
  }

  private static JsonPath say(String session, String words) {
    JsonPath result =
        Calls.turn(session, Map.of("input", words, "max_output_tokens", 3)).jsonPath();
    assertEquals("done", result.getString("status"), result::prettify);
    return result;
  }
}
