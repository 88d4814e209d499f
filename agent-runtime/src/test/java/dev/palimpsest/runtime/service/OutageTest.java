package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.EmbeddedPostgres;
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
 * The database is down when the service starts, comes up, dies in the middle of a turn, returns.
 */
@QuarkusTest
@WithTestResource(
    value = ServiceResource.class,
    initArgs = @ResourceArg(name = "database", value = "down"))
@ExtendWith(NeedsPostgres.class)
class OutageTest {
  @TestHTTPResource("/")
  URI service;

  EmbeddedPostgres cluster;

  @Test
  void theServiceOutlivesItsDatabaseAndNoAcceptedTurnIsLost() throws InterruptedException {
    JsonPath ready = given().get("/q/health/ready").jsonPath();
    assertEquals("DOWN", ready.getString("status"));
    String reason = ready.getString("checks.find { it.name == 'database' }.data.reason");
    assertTrue(reason.contains("refused"), reason);
    assertEquals("UP", given().get("/q/health/live").path("status"));
    assertEquals(200, given().get("/v1/models").statusCode());
    assertProblem(Calls.json("{}").post("/v1/sessions"), 503, "database");
    assertProblem(given().get("/v1/sessions/ses_1/events"), 503, "database");

    cluster.start();
    awaitReady("UP");
    Map<String, Object> asked =
        Map.of("input", "A day", "max_output_tokens", 200, "sampling", Map.of("seed", 3));
    String expected = Calls.turn(Calls.session(), asked).path("output");

    String session = Calls.session();
    SocketClientRig client = SocketClientRig.connect(service, session, "");
    client.next("session.ready");
    client.send(
        "{\"type\":\"turn.create\",\"client_turn_id\":\"c-1\",\"input\":\"A day\","
            + "\"max_output_tokens\":200,\"recall\":\"none\",\"sampling\":{\"seed\":3}}");
    client.next("turn.accepted");
    cluster.killHard();
    assertProblem(Calls.json("{}").post("/v1/sessions"), 503, "database");
    awaitReady("DOWN");
    assertEquals("UP", given().get("/q/health/live").path("status"));
    client.send("{\"type\":\"turn.cancel\",\"turn\":\"trn_x\"}");
    List<JsonPath> frames = client.until("error");
    assertEquals(503, frames.getLast().getInt("problem.status"));

    cluster.start();
    JsonPath done = client.until("turn.done").getLast();
    assertEquals(expected, done.getString("output"));
    awaitReady("UP");
    JsonPath events = Calls.events(session);
    assertEquals(List.of("user_said", "planned", "answered"), events.getList("events.type"));
    JsonPath repeated =
        Calls.turn(session, Map.of("input", "A day", "client_turn_id", "c-1")).jsonPath();
    assertEquals(expected, repeated.getString("output"));
    client.close();
  }

  private static void awaitReady(String status) throws InterruptedException {
    for (int i = 0; i < 600; i++) {
      if (status.equals(given().get("/q/health/ready").path("status"))) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("never " + status);
  }
}
