package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class KeysTest {
  private static final String ADMIN = "an-admin-key-of-at-least-32-characters";

  /** The service as it is reached from elsewhere. */
  public static final class WithKeys implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        Path file = Files.createTempFile("palimpsest-admin-", ".key");
        Files.writeString(file, ADMIN + "\n");
        return Map.of("palimpsest.auth.mode", "keys", "palimpsest.admin-key-file", file.toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @TestHTTPResource("/")
  URI service;

  @Test
  void withoutAKeyNothingUnderV1IsReachedAndHealthIs() {
    for (String path : List.of("/v1/sessions", "/v1/models", "/v1/keys", "/v1/nothing")) {
      assertProblem(given().get(path), 401, "Bearer");
      assertProblem(as("pal_default.key_1.nonsense").get(path), 401, "unknown");
      assertProblem(as("").get(path), 401, "key");
      assertProblem(given().header("Authorization", "Basic " + ADMIN).get(path), 401, "Bearer");
    }
    assertEquals("Bearer", given().get("/v1/sessions").header("WWW-Authenticate"));
    assertEquals(200, given().get("/q/health/live").statusCode());
    assertTrue(
        assertThrows(CompletionException.class, () -> SocketClientRig.connect(service, "ses_1", ""))
            .getCause()
            .toString()
            .contains("Handshake"));
  }

  @Test
  void theAdminKeyMakesKeysWhichAreShownOnceAndRevoked() {
    JsonPath made = make("reader", List.of("read"), null);
    String key = made.getString("key");
    assertTrue(key.startsWith("pal_default."));
    assertEquals(List.of("read"), made.getList("rights"));
    List<Map<String, Object>> listed = as(ADMIN).get("/v1/keys").path("data");
    assertTrue(listed.stream().anyMatch(one -> made.getString("id").equals(one.get("id"))));
    assertTrue(listed.stream().noneMatch(one -> one.containsKey("key")));
    assertEquals(200, as(key).get("/v1/sessions").statusCode());
    assertProblem(as(key).contentType(ContentType.JSON).post("/v1/sessions"), 403, "write");
    for (String change : List.of("compact", "expand")) {
      String path = "/v1/sessions/ses_1/" + change;
      assertProblem(as(key).contentType(ContentType.JSON).post(path), 403, "write");
    }
    for (String leavesNothing :
        List.of("/v1/memories/search", "/v1/memories/self-test", "/v1/embeddings", "/v1/rerank")) {
      int status =
          as(key).contentType(ContentType.JSON).body("{\"k\":0}").post(leavesNothing).statusCode();
      assertEquals(400, status, leavesNothing);
    }
    assertProblem(as(key).get("/v1/keys"), 403, "admin");
    assertEquals(200, as(ADMIN).delete("/v1/keys/" + made.getString("id")).statusCode());
    assertProblem(as(key).get("/v1/sessions"), 401, "revoked");
    assertProblem(as(ADMIN).delete("/v1/keys/key_unknown"), 404, "key");
    assertProblem(as(ADMIN).delete("/v1/keys/nonsense"), 404, "key");
  }

  @Test
  void badRequestsForKeysAreNamed() {
    for (String body :
        List.of(
            "{\"rights\":[\"read\"]}",
            "{\"name\":\"\",\"rights\":[\"read\"]}",
            "{\"name\":\"a\"}",
            "{\"name\":\"a\",\"rights\":[]}",
            "{\"name\":\"a\",\"rights\":[\"fly\"]}",
            "{\"name\":\"a\",\"rights\":[\"read\"],\"user\":\"\"}",
            "{\"name\":\"a\",\"rights\":[\"read\"],\"tenant\":\"b\"}")) {
      assertProblem(
          as(ADMIN).contentType(ContentType.JSON).body(body).post("/v1/keys"), 400, "field");
    }
  }

  @Test
  void aKeyOfOneUserSeesThatUsersSessionsAndUnscopedOnesOnly() {
    String ada = make("ada", List.of("read", "write"), "ada").getString("key");
    String own = session(ada, "{}");
    String free = session(ADMIN, "{}");
    String other = session(ADMIN, "{\"scope\":{\"user\":\"bob\"}}");
    assertEquals("ada", as(ada).get("/v1/sessions/" + own).path("scope.user"));
    assertEquals(200, as(ada).get("/v1/sessions/" + free).statusCode());
    assertProblem(as(ada).get("/v1/sessions/" + other), 404, "session");
    assertProblem(as(ada).delete("/v1/sessions/" + other), 404, "session");
    assertProblem(as(ada).get("/v1/sessions/" + other + "/events"), 404, "session");
    assertProblem(as(ada).get("/v1/sessions/" + other + "/context"), 404, "session");
    for (String change : List.of("compact", "expand")) {
      String path = "/v1/sessions/" + other + "/" + change;
      assertProblem(as(ada).contentType(ContentType.JSON).post(path), 404, "session");
    }
    assertProblem(
        as(ada)
            .contentType(ContentType.JSON)
            .body("{\"input\":\"a\"}")
            .post("/v1/sessions/" + other + "/turns"),
        404,
        "session");
    assertProblem(as(ada).get("/v1/sessions?user=bob"), 403, "user");
    assertProblem(
        as(ada)
            .contentType(ContentType.JSON)
            .body("{\"scope\":{\"user\":\"bob\"}}")
            .post("/v1/sessions"),
        403,
        "user");
    List<String> seen = as(ada).get("/v1/sessions?limit=1000").path("data.id");
    assertTrue(seen.contains(own) && seen.contains(free));
    assertFalse(seen.contains(other));
  }

  @Test
  void socketsTakeTheKeyAsASubprotocolAndMindItsRights() throws InterruptedException {
    String reader = make("reader", List.of("read"), null).getString("key");
    String session = session(ADMIN, "{}");
    List<String> offered = List.of("palimpsest", reader);
    try (SocketClientRig client = SocketClientRig.connect(service, session, "", offered)) {
      client.next("session.ready");
      assertEquals("palimpsest", client.subprotocol());
      client.send("{\"type\":\"turn.create\",\"input\":\"a\"}");
      JsonPath refused = client.next("error");
      assertEquals(403, refused.getInt("problem.status"));
      assertNull(refused.getString("problem.turn"));
    }
    String ada = make("ada", List.of("read", "write"), "ada").getString("key");
    String other = session(ADMIN, "{\"scope\":{\"user\":\"bob\"}}");
    SocketClientRig client =
        SocketClientRig.connect(service, other, "", List.of("palimpsest", ada));
    assertEquals(404, client.next("error").getInt("problem.status"));
  }

  @Test
  void anImportUnderTheKeyOfOneUserIsThatUsers() throws InterruptedException {
    String reader = make("reader", List.of("read"), null).getString("key");
    SocketClientRig turnedAway =
        SocketClientRig.at(service, ImportClientRig.PATH, "", List.of("palimpsest", reader));
    assertEquals(403, turnedAway.next("error").getInt("problem.status"));
    assertEquals(1008, turnedAway.awaitClose());
    byte[] file =
        "{\"text\":\"whose?\",\"scope\":{\"user\":\"bob\"}}\n".getBytes(StandardCharsets.UTF_8);
    String ada = make("ada", List.of("read", "write"), "ada").getString("key");
    try (ImportClientRig client = new ImportClientRig(service, "", List.of("palimpsest", ada))) {
      client
          .socket()
          .send("{\"type\":\"import.start\",\"source\":\"s\",\"scope\":{\"user\":\"bob\"}}");
      assertEquals(403, client.until("error").getInt("problem.status"));
      client.start("\"source\":\"of-ada\"").sendRest(file, 10);
      assertEquals("ada", client.until("import.done").getString("report.scope.user"));
      String id = client.id();
      assertEquals("ada", as(ada).get("/v1/imports/" + id).path("scope.user"));
      String bob = make("bob", List.of("read", "write"), "bob").getString("key");
      assertProblem(as(bob).get("/v1/imports/" + id), 404, "import");
      assertEquals(0, found(bob));
      assertEquals(1, found(ada));
      try (ImportClientRig other = new ImportClientRig(service, "", List.of("palimpsest", bob))) {
        other.socket().send("{\"type\":\"import.start\",\"import_id\":\"" + id + "\"}");
        assertEquals(404, other.until("error").getInt("problem.status"));
      }
    }
  }

  private static int found(String key) {
    return as(key).get("/v1/memories?source=of-ada").jsonPath().getList("data").size();
  }

  private static JsonPath make(String name, List<String> rights, String user) {
    Map<String, Object> body = new HashMap<>(Map.of("name", name, "rights", rights));
    if (user != null) {
      body.put("user", user);
    }
    return as(ADMIN).contentType(ContentType.JSON).body(body).post("/v1/keys").jsonPath();
  }

  private static String session(String key, String body) {
    return as(key).contentType(ContentType.JSON).body(body).post("/v1/sessions").path("id");
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
