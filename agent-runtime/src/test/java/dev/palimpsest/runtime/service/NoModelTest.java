package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@QuarkusTest
@WithTestResource(
    value = ServiceResource.class,
    initArgs = @ResourceArg(name = "model", value = "none"))
@ExtendWith(NeedsPostgres.class)
class NoModelTest {
  @Test
  void everythingButTurnsWorksAndReadinessSaysWhatIsMissing() {
    JsonPath ready = given().get("/q/health/ready").jsonPath();
    assertEquals("UP", ready.getString("status"));
    assertEquals("missing", ready.getString("checks.find { it.name == 'model' }.data.model"));
    assertEquals(List.of(), given().get("/v1/models").path("data"));
    String session = Calls.session();
    for (boolean stream : List.of(true, false)) {
      assertProblem(
          Calls.turn(session, Map.of("input", "a", "stream", stream)), 503, "PALIMPSEST_MODEL");
    }
    assertEquals(0, Calls.events(session).getInt("last"));
  }
}
