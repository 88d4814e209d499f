package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static dev.palimpsest.runtime.service.Calls.json;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class AgentsTest {
  private static final String AGENTS = "/v1/agents";

  @Test
  void anAgentIsMadeShownChangedAndDeletedWhileItsSessionsGoOn() {
    Response made =
        json("""
        {"name":"gardener","instructions":"Be kind.","scope":{"project":"garden"},
         "sampling":{"temperature":0,"seed":7}}
        """)
            .post(AGENTS);
    assertEquals(201, made.statusCode(), made.asString());
    String id = made.path("id");
    assertTrue(id.startsWith("agt_"));
    assertTrue(made.header("Location").endsWith(AGENTS + "/" + id));
    assertEquals(1, made.<Integer>path("version"));
    assertEquals("garden", made.path("scope.project"));
    assertTrue(made.<String>path("created_at").endsWith("Z"));
    JsonPath session = session("{\"agent\":\"" + id + "\"}");
    assertEquals(id, session.getString("agent"));
    assertEquals(1, session.getInt("agent_version"));
    assertEquals("Be kind.", session.getString("instructions"));
    assertEquals("garden", session.getString("scope.project"));
    assertEquals(7, session.getInt("sampling.seed"));
    Response changed = patch(id, "{\"instructions\":\"Be curt.\",\"version\":1}");
    assertEquals(2, changed.<Integer>path("version"), changed.asString());
    assertEquals(7, changed.<Integer>path("sampling.seed"));
    assertEquals("Be curt.", given().get(AGENTS + "/" + id).path("instructions"));
    assertEquals("Be kind.", given().get(AGENTS + "/" + id + "?version=1").path("instructions"));
    assertProblem(given().get(AGENTS + "/" + id + "?version=3"), 404, "agent");
    assertProblem(given().get(AGENTS + "/" + id + "?version=0"), 400, "version");
    assertProblem(patch(id, "{\"name\":\"other\",\"version\":1}"), 409, "version");
    assertEquals(2, patch(id, "{\"name\":\"gardener\"}").<Integer>path("version"));
    JsonPath own =
        session(
            "{\"agent\":\""
                + id
                + "\",\"instructions\":\"Be mine.\",\"scope\":{\"user\":\"ada\"}}");
    assertEquals(2, own.getInt("agent_version"));
    assertEquals("Be mine.", own.getString("instructions"));
    assertEquals("garden", own.getString("scope.project"));
    assertEquals("ada", own.getString("scope.user"));
    assertTrue(given().delete(AGENTS + "/" + id).jsonPath().getBoolean("deleted"));
    assertProblem(given().get(AGENTS + "/" + id), 404, "agent");
    assertProblem(given().delete(AGENTS + "/" + id), 404, "agent");
    assertProblem(patch(id, "{\"name\":\"x\"}"), 404, "agent");
    assertProblem(json("{\"agent\":\"" + id + "\"}").post("/v1/sessions"), 400, "agent");
    String pinned = session.getString("id");
    JsonPath shown = given().get("/v1/sessions/" + pinned).jsonPath();
    assertEquals(id, shown.getString("agent"));
    assertEquals("Be kind.", shown.getString("instructions"));
    Map<String, Object> turn = Map.of("input", "Hello", "max_output_tokens", 4, "recall", "none");
    assertEquals("done", Calls.turn(pinned, turn).path("status"));
  }

  @Test
  void anIdempotencyKeyMakesOneAgentAndOneSessionWhateverBecameOfTheAgent() {
    String body = "{\"name\":\"once\",\"instructions\":\"\"}";
    String id = json(body).header("Idempotency-Key", "a-1").post(AGENTS).path("id");
    String start = "{\"agent\":\"" + id + "\"}";
    String first = json(start).header("Idempotency-Key", "a-s").post("/v1/sessions").path("id");
    assertEquals(2, patch(id, "{\"instructions\":\"Be kind.\"}").<Integer>path("version"));
    Response again = json(body).header("Idempotency-Key", "a-1").post(AGENTS);
    assertEquals(id, again.path("id"));
    assertEquals(2, again.<Integer>path("version"));
    Response same = json(start).header("Idempotency-Key", "a-s").post("/v1/sessions");
    assertEquals(first, same.path("id"));
    assertEquals(1, same.<Integer>path("agent_version"));
    assertNotEquals(id, json(body).header("Idempotency-Key", "a-2").post(AGENTS).path("id"));
    assertProblem(
        json("{\"name\":\"twice\",\"instructions\":\"\"}")
            .header("Idempotency-Key", "a-1")
            .post(AGENTS),
        409,
        "Idempotency-Key");
  }

  @Test
  void listsArePagedNewestFirstUnderAScope() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String body =
          "{\"name\":\"n" + i + "\",\"instructions\":\"\",\"scope\":{\"user\":\"pager\"}}";
      made.add(json(body).post(AGENTS).path("id"));
    }
    List<String> listed = new ArrayList<>();
    String after = "";
    while (after != null) {
      String next = after.isEmpty() ? "" : "&after=" + after;
      JsonPath page = given().get(AGENTS + "?limit=2&user=pager" + next).jsonPath();
      assertTrue(page.getList("data").size() <= 2);
      listed.addAll(page.getList("data.id"));
      after = page.getString("next");
    }
    listed.retainAll(made);
    assertEquals(made.reversed(), listed);
    List<String> others = given().get(AGENTS + "?limit=1000&user=other").path("data.id");
    assertFalse(others.stream().anyMatch(made::contains));
    assertProblem(given().get(AGENTS + "?limit=0"), 400, "limit");
    assertProblem(given().get(AGENTS + "?after=nonsense"), 400, "after");
    Response foreign =
        json("{\"agent\":\"" + made.getFirst() + "\",\"scope\":{\"user\":\"other\"}}")
            .post("/v1/sessions");
    assertProblem(foreign, 400, "agent");
    assertEquals(
        "pager", session("{\"agent\":\"" + made.getFirst() + "\"}").getString("scope.user"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"instructions\":\"\"} | name | invalid-request",
        "{\"name\":\"a\"} | instructions | invalid-request",
        "{\"name\":\"\",\"instructions\":\"\"} | name | invalid-request",
        "{\"name\":7,\"instructions\":\"\"} | name | invalid-request",
        "{\"name\":\"a\\u0000b\",\"instructions\":\"\"} | NUL | invalid-request",
        "{\"name\":\"a\",\"instructions\":null} | instructions | invalid-request",
        "{\"name\":\"a\",\"instructions\":\"\",\"model\":\"another\"} | stories260K | invalid-request",
        "{\"name\":\"a\",\"instructions\":\"\",\"scope\":{\"owner\":\"a\"}} | scope.owner | invalid-request",
        "{\"name\":\"a\",\"instructions\":\"\",\"sampling\":{\"top_k\":0}} | sampling.top_k | invalid-request",
        "{\"name\":\"a\",\"instructions\":\"\",\"compression\":{}} | compression | not-built",
        "{\"name\":\"a\",\"instructions\":\"\",\"id\":\"agt_1\"} | id | invalid-request",
        "{\"name\":\"a\",\"instructions\":\"\",\"tools\":[\"memory_search\"]} | stories260K | invalid-request",
        "{\"name\":\"a\",\"instructions\":\"\",\"tools\":[\"fly\"]} | tools[0] | invalid-request",
        "[] | array | malformed-json"
      })
  void badBodiesAreNamedByField(String body, String word, String kind) {
    Response answer = json(body).post(AGENTS);
    assertProblem(answer, 400, word);
    assertEquals("urn:palimpsest:problem:" + kind, answer.path("type"));
  }

  @Test
  void badChangesAreNamedAndChangeNothing() {
    String id = json("{\"name\":\"a\",\"instructions\":\"\"}").post(AGENTS).path("id");
    for (String field : List.of("name", "instructions", "scope", "version", "nonsense")) {
      String value = field.equals("version") ? "0" : "null";
      assertProblem(patch(id, "{\"" + field + "\":" + value + "}"), 400, field);
    }
    assertProblem(patch(id, "{\"model\":\"another\"}"), 400, "stories260K");
    assertProblem(patch(id, "{\"compression\":{}}"), 400, "compression");
    assertProblem(patch("agt_unknown", "{}"), 404, "agent");
    assertProblem(given().get(AGENTS + "/not%20an%20id"), 404, "agent");
    JsonPath shown = given().get(AGENTS + "/" + id).jsonPath();
    assertEquals(1, shown.getInt("version"));
    assertNull(shown.getString("model"));
    assertProblem(json("{\"agent\":null}").patch("/v1/sessions/" + Calls.session()), 400, "agent");
  }

  @Test
  void agentsAreBehindTheDoorAndInTheDescription() {
    assertProblem(given().header("Host", "evil.example").get(AGENTS), 403, "names");
    assertProblem(given().header("Origin", "http://evil.example").get(AGENTS), 403, "origin");
    String description = given().accept("application/json").get("/q/openapi").asString();
    assertTrue(description.contains("\"/v1/agents/{id}\""));
  }

  private static Response patch(String id, String body) {
    return json(body).patch(AGENTS + "/" + id);
  }

  private static JsonPath session(String body) {
    Response made = json(body).post("/v1/sessions");
    assertEquals(201, made.statusCode(), made.asString());
    return made.jsonPath();
  }
}
