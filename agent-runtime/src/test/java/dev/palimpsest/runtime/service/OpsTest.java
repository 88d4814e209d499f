package dev.palimpsest.runtime.service;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class OpsTest {
  @Test
  void readinessNamesDatabaseModelAndEngine() {
    JsonPath ready = given().get("/q/health/ready").jsonPath();
    assertEquals("UP", ready.getString("status"));
    assertEquals(
        List.of("database", "embedding", "engine", "model", "recall"),
        ready.getList("checks.name").stream().sorted().toList());
    assertEquals("stories260K", ready.getString("checks.find { it.name == 'model' }.data.model"));
    assertFalse(ready.getString("checks.find { it.name == 'database' }.data.schema").isBlank());
    assertEquals("UP", given().get("/q/health/live").path("status"));
    String embedding = "checks.find { it.name == 'embedding' }.data.";
    assertEquals("missing", ready.getString(embedding + "embedding"));
    assertTrue(ready.getString(embedding + "reason").contains("palimpsest.memory.embedder"));
    assertTrue(ready.getLong("checks.find { it.name == 'recall' }.data.words_lag") >= 0);
  }

  @Test
  void metricsCountTurnsTokensAndTime() {
    String before = metric("palimpsest_turns_total{status=\"done\"}");
    Calls.turn(Calls.session(), Map.of("input", "Tom", "max_output_tokens", 3));
    String after = metric("palimpsest_turns_total{status=\"done\"}");
    assertEquals(Double.parseDouble(before) + 1, Double.parseDouble(after));
    for (String name :
        List.of(
            "palimpsest_tokens_total{kind=\"output\"}",
            "palimpsest_turn_first_token_seconds_count",
            "palimpsest_turn_outside_model_seconds_count",
            "palimpsest_sockets_open",
            "palimpsest_search_seconds_count",
            "palimpsest_memories_embedded_total",
            "palimpsest_follower_lag{follower=\"words\"}",
            "palimpsest_follower_lag{follower=\"meaning\"}",
            "palimpsest_engine_queue")) {
      assertTrue(Double.parseDouble(metric(name)) >= 0, name);
    }
  }

  @Test
  void theInterfaceDescribesItself() {
    JsonPath api = given().accept("application/json").get("/q/openapi?format=json").jsonPath();
    Map<String, Object> paths = api.getMap("paths");
    for (String path :
        List.of(
            "/v1/sessions",
            "/v1/sessions/{id}",
            "/v1/sessions/{id}/turns",
            "/v1/sessions/{id}/turns/{turn}/cancel",
            "/v1/sessions/{id}/events",
            "/v1/models",
            "/v1/memories",
            "/v1/memories/{id}",
            "/v1/memories/{id}/history",
            "/v1/memories/search",
            "/v1/chat/completions",
            "/v1/embeddings",
            "/v1/rerank",
            "/v1/keys",
            "/v1/keys/{id}")) {
      assertTrue(paths.containsKey(path), path);
    }
    assertTrue(
        api.<String>getList("paths.'/v1/memories'.get.parameters.name")
            .containsAll(List.of("user", "kind", "source", "as_of", "valid_at", "limit", "after")));
    assertEquals(200, given().get("/q/swagger-ui/").statusCode());
  }

  @Test
  void logLinesHoldIdsAndNoWords() {
    List<String> lines = new CopyOnWriteArrayList<>();
    PatternFormatter words = new PatternFormatter("%s");
    Handler ear =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            lines.add(words.format(logged));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger root = Logger.getLogger("");
    root.addHandler(ear);
    String session = Calls.session();
    Calls.turn(session, Map.of("input", "xyzzy-secret", "max_output_tokens", 3));
    Calls.json("{\"input\":\"xyzzy-secret").post("/v1/sessions/" + session + "/turns");
    root.removeHandler(ear);
    List<String> turns = lines.stream().filter(line -> line.startsWith("turn=")).toList();
    assertEquals(2, turns.size(), lines::toString);
    assertTrue(turns.getFirst().matches("turn=begun( [a-z_]+=\\S+)+"), turns::toString);
    assertTrue(turns.getLast().matches("turn=over( [a-z_]+=\\S+)+"), turns::toString);
    assertTrue(lines.stream().noneMatch(line -> line.contains("xyzzy")), lines::toString);
  }

  private static String metric(String name) {
    return given()
        .get("/q/metrics")
        .asString()
        .lines()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }
}
