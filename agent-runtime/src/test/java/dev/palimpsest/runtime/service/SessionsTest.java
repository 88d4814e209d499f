package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static dev.palimpsest.runtime.service.Calls.json;
import static dev.palimpsest.runtime.service.Calls.turn;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class SessionsTest {
  @ConfigProperty(name = "palimpsest.data")
  String data;

  @Test
  void anErasedSessionLeavesNoSnapshot() {
    Set<String> before = snapshots();
    String id = Calls.session();
    String story = "Once upon a time there was a little dog. ".repeat(8);
    turn(id, Map.of("input", story, "max_output_tokens", 4, "recall", "none"));
    long end = System.nanoTime() + 20_000_000_000L;
    while (snapshots().equals(before) && System.nanoTime() < end) {
      assertEquals(200, given().get("/v1/sessions/" + id).statusCode());
    }
    assertEquals(before.size() + 1, snapshots().size());
    assertEquals(200, given().delete("/v1/sessions/" + id).statusCode());
    assertEquals(before, snapshots());
  }

  private Set<String> snapshots() {
    String[] files = Path.of(data, "kv").toFile().list((folder, name) -> name.endsWith(".kv"));
    return files == null ? Set.of() : Set.of(files);
  }

  @Test
  void aSessionIsMadeShownChangedAndErased() {
    Response made =
        json(Map.of(
                "title",
                "A title",
                "instructions",
                "Be brief.",
                "scope",
                Map.of("user", "ada", "project", "p"),
                "context_budget_tokens",
                100,
                "sampling",
                Map.of("temperature", 0.5, "top_k", 3, "seed", 9)))
            .post("/v1/sessions");
    assertEquals(201, made.statusCode());
    String id = made.path("id");
    assertTrue(made.header("Location").endsWith("/v1/sessions/" + id));
    JsonPath shown = given().get("/v1/sessions/" + id).jsonPath();
    assertEquals("A title", shown.getString("title"));
    assertEquals("ada", shown.getString("scope.user"));
    assertEquals(100, shown.getInt("context_budget_tokens"));
    assertEquals(3, shown.getInt("sampling.top_k"));
    assertTrue(shown.getString("created_at").endsWith("Z"));
    Map<String, Object> patch = new HashMap<>();
    patch.put("title", null);
    patch.put("instructions", "Be long.");
    JsonPath changed = json(patch).patch("/v1/sessions/" + id).jsonPath();
    assertNull(changed.getString("title"));
    assertEquals("Be long.", changed.getString("instructions"));
    assertEquals(9, changed.getInt("sampling.seed"));
    Response erased = given().delete("/v1/sessions/" + id);
    assertEquals(200, erased.statusCode());
    assertEquals(id, erased.path("session"));
    assertProblem(given().get("/v1/sessions/" + id), 404, "session");
    assertProblem(given().delete("/v1/sessions/" + id), 404, "session");
  }

  @Test
  void aForkBeginsWithThePastAndGoesOnAlone() {
    String parent = Calls.session();
    turn(parent, Map.of("input", "Once upon a time", "max_output_tokens", 4, "recall", "none"));
    turn(parent, Map.of("input", "And then?", "max_output_tokens", 4, "recall", "none"));
    List<Map<String, Object>> events = events(parent);
    long end = ((Number) events.getLast().get("number")).longValue();
    Response forked = json("{}").header("Idempotency-Key", "f-1").post(fork(parent));
    assertEquals(201, forked.statusCode());
    String child = forked.path("id");
    assertNotEquals(parent, child);
    assertEquals(events, events(child));
    String again = json("{}").header("Idempotency-Key", "f-1").post(fork(parent)).path("id");
    assertEquals(child, again);
    Map<String, Object> next =
        Map.of("input", "The end?", "max_output_tokens", 4, "recall", "none", "sampling", SEVEN);
    JsonPath inChild = json(next).post("/v1/sessions/" + child + "/turns").jsonPath();
    JsonPath inParent = json(next).post("/v1/sessions/" + parent + "/turns").jsonPath();
    assertEquals("done", inChild.getString("status"));
    assertEquals(inParent.getString("output"), inChild.getString("output"));
    assertTrue(inParent.getInt("usage.cached_tokens") >= inChild.getInt("usage.cached_tokens"));
    assertEquals(200, given().delete("/v1/sessions/" + parent).statusCode());
    assertEquals(end, ((Number) events(child).get(events.size() - 1).get("number")).longValue());
    assertProblem(json("{}").post(fork(parent)), 404, "session");
  }

  @Test
  void aForkBeginsWithWholeTurns() {
    String parent = Calls.session();
    turn(parent, Map.of("input", "Once upon a time", "max_output_tokens", 4, "recall", "none"));
    int end = events(parent).size();
    assertEquals(201, json(Map.of("at", end)).post(fork(parent)).statusCode());
    assertEquals(201, json(Map.of("at", 0)).post(fork(parent)).statusCode());
    assertProblem(json(Map.of("at", end - 1)).post(fork(parent)), 400, "at");
    assertProblem(json(Map.of("at", end + 1)).post(fork(parent)), 400, "before it is " + end);
    assertProblem(json(Map.of("at", -1)).post(fork(parent)), 400, "at");
    assertProblem(json(Map.of("at", "all")).post(fork(parent)), 400, "at");
    assertProblem(json(Map.of("from", 1)).post(fork(parent)), 400, "from");
    assertProblem(json("{}").post(fork("ses_none")), 404, "session");
  }

  private static final Map<String, Object> SEVEN = Map.of("seed", 7);

  private static String fork(String session) {
    return "/v1/sessions/" + session + "/fork";
  }

  private static List<Map<String, Object>> events(String session) {
    return given().get("/v1/sessions/" + session + "/events").jsonPath().getList("events");
  }

  @Test
  void nothingInTheBodyIsASessionToo() {
    assertEquals(201, given().contentType(ContentType.JSON).post("/v1/sessions").statusCode());
    assertEquals(201, json("{}").post("/v1/sessions").statusCode());
  }

  @Test
  void anIdempotencyKeyMakesOneSession() {
    Map<String, String> body = Map.of("title", "once");
    String first = json(body).header("Idempotency-Key", "k-1").post("/v1/sessions").path("id");
    String again = json(body).header("Idempotency-Key", "k-1").post("/v1/sessions").path("id");
    String other = json(body).header("Idempotency-Key", "k-2").post("/v1/sessions").path("id");
    assertEquals(first, again);
    assertNotEquals(first, other);
    assertProblem(
        json(Map.of("title", "twice")).header("Idempotency-Key", "k-1").post("/v1/sessions"),
        409,
        "Idempotency-Key");
    assertProblem(
        json(body).header("Idempotency-Key", "k".repeat(300)).post("/v1/sessions"),
        400,
        "Idempotency-Key");
  }

  @Test
  void listsArePagedNewestFirst() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(json(Map.of("scope", Map.of("user", "pager"))).post("/v1/sessions").path("id"));
    }
    List<String> listed = new ArrayList<>();
    String after = "";
    int pages = 0;
    while (after != null) {
      JsonPath page =
          given()
              .get("/v1/sessions?limit=2&user=pager" + (after.isEmpty() ? "" : "&after=" + after))
              .jsonPath();
      assertTrue(page.getList("data").size() <= 2);
      listed.addAll(page.getList("data.id"));
      after = page.getString("next");
      pages++;
    }
    assertTrue(pages > 2);
    listed.retainAll(made);
    assertEquals(made.reversed(), listed);
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0,limit",
    "limit=1001,limit",
    "limit=x,limit",
    "limit=-1,limit",
    "after=nonsense,after"
  })
  void badQueriesAreNamed(String query, String name) {
    assertProblem(given().get("/v1/sessions?" + query), 400, name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"titel\":\"x\"} | titel | invalid-request",
        "{\"title\":7} | title | invalid-request",
        "{\"title\":\"a\\u0000b\"} | NUL | invalid-request",
        "{\"title\":\"\\ud800\"} | surrogate | invalid-request",
        "{\"scope\":\"ada\"} | scope | invalid-request",
        "{\"scope\":{\"user\":\"\"}} | scope | invalid-request",
        "{\"scope\":{\"owner\":\"a\"}} | scope.owner | invalid-request",
        "{\"sampling\":{\"temperature\":-1}} | temperature | invalid-request",
        "{\"sampling\":{\"top_k\":0}} | sampling.top_k | invalid-request",
        "{\"context_budget_tokens\":0} | context_budget_tokens | invalid-request",
        "{\"context_budget_tokens\":1.5} | context_budget_tokens | invalid-request",
        "{\"model\":\"another\"} | stories260K | invalid-request",
        "{\"agent\":\"agt_1\"} | agent | invalid-request",
        "{\"agent\":\"another\"} | agent | invalid-request",
        "{\"agent\":7} | agent | invalid-request",
        "{\"compression\":{}} | compression | not-built",
        "{\"tools\":\"memory_search\"} | tools | invalid-request",
        "{\"tools\":[\"fly\"]} | tools[0] | invalid-request",
        "{\"tools\":[7]} | tools[0] | invalid-request",
        "{\"tools\":[\"memory_search\"]} | stories260K | invalid-request",
        "{\"tools\":[\"memory_write\",\"memory_write\"]} | two of one name | invalid-request",
        "{\"tools\":[{\"name\":\"a\",\"parameters\":{\"type\":\"object\"},\"wait_seconds\":0}]} | tools[0].wait_seconds | invalid-request",
        "{\"tools\":[{\"name\":\"a\",\"parameters\":{\"type\":\"object\"},\"wait_seconds\":5,\"http\":{\"url\":\"https://a\"}}]} | tools[0].wait_seconds | invalid-request",
        "{\"tools\":[{\"name\":\"a\",\"http\":{\"url\":\"https://a\"}}]} | tools[0].parameters | invalid-request",
        "{\"tools\":[{\"name\":\"a\",\"http\":{\"url\":\"https://a\"}}]} | tools[0].http.url | invalid-request",
        "{\"tools\":[{\"name\":\"a\",\"parameters\":{\"type\":\"object\",\"minProperties\":1}}]} | minProperties | invalid-request",
        "{\"tools\":[{\"name\":\"a\",\"parameters\":{}}]} | must be 'object' | invalid-request",
        "{\"tools\":[{\"name\":\"a\",\"form\":1}]} | tools[0].form | invalid-request",
        "{\"a\":1,,} | Line 1, column 8 | malformed-json",
        "[1,2] | array | malformed-json",
        "{\"title\":\"a\",\"title\":\"b\"} | Duplicate | malformed-json",
        "{} {} | column | malformed-json",
        "nothing | Line 1 | malformed-json"
      })
  void badBodiesAreNamedByFieldOrPlace(String body, String word, String kind) {
    Response answer = json(body).post("/v1/sessions");
    assertProblem(answer, 400, word);
    assertEquals("urn:palimpsest:problem:" + kind, answer.path("type"));
  }

  @Test
  void allWrongFieldsAreNamedAtOnce() {
    Response answer = json("{\"title\":1,\"model\":2,\"nonsense\":3}").post("/v1/sessions");
    assertEquals(List.of("title", "model", "nonsense"), answer.path("errors.field"));
  }

  @Test
  void whatCannotBeChangedSaysSo() {
    String id = Calls.session();
    for (String field : List.of("model", "scope", "context_budget_tokens", "agent")) {
      assertProblem(json("{\"" + field + "\":null}").patch("/v1/sessions/" + id), 400, field);
    }
  }

  @Test
  void theFrameworksOwnRefusalsAreProblemDocumentsToo() {
    assertProblem(given().get("/v1/nothing"), 404, "address");
    assertProblem(given().get("/nothing"), 404, "address");
    assertProblem(given().get("/q/nothing"), 404, "address");
    assertProblem(given().get("/v1/sessions/ses_unknown"), 404, "session");
    assertProblem(given().get("/v1/sessions/not%20an%20id"), 404, "session");
    assertProblem(given().put("/v1/sessions"), 405, "methods");
    assertProblem(
        given().contentType("text/plain").body("x").post("/v1/sessions"), 415, "application/json");
    assertProblem(given().accept("image/png").get("/v1/sessions"), 406, "application/json");
  }

  @Test
  void aBodyAtTheLimitIsReadAndOneByteMoreIsNot() {
    String start = "{\"title\":\"";
    String most = start + " ".repeat((1 << 20) - start.length() - 2) + "\"}";
    assertEquals(1 << 20, most.length());
    assertProblem(json(most).post("/v1/sessions"), 400, "title");
    assertProblem(json(most + " ").post("/v1/sessions"), 413, "1048576");
    assertFalse(most.isEmpty());
  }
}
