package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static dev.palimpsest.runtime.service.Calls.json;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class MemoriesTest {
  private static final String MEMORIES = "/v1/memories";

  @Test
  void aMemoryIsWrittenShownCorrectedEndedAndErased() {
    Response made =
        json("""
        {"text": "Ada lives in Lisbon.", "kind": "fact", "scope": {"user": "ada"},
         "happened_at": "2025-03-01T10:00:00+01:00", "source": "diary", "speaker": "Ada",
         "metadata": {"mood": "glad", "weight": 1.50, "list": [1, {"a": null}]}}
        """)
            .post(MEMORIES);
    assertEquals(201, made.statusCode(), made.asString());
    String id = made.path("id");
    assertTrue(id.startsWith("mem_"));
    assertTrue(made.header("Location").endsWith(MEMORIES + "/" + id));
    JsonPath shown = given().get(MEMORIES + "/" + id).jsonPath();
    assertEquals(
        Set.of(
            "id",
            "text",
            "scope",
            "kind",
            "happened_at",
            "imported_at",
            "valid_from",
            "valid_to",
            "source",
            "session",
            "speaker",
            "label",
            "metadata"),
        shown.getMap("").keySet());
    assertEquals("fact", shown.getString("kind"));
    assertEquals("2025-03-01T09:00:00Z", shown.getString("happened_at"));
    assertEquals("user", shown.getString("label"));
    assertEquals("diary", shown.getString("source"));
    assertEquals("ada", shown.getString("scope.user"));
    assertTrue(made.asString().contains("\"weight\":1.50"), made.asString());
    String before = shown.getString("imported_at");
    JsonPath corrected =
        json("{\"text\":\"Ada lives in Porto.\",\"speaker\":null}")
            .patch(MEMORIES + "/" + id)
            .jsonPath();
    assertEquals("Ada lives in Porto.", corrected.getString("text"));
    assertNull(corrected.getString("speaker"));
    assertEquals("glad", corrected.getString("metadata.mood"));
    assertEquals("2025-03-01T09:00:00Z", corrected.getString("happened_at"));
    assertEquals(
        "Ada lives in Lisbon.",
        given().queryParam("as_of", before).get(MEMORIES + "/" + id).path("text"));
    JsonPath ended = given().delete(MEMORIES + "/" + id + "?mode=invalidate").jsonPath();
    assertTrue(ended.getString("valid_to").endsWith("Z"));
    JsonPath again = given().delete(MEMORIES + "/" + id + "?mode=invalidate").jsonPath();
    assertEquals(ended.getString("valid_to"), again.getString("valid_to"));
    JsonPath history = given().get(MEMORIES + "/" + id + "/history").jsonPath();
    assertEquals(List.of(1, 2, 3), history.getList("data.version"));
    assertEquals(List.of(id, id, id), history.getList("data.id"));
    assertNull(history.getString("data[2].superseded_at"));
    assertEquals(history.getString("data[0].superseded_at"), corrected.getString("imported_at"));
    Response erased = given().delete(MEMORIES + "/" + id);
    assertEquals(3, (int) erased.path("versions_erased"), erased.asString());
    assertEquals(id, erased.path("memory"));
    assertProblem(given().get(MEMORIES + "/" + id), 404, "memory");
    assertProblem(given().get(MEMORIES + "/" + id + "/history"), 404, "memory");
    assertProblem(given().delete(MEMORIES + "/" + id), 404, "memory");
    assertProblem(json("{}").patch(MEMORIES + "/" + id), 404, "memory");
  }

  @Test
  void anIdempotencyKeyMakesOneMemoryWhateverBecameOfItSince() {
    Map<String, String> body = Map.of("text", "once");
    String first = json(body).header("Idempotency-Key", "m-1").post(MEMORIES).path("id");
    assertEquals(first, json(body).header("Idempotency-Key", "m-1").post(MEMORIES).path("id"));
    assertNotEquals(first, json(body).header("Idempotency-Key", "m-2").post(MEMORIES).path("id"));
    assertProblem(
        json(Map.of("text", "twice")).header("Idempotency-Key", "m-1").post(MEMORIES),
        409,
        "Idempotency-Key");
    assertEquals(200, json(Map.of("text", "corrected")).patch(MEMORIES + "/" + first).statusCode());
    Response late = json(body).header("Idempotency-Key", "m-1").post(MEMORIES);
    assertEquals(201, late.statusCode());
    assertEquals("corrected", late.path("text"));
    assertEquals(
        2, given().get(MEMORIES + "/" + first + "/history").jsonPath().getList("data").size());
  }

  @Test
  void ofRequestsThatRaceForAnIdempotencyKeyOneIsTakenAndNoOtherChangesIt() throws Exception {
    List<Callable<Response>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Map<String, String> body = Map.of("text", "racer " + i);
      calls.add(() -> json(body).header("Idempotency-Key", "raced").post(MEMORIES));
    }
    List<Response> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Response> answer : threads.invokeAll(calls)) {
        answers.add(answer.get());
      }
    }
    List<Response> taken = answers.stream().filter(one -> one.statusCode() == 201).toList();
    assertEquals(1, taken.size());
    assertEquals(7, answers.stream().filter(one -> one.statusCode() == 409).count());
    String id = taken.getFirst().path("id");
    assertEquals(
        1, given().get(MEMORIES + "/" + id + "/history").jsonPath().getList("data").size());
  }

  @Test
  void listsArePagedNewestFirstAndFiltered() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(
          json(Map.of(
                  "text",
                  "page " + i,
                  "scope",
                  Map.of("project", "pager"),
                  "kind",
                  i % 2 == 0 ? "episode" : "pinned",
                  "source",
                  "list-" + i,
                  "speaker",
                  "pager",
                  "happened_at",
                  "2024-01-0" + (i + 1) + "T00:00:00Z"))
              .post(MEMORIES)
              .path("id"));
    }
    // Other tests leave thousands of memories that are nobody's, which a list of a project shows.
    String these =
        "?limit=2&project=pager"
            + "&happened_from=2024-01-01T00:00:00Z&happened_to=2024-01-06T00:00:00Z";
    List<String> listed = new ArrayList<>();
    String after = "";
    while (after != null) {
      JsonPath page =
          given().get(MEMORIES + these + (after.isEmpty() ? "" : "&after=" + after)).jsonPath();
      assertTrue(page.getList("data").size() <= 2);
      listed.addAll(page.getList("data.id"));
      after = page.getString("next");
    }
    listed.retainAll(made);
    assertEquals(made.reversed(), listed);
    assertEquals(List.of("page 3", "page 1"), texts("kind=pinned"));
    assertEquals(5, texts("kind=pinned,episode").size());
    assertEquals(5, texts("kind=pinned&kind=episode").size());
    assertEquals(List.of("page 2"), texts("source=list-2"));
    assertEquals(
        List.of("page 2", "page 1"),
        texts("happened_from=2024-01-02T00:00:00Z&happened_to=2024-01-04T00:00:00Z"));
    assertEquals(List.of(), texts("label_min=operator"));
    assertEquals(List.of(), texts("as_of=2020-01-01T00:00:00Z"));
    assertEquals(List.of("page 1", "page 0"), texts("valid_at=2024-01-02T12:00:00Z"));
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0,limit",
    "limit=x,limit",
    "after=nonsense,after",
    "kind=dream,kind",
    "kind=,kind",
    "happened_from=yesterday,happened_from",
    "happened_to=2024-01-01,happened_to",
    "as_of=2024-13-01T00:00:00Z,as_of",
    "valid_at=99999-01-01T00:00:00Z,valid_at",
    "label_min=high,label_min",
    "user=,scope"
  })
  void badQueriesAreNamed(String query, String name) {
    assertProblem(given().get(MEMORIES + "?" + query), 400, name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | text",
        "{\"text\":null} | text",
        "{\"text\":\" \"} | text",
        "{\"text\":7} | text",
        "{\"text\":\"a\\u0000b\"} | NUL",
        "{\"text\":\"\\ud800\"} | surrogate",
        "{\"text\":\"a\",\"kind\":\"dream\"} | kind",
        "{\"text\":\"a\",\"kind\":1} | kind",
        "{\"text\":\"a\",\"scope\":{\"user\":\"\"}} | scope",
        "{\"text\":\"a\",\"scope\":{\"owner\":\"b\"}} | scope.owner",
        "{\"text\":\"a\",\"happened_at\":\"today\"} | happened_at",
        "{\"text\":\"a\",\"happened_at\":1700000000} | happened_at",
        "{\"text\":\"a\",\"happened_at\":\"2024-01-01T00:00:00\"} | happened_at",
        "{\"text\":\"a\",\"valid_from\":\"0000-01-01T00:00:00Z\"} | valid_from",
        "{\"text\":\"a\",\"valid_from\":\"2025-01-01T00:00:00Z\",\"valid_to\":\"2024-01-01T00:00:00Z\"}"
            + " | valid_to",
        "{\"text\":\"a\",\"source\":\"\"} | source",
        "{\"text\":\"a\",\"speaker\":\"\"} | speaker",
        "{\"text\":\"a\",\"metadata\":[]} | metadata",
        "{\"text\":\"a\",\"metadata\":\"x\"} | metadata",
        "{\"text\":\"a\",\"metadata\":{\"a\":\"\\ud800\"}} | metadata",
        "{\"text\":\"a\",\"label\":\"system\"} | label",
        "{\"text\":\"a\",\"id\":\"mem_1\"} | id"
      })
  void badBodiesAreNamedAndStoreNothing(String body, String word) {
    String source = "\"source\":\"bad-bodies\"";
    String sent =
        body.contains("source") || body.equals("{}")
            ? body
            : body.substring(0, body.length() - 1) + "," + source + "}";
    assertProblem(json(sent).post(MEMORIES), 400, word);
    assertEquals(List.of(), given().get(MEMORIES + "?source=bad-bodies").path("data"));
  }

  @Test
  void limitsOfLengthAreNamed() {
    String most = "w".repeat(1 << 16);
    assertProblem(
        json(Map.of("text", "a", "metadata", Map.of("a", most))).post(MEMORIES), 400, "metadata");
    assertProblem(
        json(Map.of("text", "a", "speaker", "s".repeat(513))).post(MEMORIES), 400, "speaker");
    assertEquals(201, json(Map.of("text", most)).post(MEMORIES).statusCode());
    assertProblem(json(Map.of("text", "a".repeat(1 << 20))).post(MEMORIES), 413, "1048576");
  }

  @Test
  void whatCannotBeChangedSaysSo() {
    String id = json(Map.of("text", "fixed")).post(MEMORIES).path("id");
    for (String field : List.of("kind", "scope", "source", "session", "label", "id")) {
      assertProblem(json("{\"" + field + "\":\"x\"}").patch(MEMORIES + "/" + id), 400, field);
    }
    assertProblem(json("{\"text\":null}").patch(MEMORIES + "/" + id), 400, "text");
    assertProblem(json("{\"nonsense\":1}").patch(MEMORIES + "/" + id), 400, "nonsense");
    assertProblem(given().delete(MEMORIES + "/" + id + "?mode=soft"), 400, "mode");
    assertProblem(given().get(MEMORIES + "/" + id + "?as_of=x"), 400, "as_of");
    assertProblem(given().get(MEMORIES + "/not%20an%20id"), 404, "memory");
    assertEquals(
        1, given().get(MEMORIES + "/" + id + "/history").jsonPath().getList("data").size());
  }

  @Test
  void whatBeginsLaterCanBeEndedToo() {
    String id =
        json(Map.of("text", "soon", "valid_from", "2999-01-01T00:00:00Z"))
            .post(MEMORIES)
            .path("id");
    JsonPath ended = given().delete(MEMORIES + "/" + id + "?mode=invalidate").jsonPath();
    assertEquals("2999-01-01T00:00:00Z", ended.getString("valid_to"));
  }

  private static List<String> texts(String query) {
    return given().get(MEMORIES + "?project=pager&speaker=pager&" + query).path("data.text");
  }
}
