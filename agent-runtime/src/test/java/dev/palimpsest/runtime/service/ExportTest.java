package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.bridge.StoreLink;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The archive goes out of one tenant and into another. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class ExportTest {
  private static final Set<Right> ALL = EnumSet.allOf(Right.class);
  private static final String MEMORIES = "/v1/memories";

  @TestHTTPResource("/")
  URI service;

  @Inject StoreLink store;

  @Test
  void whatGoesOutComesInElsewhereWithIdsVersionsAndTimes() throws Exception {
    String old = key("old-home", ALL, null);
    String id = write(old, "{\"text\":\"the oboe is in the attic\",\"scope\":{\"user\":\"ada\"}}");
    body(old, "{\"text\":\"the oboe is in the cellar\"}").patch(MEMORIES + "/" + id);
    byte[] archive = export(old);
    String fresh = key("new-home", ALL, null);
    JsonPath report = restored(fresh, archive);
    assertEquals(2, report.getInt("report.read"));
    assertEquals(2, report.getInt("report.stored"));
    assertEquals("palimpsest", report.getString("report.format"));
    assertArrayEquals(archive, export(fresh));
    assertEquals(
        as(old).get(MEMORIES + "/" + id + "/history").asString(),
        as(fresh).get(MEMORIES + "/" + id + "/history").asString());
    List<String> found =
        body(fresh, "{\"query\":\"oboe\"}").post(MEMORIES + "/search").path("hits.memory.text");
    assertEquals(List.of("the oboe is in the cellar"), found);
    assertEquals(2, restored(fresh, archive).getInt("report.duplicate"));
  }

  @Test
  void onlyAnAdminOfTheWholeTenantPutsAnArchiveBack() throws Exception {
    String all = key("guarded-home", ALL, null);
    write(all, "{\"text\":\"nothing much\"}");
    byte[] archive = export(all);
    for (String key :
        List.of(
            key("guarded-home", Set.of(Right.READ, Right.WRITE), null),
            key("guarded-home", ALL, "ada"))) {
      try (ImportClientRig client = new ImportClientRig(service, "", List.of("palimpsest", key))) {
        client.start("\"source\":\"archive\"").sendRest(archive, 1000);
        String problem = client.until("import.failed").prettify();
        assertTrue(problem.contains("admin") || problem.contains("scope"), problem);
      }
    }
  }

  @Test
  void aKeyOfOneUserExportsWhatThatUserSees() throws IOException {
    String all = key("shared-home", ALL, null);
    write(all, "{\"text\":\"of ada\",\"scope\":{\"user\":\"ada\"}}");
    write(all, "{\"text\":\"of bob\",\"scope\":{\"user\":\"bob\"}}");
    write(all, "{\"text\":\"of all\"}");
    String text = unpacked(export(key("shared-home", Set.of(Right.READ), "ada")));
    assertTrue(text.contains("of ada") && text.contains("of all"), text);
    assertFalse(text.contains("of bob"), text);
    String writer = key("shared-home", Set.of(Right.WRITE), null);
    assertProblem(as(writer).get("/v1/export"), 403, "read");
    assertProblem(given().get("/v1/export"), 401, "Bearer");
  }

  private JsonPath restored(String key, byte[] archive) throws InterruptedException {
    try (ImportClientRig client = new ImportClientRig(service, "", List.of("palimpsest", key))) {
      client.start("\"format\":\"palimpsest\",\"source\":\"a\"").sendRest(archive, 1000);
      return client.until("import.done");
    }
  }

  private String key(String tenant, Set<Right> rights, String user) {
    return store.keys().create(new TenantId(tenant), "test", rights, user).secret();
  }

  private static byte[] export(String key) {
    Response answer = as(key).get("/v1/export");
    assertEquals(200, answer.statusCode());
    assertEquals("application/gzip", answer.contentType());
    return answer.asByteArray();
  }

  private static String unpacked(byte[] archive) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(archive))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String write(String key, String body) {
    return body(key, body).post(MEMORIES).path("id");
  }

  private static RequestSpecification body(String key, String body) {
    return as(key).contentType(ContentType.JSON).body(body);
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
