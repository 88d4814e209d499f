package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static dev.palimpsest.runtime.service.Calls.json;
import static dev.palimpsest.runtime.service.Calls.turn;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions, their events and their turns as of a moment. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class PastSessionsTest {
  private static final String SESSIONS = "/v1/sessions";

  private static Response asOf(String path, Object moment) {
    return given().queryParam("as_of", moment.toString()).get(path);
  }

  @Test
  void aSessionIsShownWithTheEventsOfThen() {
    Map<String, Object> scope = Map.of("user", "past-" + System.nanoTime());
    String id = json(Map.of("title", "First", "scope", scope)).post(SESSIONS).path("id");
    String path = SESSIONS + "/" + id;
    Instant made = Instant.parse(given().get(path).path("created_at"));
    turn(id, Map.of("input", "Once", "max_output_tokens", 2, "recall", "none"));
    List<String> times = given().get(path + "/events").jsonPath().getList("events.at");
    Instant second = Instant.parse(times.get(1));
    assertEquals(200, json(Map.of("title", "Second")).patch(path).statusCode());

    JsonPath events = asOf(path + "/events", second).jsonPath();
    assertEquals(List.of(1, 2), events.getList("events.number"));
    assertEquals(2, events.getInt("last"));
    JsonPath then = asOf(path, second).jsonPath();
    assertEquals(2, then.getInt("last_event"));
    assertEquals(times.get(1), then.getString("updated_at"));
    assertEquals("Second", then.getString("title"));
    assertEquals(0, (int) asOf(path, made).path("last_event"));
    assertEquals(List.of(), asOf(path + "/events", made).path("events"));

    Instant before = made.minusNanos(1000);
    assertProblem(asOf(path, before), 404, "session");
    assertProblem(asOf(path + "/events", before), 404, "session");
    // Sessions without a user, which other tests made, are listed beside it.
    String listed = SESSIONS + "?user=" + scope.get("user");
    String own = "data.findAll { it.id == '" + id + "' }.last_event";
    assertEquals(List.of(), asOf(listed, before).path(own));
    assertEquals(List.of(0), asOf(listed, made).path(own));
    assertEquals(List.of(2), asOf(listed, second).path(own));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "2026-05-03", "2026-05-03T12:00:00", ""})
  void whatIsNoTimeIsRefusedByName(String moment) {
    String id = Calls.session();
    for (String path : List.of(SESSIONS, SESSIONS + "/" + id, SESSIONS + "/" + id + "/events")) {
      assertProblem(asOf(path, moment), 400, "as_of");
    }
    Response refused = turn(id, Map.of("input", "Hello", "as_of", moment));
    assertProblem(refused, 400, "as_of");
    assertEquals("as_of", refused.path("errors[0].field"));
    assertEquals(List.of(), Calls.events(id).getList("events"));
  }

  @Test
  void aTurnAsOfAMomentRecallsNothingThatWasLearnedLater() {
    Map<String, Object> scope = Map.of("user", "past-" + System.nanoTime());
    JsonPath memory =
        json(Map.of("text", "The heron nests in Stavanger.", "scope", scope))
            .post("/v1/memories")
            .jsonPath();
    Instant learned = Instant.parse(memory.getString("imported_at"));
    String id = json(Map.of("scope", scope)).post(SESSIONS).path("id");
    String other = json(Map.of("scope", scope)).post(SESSIONS).path("id");
    JsonPath before = ask(id, learned.minusNanos(1000));
    assertEquals("done", before.getString("status"));
    assertFalse(before.getList("recalled.id").contains(memory.getString("id")));
    assertEquals(
        learned.minusNanos(1000).toString(), Calls.events(id).getString("events[0].as_of"));
    JsonPath then = ask(other, learned);
    assertTrue(then.getList("recalled.id").contains(memory.getString("id")));
  }

  private static JsonPath ask(String session, Instant moment) {
    return turn(
            session,
            Map.of(
                "input",
                "Where does the heron nest?",
                "max_output_tokens",
                2,
                "as_of",
                moment.toString()))
        .jsonPath();
  }
}
