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
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
class TurnsTest {
  private static final Map<String, Object> GREEDY = Map.of("temperature", 0);

  @Test
  void aTurnIsAnsweredWithEverythingTheContractNames() {
    String session = Calls.session();
    Response answer =
        turn(
            session,
            Map.of(
                "input",
                "Once upon a time",
                "max_output_tokens",
                12,
                "sampling",
                GREEDY,
                "recall",
                "none"));
    assertEquals(200, answer.statusCode());
    JsonPath result = answer.jsonPath();
    assertEquals("done", result.getString("status"));
    assertEquals(session, result.getString("session"));
    assertTrue(result.getString("id").startsWith("trn_"));
    assertEquals(", there was a little girl", result.getString("output").substring(0, 25));
    assertEquals(List.of(), result.getList("recalled"));
    assertEquals(List.of(), result.getList("citations"));
    assertFalse(result.getBoolean("grounded"));
    assertNull(result.get("confidence"));
    assertEquals(12, result.getInt("usage.output_tokens"));
    assertEquals(
        result.getInt("usage.input_tokens"),
        result.getInt("usage.cached_tokens") + result.getInt("usage.prefilled_tokens"));
    assertTrue(result.getLong("usage.total_ms") >= result.getLong("usage.model_ms"));
    assertEquals(0, result.getInt("usage.recall_ms"));
    JsonPath events = Calls.events(session);
    assertEquals(List.of("user_said", "planned", "answered"), events.getList("events.type"));
    assertEquals(3, events.getInt("last"));
    assertEquals(result.getString("output"), events.getString("events[2].output"));
    assertEquals(
        List.of(3),
        given().get("/v1/sessions/" + session + "/events?after=2").path("events.number"));
  }

  @Test
  void aStreamTellsTheSameAnswerPieceByPiece() {
    String session = Calls.session();
    Map<String, Object> body =
        Map.of(
            "input",
            "The dog",
            "max_output_tokens",
            20,
            "sampling",
            Map.of("seed", 4),
            "recall",
            "none");
    Map<String, Object> streamed = new HashMap<>(body);
    streamed.put("stream", true);
    Response response = turn(session, streamed);
    assertTrue(response.contentType().startsWith("text/event-stream"), response.contentType());
    List<ServerEvent> events = ServerEvent.parse(response.asString());
    assertEquals("turn.accepted", events.getFirst().type());
    assertEquals("turn.done", events.getLast().type());
    assertEquals(ServerEvent.words(events), events.getLast().json().getString("output"));
    long before = 0;
    for (ServerEvent event : events) {
      assertEquals(event.type(), event.json().getString("type"));
      assertTrue(event.json().getLong("seq") >= before);
      before = event.json().getLong("seq");
      assertFalse(event.json().getString("epoch").isBlank());
    }
    assertEquals(
        ServerEvent.words(events), turn(Calls.session(), body).jsonPath().getString("output"));
  }

  @Test
  void aClientTurnIdIsAnsweredOnceHoweverItIsAskedAgain() {
    String session = Calls.session();
    Map<String, Object> body =
        Map.of(
            "input", "The cat", "max_output_tokens", 6, "client_turn_id", "c-1", "recall", "none");
    JsonPath first = turn(session, body).jsonPath();
    JsonPath again = turn(session, body).jsonPath();
    assertEquals(first.getString("id"), again.getString("id"));
    assertEquals(first.getString("output"), again.getString("output"));
    assertEquals(first.getMap("usage"), again.getMap("usage"));
    Map<String, Object> streamed = new HashMap<>(body);
    streamed.put("stream", true);
    List<ServerEvent> events = ServerEvent.parse(turn(session, streamed).asString());
    assertEquals(
        List.of("turn.accepted", "output.delta", "turn.done"),
        events.stream().map(ServerEvent::type).toList());
    assertEquals(first.getString("output"), ServerEvent.words(events));
    assertTrue(events.getFirst().json().getBoolean("repeated"));
    assertEquals(3, Calls.events(session).getList("events").size());
  }

  @Test
  void anIdempotencyKeyNamesTheTurnWhereTheBodyDoesNot() {
    String session = Calls.session();
    String path = "/v1/sessions/" + session + "/turns";
    Map<String, Object> body = Map.of("input", "Hi", "max_output_tokens", 2);
    String first = json(body).header("Idempotency-Key", "i-1").post(path).path("id");
    String again = json(body).header("Idempotency-Key", "i-1").post(path).path("id");
    String other = json(body).header("Idempotency-Key", "i-2").post(path).path("id");
    assertEquals(first, again);
    assertNotEquals(first, other);
    assertEquals("i-1", Calls.events(session).getString("events[0].client_turn_id"));
  }

  @Test
  void manyAtOnceAreOneTurnOrAreTold() throws Exception {
    String session = Calls.session();
    List<Response> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Response>> calls = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String name = i % 2 == 0 ? "same" : "other-" + i;
        calls.add(
            threads.submit(() ->
                turn(
                    session,
                    Map.of("input", "Tom", "max_output_tokens", 30, "client_turn_id", name))));
      }
      for (Future<Response> call : calls) {
        answers.add(call.get());
      }
    }
    for (Response answer : answers) {
      if (answer.statusCode() == 409) {
        assertTrue(answer.jsonPath().getString("turn").startsWith("trn_"), answer.asString());
      } else {
        assertEquals("done", answer.path("status"), answer.asString());
      }
    }
    List<String> said = Calls.events(session).getList("events.client_turn_id");
    said.removeIf(Objects::isNull);
    assertEquals(said.stream().distinct().count(), said.size(), said::toString);
  }

  @Test
  void aRunningTurnIsCancelledAndAnEndedOneIsToldAsItIs() throws Exception {
    String session = Calls.session();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Response> answer =
          threads.submit(() -> turn(session, Map.of("input", "Long", "max_output_tokens", 400)));
      String turn = null;
      while (turn == null) {
        turn = Calls.events(session).getString("events[0].turn");
      }
      Response cancelled = given().post("/v1/sessions/" + session + "/turns/" + turn + "/cancel");
      assertEquals(200, cancelled.statusCode());
      assertEquals(answer.get().asString(), cancelled.asString());
      String status = cancelled.path("status");
      assertTrue(status.equals("cancelled") || status.equals("done"), status);
      Response again = given().post("/v1/sessions/" + session + "/turns/" + turn + "/cancel");
      assertEquals(cancelled.asString(), again.asString());
    }
    assertProblem(given().post("/v1/sessions/" + session + "/turns/trn_none/cancel"), 404, "turn");
    assertProblem(given().post("/v1/sessions/" + session + "/turns/x/cancel"), 404, "turn");
  }

  @Test
  void itemsAreReadAsText() {
    String session = Calls.session();
    String body =
        """
        {"max_output_tokens": 2, "recall": "none", "grounded": false, "input": [
          {"type": "message", "role": "user", "content": "one"},
          {"role": "user", "content": [{"type": "input_text", "text": "two"},
                                       {"type": "text", "text": "three"}]},
          {"type": "input_text", "text": "four"}]}
        """;
    assertEquals("done", json(body).post("/v1/sessions/" + session + "/turns").path("status"));
    assertEquals("one\ntwo\nthree\nfour", Calls.events(session).getString("events[0].text"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | input | invalid-request",
        "{\"input\":null} | input | invalid-request",
        "{\"input\":\"\"} | input | invalid-request",
        "{\"input\":5} | input | invalid-request",
        "{\"input\":[]} | input | invalid-request",
        "{\"input\":[5]} | input[0] | invalid-request",
        "{\"input\":[{\"type\":\"input_text\",\"text\":\"a\"},{\"type\":\"input_image\"}]} | input[1].type | invalid-request",
        "{\"input\":[{\"role\":\"assistant\",\"content\":\"a\"}]} | input[0].role | invalid-request",
        "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]}]} | input[0].content[0].type | invalid-request",
        "{\"input\":[{\"role\":\"user\",\"content\":\"a\",\"x\":1}]} | input[0].x | invalid-request",
        "{\"input\":\"a\",\"stream\":\"yes\"} | stream | invalid-request",
        "{\"input\":\"a\",\"max_output_tokens\":0} | max_output_tokens | invalid-request",
        "{\"input\":\"a\",\"max_output_tokens\":512} | max_output_tokens | invalid-request",
        "{\"input\":\"a\",\"client_turn_id\":\"\"} | client_turn_id | invalid-request",
        "{\"input\":\"a\",\"sampling\":{\"temprature\":1}} | sampling.temprature | invalid-request",
        "{\"input\":\"a\",\"sampling\":{\"top_p\":0}} | top_p | invalid-request",
        "{\"input\":\"a\",\"recall\":\"magic\"} | recall | invalid-request",
        "{\"input\":\"a\",\"unknown_field\":1} | unknown_field | invalid-request",
        "{\"input\":\"a\",\"grounded\":\"yes\"} | grounded | invalid-request",
        "{\"input\":\"a\",\"recall\":true} | recall | invalid-request",
        "{\"input\":\"a\",\"tools\":[]} | tools | not-built"
      })
  void badRequestsAreNamedAndStoreNothing(String body, String field, String kind) {
    String session = Calls.session();
    Response answer = json(body).post("/v1/sessions/" + session + "/turns");
    assertProblem(answer, 400, field);
    assertEquals("urn:palimpsest:problem:" + kind, answer.path("type"));
    assertEquals(0, Calls.events(session).getInt("last"));
  }

  @Test
  void anUnknownSessionHasNoTurns() {
    assertProblem(turn("ses_unknown", Map.of("input", "a")), 404, "session");
    assertProblem(given().get("/v1/sessions/ses_unknown/events"), 404, "session");
  }

  @Test
  void anInputThatNeverFitsFailsAsATurnAndIsToldWithItsProblem() {
    String session = Calls.session();
    JsonPath result =
        turn(session, Map.of("input", "word ".repeat(600), "recall", "none")).jsonPath();
    assertEquals("failed", result.getString("status"));
    assertEquals("urn:palimpsest:problem:context-too-large", result.getString("problem.type"));
    assertEquals(List.of("user_said", "turn_failed"), Calls.events(session).getList("events.type"));
    List<ServerEvent> told =
        ServerEvent.parse(
            turn(session, Map.of("input", "word ".repeat(600), "stream", true)).asString());
    assertEquals("turn.failed", told.getLast().type());
  }

  @Test
  void theLoadedModelIsListed() {
    JsonPath models = given().get("/v1/models").jsonPath();
    assertEquals("list", models.getString("object"));
    assertEquals("stories260K", models.getString("data[0].id"));
    assertEquals("model", models.getString("data[0].object"));
    assertEquals(512, models.getInt("data[0].context"));
    assertEquals(
        "782df92db1b874bc18d8a6ad14384df1f3430605b84d47963e55bc6d635439e0",
        models.getString("data[0].sha256"));
  }
}
