package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static dev.palimpsest.runtime.service.Calls.json;
import static dev.palimpsest.runtime.service.Calls.turn;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class ContextTest {
  private static final int TURNS = 6;

  @TestHTTPResource("/")
  URI service;

  private static String talked(String title) {
    String session =
        json(Map.of("title", title, "instructions", "Tell stories."))
            .post("/v1/sessions")
            .path("id");
    for (int i = 0; i < TURNS; i++) {
      say(session, " Once there was a little dog named Tim. He had " + i + " balls in the park.");
    }
    return session;
  }

  private static JsonPath say(String session, String input) {
    Map<String, Object> body = new HashMap<>(Map.of("input", input, "recall", "none"));
    body.put("max_output_tokens", 12);
    body.put("grounded", false);
    body.put("sampling", Map.of("temperature", 0));
    JsonPath result = turn(session, body).jsonPath();
    assertEquals("done", result.getString("status"), result.prettify());
    return result;
  }

  private static JsonPath context(String session) {
    Response answer = given().get("/v1/sessions/" + session + "/context");
    assertEquals(200, answer.statusCode(), answer.asString());
    return answer.jsonPath();
  }

  private static Response change(String session, String how, Object body) {
    return json(body).post("/v1/sessions/" + session + "/" + how);
  }

  private static int sum(JsonPath context) {
    return context.getList("segments.tokens", Integer.class).stream().mapToInt(one -> one).sum();
  }

  @Test
  void aWindowIsListedCompactedAndExpanded() throws InterruptedException {
    String session = talked("mine");
    String twin = talked("twin");
    JsonPath before = context(session);
    assertEquals(session, before.getString("session"));
    assertEquals(512 - 12, before.getInt("window_tokens"));
    assertEquals("system", before.getString("segments[0].kind"));
    assertEquals(TURNS, before.getList("segments.findAll{it.kind=='turn'}").size());
    assertTrue(before.getList("segments.tier").stream().allMatch("exact"::equals));
    assertEquals(before.getInt("tokens"), sum(before));
    assertNull(before.get("compaction"));
    double shared =
        before.getList("segments.attention_share", Float.class).stream()
            .filter(Objects::nonNull)
            .mapToDouble(share -> share)
            .sum();
    assertEquals(1, shared, 1e-3);
    assertNull(before.get("segments[-1].attention_share"));
    assertEquals(
        Calls.events(session).getString("events[0].turn"), before.getString("segments[1].id"));
    try (SocketClientRig client = SocketClientRig.connect(service, session, "")) {
      client.next("session.ready");
      Response answer = change(session, "compact", Map.of("ratio", 5, "policy", "matching-peak"));
      assertEquals(200, answer.statusCode(), answer.asString());
      JsonPath done = answer.jsonPath();
      assertTrue(done.getBoolean("compacted"));
      int tokensBefore = done.getInt("tokens_before");
      int tokensAfter = done.getInt("tokens_after");
      assertTrue(tokensAfter * 4 < tokensBefore, done.prettify());
      assertTrue(done.getLong("bytes_after") * 2 < done.getLong("bytes_before"), done.prettify());
      assertTrue(done.getDouble("held_out.output") > 0);
      JsonPath told = client.next("context.changed");
      assertTrue(told.getBoolean("compacted"));
      assertEquals(Calls.events(session).getInt("last"), told.getInt("event"));
      assertEquals(tokensBefore, told.getInt("tokens_before"));
      assertEquals(tokensAfter, told.getInt("tokens_after"));
      JsonPath after = context(session);
      assertEquals("matching-peak", after.getString("compaction.policy"));
      assertTrue(after.getBoolean("compaction.in_use"));
      assertEquals("compact", after.getString("segments[1].tier"));
      assertEquals(before.getInt("tokens"), sum(after));
      assertEquals(sum(after) - tokensBefore + tokensAfter, after.getInt("tokens"));
      JsonPath expanded =
          change(session, "expand", Map.of("segment", after.getString("segments[1].id")))
              .jsonPath();
      assertFalse(expanded.getBoolean("compacted"));
      assertEquals(tokensAfter, expanded.getInt("tokens_before"));
      assertEquals(tokensBefore, expanded.getInt("tokens_after"));
      assertFalse(client.next("context.changed").getBoolean("compacted"));
    }
    assertNull(context(session).get("compaction"));
    JsonPath events = Calls.events(session);
    int last = events.getInt("last");
    String compacted = "events.find{it.type=='compacted'}.";
    assertEquals(last - 1, events.getInt(compacted + "number"));
    assertEquals("matching-peak", events.getString(compacted + "policy"));
    assertEquals(5, events.getDouble(compacted + "ratio"));
    assertEquals(before.getString("segments[1].id"), events.getString(compacted + "turns[0]"));
    assertEquals(before.getString("segments[-2].id"), events.getString(compacted + "turn"));
    assertTrue(events.getDouble(compacted + "held_out.output") > 0);
    String expanded = "events.find{it.type=='expanded'}.";
    assertEquals(last, events.getInt(expanded + "number"));
    for (String name : List.of("tokens", "bytes")) {
      assertEquals(
          events.getLong(compacted + name + "_before"), events.getLong(expanded + name + "_after"));
    }
    assertEquals(events.getString(compacted + "compaction"), events.get(expanded + "compaction"));
    assertEquals(say(twin, "Then Tim").getString("output"), say(session, "Then Tim").get("output"));
  }

  @Test
  void aCompactedSessionAnswersAndIsErasedWithAllOfIt() {
    String session = talked("to be erased");
    JsonPath done = change(session, "compact", Map.of()).jsonPath();
    assertEquals(10, done.getDouble("ratio"));
    assertEquals("matching", done.getString("policy"));
    JsonPath next = say(session, "Then Tim");
    assertTrue(next.getInt("usage.cached_tokens") >= done.getInt("tokens_before"), next::prettify);
    assertEquals(200, given().delete("/v1/sessions/" + session).statusCode());
    for (String how : List.of("compact", "expand")) {
      assertProblem(change(session, how, Map.of()), 404, "session");
    }
    assertProblem(given().get("/v1/sessions/" + session + "/context"), 404, "session");
  }

  @Test
  void whatIsRecalledIsTextOnlyWithItsLabel() {
    String text = "Zebulon keeps a purple boat.";
    assertEquals(201, json(Map.of("text", text)).post("/v1/memories").statusCode());
    String session = Calls.session();
    Response answered =
        turn(session, Map.of("input", "Who keeps a purple boat?", "max_output_tokens", 4));
    assertEquals("done", answered.path("status"), answered.asString());
    String memory = answered.path("recalled[0].id");
    JsonPath segment = context(session);
    assertEquals(
        memory,
        segment.getString("segments.find{it.kind=='recalled' && it.id=='" + memory + "'}.id"));
    Map<String, Object> recalled = segment.getMap("segments.find{it.kind=='recalled'}");
    assertEquals("text_only", recalled.get("tier"));
    assertEquals("recall", recalled.get("found_by"));
    assertTrue(recalled.get("label") instanceof String, recalled::toString);
    assertTrue((Integer) recalled.get("tokens") > 0);
  }

  @Test
  void aYoungSessionHasNothingToCompact() {
    String session = Calls.session();
    say(session, "Hi");
    Response answer = change(session, "compact", Map.of("ratio", 2));
    assertProblem(answer, 409, "turns");
    assertEquals("urn:palimpsest:problem:nothing-to-compact", answer.path("type"));
    assertFalse(change(session, "expand", Map.of()).jsonPath().getBoolean("compacted"));
    assertProblem(change(session, "expand", Map.of("segment", "trn_1")), 400, "segment");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "compact | {\"ratio\":0.5} | ratio",
        "compact | {\"ratio\":\"ten\"} | ratio",
        "compact | {\"ratio\":1e9} | ratio",
        "compact | {\"policy\":\"magic\"} | matching-omp",
        "compact | {\"policy\":3} | policy",
        "compact | {\"x\":3} | x",
        "expand | {\"segment\":3} | segment",
        "expand | {\"ratio\":3} | ratio"
      })
  void badRequestsAreNamed(String how, String body, String word) {
    assertProblem(change(Calls.session(), how, body), 400, word);
    assertProblem(change("ses_unknown", how, "{}"), 404, "session");
  }
}
