package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static dev.palimpsest.runtime.service.Calls.json;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The search without an embedder: by words. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class SearchTest {
  private static final String SEARCH = "/v1/memories/search";

  @Test
  void wordsFindAMemoryWithItsExplanation() {
    String id = write("The lighthouse keeper whistled a shanty.", "words");
    write("Somebody else cooked a stew.", "words");
    Response answer = search("words", Map.of("query", "lighthouse shanty", "explain", true));
    JsonPath found = answer.jsonPath();
    assertEquals(List.of(id), found.getList("hits.memory.id"), answer.asString());
    assertFalse(found.getBoolean("lagging"));
    assertFalse(found.getString("trace_id").isBlank());
    double sum =
        found.<Number>getList("hits[0].explanation.share").stream()
            .mapToDouble(Number::doubleValue)
            .sum();
    assertEquals(found.getDouble("hits[0].score"), sum, 1e-4);
    assertFalse(found.getString("hits[0].explanation[0].signal").isBlank());
    JsonPath trace = given().get("/v1/searches/" + found.getString("trace_id")).jsonPath();
    assertEquals("plain", trace.getString("verdict"));
    assertEquals(List.of(List.of(id)), trace.getList("nodes.evidence"));
    assertProblem(given().get("/v1/searches/trc_none"), 404, "search");
    JsonPath plain = search("words", Map.of("query", "lighthouse")).jsonPath();
    assertNull(plain.get("hits[0].explanation"));
    assertEquals("user", plain.getString("hits[0].memory.label"));
  }

  @Test
  void filtersCountsAndTimesAreHonoured() {
    for (int i = 1; i <= 4; i++) {
      assertEquals(
          201,
          json(Map.of(
                  "text",
                  "penguin number " + i,
                  "scope",
                  Map.of("project", "filters"),
                  "kind",
                  i % 2 == 0 ? "fact" : "episode",
                  "speaker",
                  "speaker-" + i,
                  "source",
                  "source-" + i,
                  "happened_at",
                  "2024-0" + i + "-01T00:00:00Z"))
              .post("/v1/memories")
              .statusCode());
    }
    assertEquals(4, penguins(Map.of()));
    assertEquals(2, penguins(Map.of("filters", Map.of("kind", List.of("fact")))));
    assertEquals(4, penguins(Map.of("filters", Map.of("kind", List.of("fact", "episode")))));
    assertEquals(1, penguins(Map.of("filters", Map.of("speaker", "speaker-3"))));
    assertEquals(1, penguins(Map.of("filters", Map.of("source", "source-3"))));
    assertEquals(
        2,
        penguins(
            Map.of(
                "filters",
                Map.of(
                    "happened_from", "2024-02-01T00:00:00Z",
                    "happened_to", "2024-04-01T00:00:00Z"))));
    assertEquals(0, penguins(Map.of("filters", Map.of("label_min", "system"))));
    assertEquals(0, penguins(Map.of("as_of", "2020-01-01T00:00:00Z")));
    assertEquals(2, penguins(Map.of("valid_at", "2024-02-15T00:00:00Z")));
    assertEquals(3, penguins(Map.of("k", 3)));
    assertEquals(2, penguins(Map.of("max_tokens", 2 * 5)));
    assertEquals(0, penguins(Map.of("max_tokens", 1)));
  }

  @Test
  void theSelfTestFindsWhatIsThere() {
    write("The cobbler mended seventeen leather boots.", "selftest");
    write("Granny pickled cucumbers with mustard seeds.", "selftest");
    Map<String, Object> plan = Map.of("memories", 20, "scope", Map.of("project", "selftest"));
    Response answer = json(plan).post("/v1/memories/self-test");
    JsonPath report = answer.jsonPath();
    assertTrue(report.getInt("asked") >= 2, answer.asString());
    assertTrue(report.getInt("seen") >= report.getInt("asked"), answer.asString());
    assertTrue(report.getBoolean("complete"), answer.asString());
    assertEquals(List.of("words", "misspelt", "passage"), report.getList("scores.question"));
    assertEquals(List.of("lexical", "lexical", "lexical"), report.getList("scores.mode"));
    double passages = report.<Number>getList("scores.found_at_10").get(2).doubleValue();
    assertTrue(passages > 0.5, answer.asString());
    String metrics = given().get("/q/metrics").asString();
    assertTrue(
        metrics.contains("palimpsest_self_test_found_at_10{mode=\"lexical\",question=\"words\""),
        metrics);
    assertProblem(json(Map.of("memories", 1001)).post("/v1/memories/self-test"), 400, "memories");
    assertProblem(json(Map.of("k", 1)).post("/v1/memories/self-test"), 400, "k");
  }

  @Test
  void digestsTakeNoPlaceUnlessTheyAreAskedFor() {
    String said = write("The walrus took the tram.", "digests");
    String digest =
        json(Map.of(
                "text",
                "Walrus: the walrus took the tram.",
                "kind",
                "digest",
                "scope",
                Map.of("project", "digests")))
            .post("/v1/memories")
            .path("id");
    assertEquals(List.of(said), ids("digests", "walrus"));
    for (List<String> kinds : List.of(List.of("digest"), List.of("digest", "episode"))) {
      Map<String, Object> asked = Map.of("query", "walrus", "filters", Map.of("kind", kinds));
      List<String> found = search("digests", asked).path("hits.memory.id");
      assertTrue(found.contains(digest), found::toString);
      assertEquals(kinds.size(), found.size());
    }
    Map<String, Object> elsewhere = Map.of("query", "walrus", "filters", Map.of("source", "api"));
    assertEquals(List.of(said), search("digests", elsewhere).path("hits.memory.id"));
  }

  @Test
  void aScopeSeesItsOwnAndTheUnscopedAndNobodyElses() {
    String own = scoped("zeppelin of ada", Map.of("user", "ada"));
    String other = scoped("zeppelin of bob", Map.of("user", "bob"));
    String free = scoped("zeppelin of nobody", Map.of());
    List<String> seen =
        json(Map.of("query", "zeppelin", "scope", Map.of("user", "ada")))
            .post(SEARCH)
            .path("hits.memory.id");
    assertTrue(seen.contains(own) && seen.contains(free), seen::toString);
    assertFalse(seen.contains(other));
  }

  @Test
  void correctionsAndErasuresAreSeenByTheNextSearch() {
    String id = write("The password of the clubhouse is marmalade.", "next");
    assertEquals(List.of(id), ids("next", "marmalade"));
    assertEquals(
        200,
        json(Map.of("text", "The password of the clubhouse is treacle."))
            .patch("/v1/memories/" + id)
            .statusCode());
    assertEquals(List.of(id), ids("next", "treacle"));
    assertEquals(List.of(), ids("next", "marmalade"));
    assertEquals(200, given().delete("/v1/memories/" + id).statusCode());
    assertEquals(List.of(), ids("next", "treacle"));
  }

  /** Writers and searches at once, each with words that nobody else uses. */
  @Test
  void whatWasAcknowledgedIsFoundByTheNextSearch() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    int rounds = Integer.getInteger("iterations", 12);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers =
          IntStream.range(0, 6)
              .<Future<?>>mapToObj(
                  writer -> threads.submit(() -> writeAndFind(new Random(seed + writer), rounds)))
              .toList();
      for (Future<?> writer : writers) {
        writer.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("-Dseed=" + seed + ": " + e.getCause(), e);
    }
  }

  private static void writeAndFind(Random random, int rounds) {
    String last = null;
    String lastWord = "";
    for (int round = 0; round < rounds; round++) {
      String word = word(random);
      int choice = random.nextInt(4);
      if (last == null || choice < 2) {
        last = write("Somebody said " + word + " in passing.", "random");
        assertEquals(List.of(last), ids("random", word));
      } else if (choice == 2) {
        assertEquals(
            200, json(Map.of("text", "It was " + word)).patch("/v1/memories/" + last).statusCode());
        assertEquals(List.of(last), ids("random", word));
        assertEquals(List.of(), ids("random", lastWord));
      } else {
        assertEquals(200, given().delete("/v1/memories/" + last).statusCode());
        assertEquals(List.of(), ids("random", lastWord));
        last = null;
      }
      lastWord = word;
    }
  }

  private static String word(Random random) {
    StringBuilder word = new StringBuilder("q");
    for (int i = 0; i < 14; i++) {
      word.append((char) ('a' + random.nextInt(26)));
    }
    return word.append('z').toString();
  }

  @Test
  void meaningAloneCannotBeAskedWithoutAnEmbedder() {
    assertProblem(json(Map.of("query", "anything", "mode", "dense")).post(SEARCH), 503, "lexical");
    assertEquals(
        200, json(Map.of("query", "anything", "mode", "lexical")).post(SEARCH).statusCode());
    assertEquals(
        200, json(Map.of("query", "anything", "mode", "hybrid")).post(SEARCH).statusCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | query | invalid-request",
        "{\"query\":\" \"} | query | invalid-request",
        "{\"query\":3} | query | invalid-request",
        "{\"query\":\"a\",\"k\":0} | k | invalid-request",
        "{\"query\":\"a\",\"k\":201} | k | invalid-request",
        "{\"query\":\"a\",\"k\":\"5\"} | k | invalid-request",
        "{\"query\":\"a\",\"max_tokens\":0} | max_tokens | invalid-request",
        "{\"query\":\"a\",\"mode\":\"psychic\"} | mode | invalid-request",
        "{\"query\":\"a\",\"budget\":{\"ms\":0}} | budget.ms | invalid-request",
        "{\"query\":\"a\",\"budget\":{\"rollouts\":1001}} | budget.rollouts | invalid-request",
        "{\"query\":\"a\",\"budget\":{\"euros\":5}} | budget.euros | invalid-request",
        "{\"query\":\"a\",\"budget\":5} | budget | invalid-request",
        "{\"query\":\"a\",\"seed\":\"x\"} | seed | invalid-request",
        "{\"query\":\"a\",\"filters\":[]} | filters | invalid-request",
        "{\"query\":\"a\",\"filters\":{\"kind\":[\"dream\"]}} | filters.kind | invalid-request",
        "{\"query\":\"a\",\"filters\":{\"kind\":[5]}} | filters.kind | invalid-request",
        "{\"query\":\"a\",\"filters\":{\"happened_from\":\"x\"}} | filters.happened_from | invalid-request",
        "{\"query\":\"a\",\"filters\":{\"label_min\":\"x\"}} | filters.label_min | invalid-request",
        "{\"query\":\"a\",\"filters\":{\"colour\":\"x\"}} | filters.colour | invalid-request",
        "{\"query\":\"a\",\"as_of\":\"x\"} | as_of | invalid-request",
        "{\"query\":\"a\",\"valid_at\":5} | valid_at | invalid-request",
        "{\"query\":\"a\",\"scope\":{\"user\":5}} | scope.user | invalid-request",
        "{\"query\":\"a\",\"explain\":\"yes\"} | explain | invalid-request",
        "{\"query\":\"a\",\"colour\":\"x\"} | colour | invalid-request"
      })
  void badRequestsAreNamed(String body, String field, String kind) {
    Response answer = json(body).post(SEARCH);
    assertProblem(answer, 400, field);
    assertEquals("urn:palimpsest:problem:" + kind, answer.path("type"));
  }

  private static String write(String text, String project) {
    return scoped(text, Map.of("project", project));
  }

  private static String scoped(String text, Map<String, String> scope) {
    Response made = json(Map.of("text", text, "scope", scope)).post("/v1/memories");
    assertEquals(201, made.statusCode(), made.asString());
    return made.path("id");
  }

  private static int penguins(Map<String, Object> more) {
    Map<String, Object> body = new HashMap<>(more);
    body.put("query", "penguin");
    return search("filters", body).jsonPath().getList("hits").size();
  }

  private static List<String> ids(String project, String query) {
    Response answer = search(project, Map.of("query", query));
    assertFalse(answer.jsonPath().getBoolean("lagging"), answer.asString());
    return answer.path("hits.memory.id");
  }

  private static Response search(String project, Map<String, Object> body) {
    Map<String, Object> scoped = new HashMap<>(body);
    scoped.put("scope", Map.of("project", project));
    Response answer = json(scoped).post(SEARCH);
    assertEquals(200, answer.statusCode(), answer.asString());
    return answer;
  }
}
