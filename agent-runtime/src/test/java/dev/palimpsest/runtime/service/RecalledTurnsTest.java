package dev.palimpsest.runtime.service;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What was said in one session is recalled in another, over REST and over the socket. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
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
    Map<String, Object> memory = recalled(asked, "text", "I moved to Trondheim in spring.");
    assertEquals("session", memory.get("source"));
    assertEquals(told, memory.get("session"));
    assertEquals("mara", memory.get("speaker"));
    assertEquals("user", memory.get("label"));
    assertEquals("episode", memory.get("kind"));
    assertEquals("mara", ((Map<?, ?>) memory.get("scope")).get("user"));
    assertTrue(((Number) memory.get("score")).doubleValue() > 0);
    assertTrue(asked.getLong("usage.recall_ms") >= 0);
    JsonPath events = Calls.events(ada);
    assertEquals(
        List.of("user_said", "recalled", "planned", "answered"), events.getList("events.type"));
    assertTrue(events.getList("events[1].found.memory").contains(memory.get("id")));
    assertTrue(events.getList("events[2].memories_kept").contains(memory.get("id")));
    assertFalse(events.getBoolean("events[1].lagging"));
    assertEquals(turn, Calls.events(told).getString("events[0].turn"));

    JsonPath other = say(session("tom"), "Where is Trondheim?");
    assertFalse(other.getList("recalled.text").contains("I moved to Trondheim in spring."));
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
      assertTrue(frames.get(1).getList("hits.memory.text").contains("My boat is called Gullfaks."));
      JsonPath done = frames.getLast();
      assertTrue(done.getList("recalled.text").contains("My boat is called Gullfaks."));
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
    recalled(asked, "text", "My cat sleeps on the warm roof.");
    for (Map<String, Object> citation : asked.<Map<String, Object>>getList("citations")) {
      Map<String, Object> memory = recalled(asked, "id", citation.get("memory"));
      assertEquals(memory.get("speaker"), citation.get("speaker"));
      assertTrue(((String) memory.get("text")).contains((String) citation.get("quote")));
    }
    JsonPath memories = given().get("/v1/memories?user=olav&session=" + session).jsonPath();
    assertEquals(List.of("Which cat?"), memories.getList("data.text"), memories::prettify);
  }

  /** Other tests leave unscoped memories behind, which everybody recalls: the one that is meant. */
  private static Map<String, Object> recalled(JsonPath result, String member, Object value) {
    return result.<Map<String, Object>>getList("recalled").stream()
        .filter(memory -> value.equals(memory.get(member)))
        .findAny()
        .orElseThrow(() -> new AssertionError("not recalled: " + value + result.prettify()));
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
