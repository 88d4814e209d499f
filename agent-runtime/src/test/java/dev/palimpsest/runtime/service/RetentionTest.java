package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SortableIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.proof.SigningKey;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Policies over REST, each for its tenant; what they cost is receipted and can be had again. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class RetentionTest {
  private static final String RETENTION = "/v1/retention";
  private static final String ARCHIVES = RETENTION + "/archives";
  private static final String RUN = RETENTION + "/run";
  private static final String OF_ADA =
      "{\"scope\":{\"user\":\"ada\"},\"keep_days\":30,\"archive_days\":7}";

  @Inject StoreLink store;
  @Inject SigningKey signing;
  @Inject ObjectMapper json;
  @Inject AgroalDataSource connections;

  @Test
  void whatIsDueIsToldThenArchivedAndErasedWithAReceipt() throws JsonProcessingException {
    TenantId tenant = new TenantId("retained");
    String key = key(tenant, null);
    String old = old(tenant, new Scope("ada", null, "garden"), MemoryKind.EPISODE);
    String pinned = old(tenant, new Scope("ada", null, null), MemoryKind.PINNED);
    String bobs = old(tenant, new Scope("bob", null, null), MemoryKind.EPISODE);
    String young =
        body(key, "{\"text\":\"the violet\",\"scope\":{\"user\":\"ada\"}}")
            .post("/v1/memories")
            .path("id");
    assertEquals(4, found(key).size());
    assertEquals(7, (int) body(key, OF_ADA).put(RETENTION).path("archive_days"));
    JsonPath dry = as(key).post(RUN + "?dry_run=true").jsonPath();
    assertEquals(List.of(1), dry.getList("due.memories"));
    assertEquals(List.of(), dry.getList("archives"));
    assertEquals(4, found(key).size());
    JsonPath run = as(key).post(RUN).jsonPath();
    assertFalse(run.getBoolean("more"));
    assertEquals(List.of(1), run.getList("archives.memories_erased"));
    assertEquals(Set.of(pinned, bobs, young), Set.copyOf(found(key)));
    assertProblem(as(key).get("/v1/memories/" + old), 404, "memory");
    String archive = run.getString("archives[0].id");
    JsonNode shown = json.readTree(as(key).get(ARCHIVES + "/" + archive).asString());
    ObjectNode receipt = (ObjectNode) shown.path("receipt");
    assertTrue(signing.hasSigned(receipt), shown::toString);
    assertEquals(shown.path("sha256"), receipt.path("archive").path("sha256"));
    assertEquals(shown.path("keep_until"), receipt.path("archive").path("keep_until"));
    assertEquals(1, receipt.path("removed").path("lexical_documents").asInt());
    assertEquals("ada", receipt.path("policy").path("scope").path("user").asText());
    assertEquals("whole", body(key, "{}").post("/v1/memories/chain/verify").path("status"));
    JsonPath erased = as(key).delete("/v1/memories/" + young).jsonPath();
    assertTrue(erased.getList("may_remain.where").contains("retention_archives"));
    assertOthersSeeNothing(archive);
    assertTrue((boolean) as(key).delete(ARCHIVES + "/" + archive).path("deleted"));
    assertProblem(as(key).get(ARCHIVES + "/" + archive), 404, "archive");
    assertProblem(as(key).delete(ARCHIVES + "/" + archive), 404, "archive");
    assertEquals(List.of(), as(key).get(ARCHIVES).path("data"));
  }

  private void assertOthersSeeNothing(String archive) {
    String other = key(new TenantId("retained-other"), null);
    assertEquals(List.of(), as(other).get(ARCHIVES).path("data"));
    assertEquals(List.of(), as(other).get(RETENTION).path("data"));
    assertProblem(as(other).get(ARCHIVES + "/" + archive), 404, "archive");
    assertProblem(as(other).delete(ARCHIVES + "/" + archive), 404, "archive");
    assertProblem(as(other).delete(RETENTION + "?user=ada"), 404, "policy");
  }

  @Test
  void aPolicyIsSetShownAndDeletedByWhoeverMay() {
    TenantId tenant = new TenantId("policies");
    String key = key(tenant, null);
    assertEquals(200, body(key, OF_ADA).put(RETENTION).statusCode());
    assertEquals(200, body(key, OF_ADA.replace("30", "40")).put(RETENTION).statusCode());
    JsonPath all = as(key).get(RETENTION).jsonPath();
    assertEquals(List.of(40), all.getList("data.keep_days"));
    assertEquals("ada", all.getString("data[0].scope.user"));
    assertNull(all.getString("data[0].scope.agent"));
    assertProblem(as(key).delete(RETENTION), 404, "policy");
    assertTrue((boolean) as(key).delete(RETENTION + "?user=ada").path("deleted"));
    assertEquals(List.of(), as(key).get(RETENTION).path("data"));
    String reader = store.keys().create(tenant, "r", Set.of(Right.READ), null).secret();
    assertEquals(200, as(reader).get(RETENTION).statusCode());
    assertProblem(body(reader, OF_ADA).put(RETENTION), 403, "write");
    assertProblem(as(reader).post(RUN), 403, "write");
    assertProblem(as(reader).delete(ARCHIVES + "/arc_1"), 403, "write");
    String bound = key(tenant, "ada");
    assertProblem(as(bound).get(RETENTION), 403, "user");
    assertProblem(body(bound, OF_ADA).put(RETENTION), 403, "user");
    assertProblem(as(bound).get(ARCHIVES), 403, "user");
    assertProblem(as(bound).post(RUN), 403, "user");
    assertProblem(given().get(RETENTION), 401, "Bearer");
  }

  @Test
  void whatCannotBeAPolicyIsNamedAndSetsNothing() {
    String key = key(new TenantId("bad-policies"), null);
    for (String bad :
        List.of(
            "{\"keep_days\":1}#archive_days",
            "{\"archive_days\":1,\"keep_days\":null}#keep_days",
            "{\"archive_days\":1,\"keep_days\":0}#keep_days",
            "{\"archive_days\":36501,\"keep_days\":1}#archive_days",
            "{\"archive_days\":1,\"keep_days\":1.5}#keep_days",
            "{\"archive_days\":1,\"keep_days\":1,\"scope\":{\"user\":\"\"}}#scope",
            "{\"archive_days\":1,\"keep_days\":1,\"x\":1}#x")) {
      String[] parts = bad.split("#", -1);
      assertProblem(body(key, parts[0]).put(RETENTION), 400, parts[1]);
    }
    assertEquals(List.of(), as(key).get(RETENTION).path("data"));
    assertProblem(as(key).post(RUN + "?dry_run=maybe"), 400, "dry_run");
    assertProblem(as(key).get(ARCHIVES + "?after=x"), 400, "after");
    assertProblem(as(key).get(ARCHIVES + "/x"), 404, "archive");
  }

  /** Written a hundred days ago. */
  private String old(TenantId tenant, Scope scope, MemoryKind kind) {
    InstantSource then = () -> InstantSource.system().instant().minus(Duration.ofDays(100));
    SecureRandom random = new SecureRandom();
    try (PostgresMemory past =
        new PostgresMemory(connections, then, new SortableIds(then, random), random)) {
      NewMemory one =
          new NewMemory(
              scope, kind, new Origin("talk", "s", null, 0), MemoryText.of("the violet"), null);
      MemoryId id = past.memories().add(tenant, List.of(one)).getFirst().id();
      return id.value();
    }
  }

  private static List<String> found(String key) {
    return body(key, "{\"query\":\"violet\",\"k\":50,\"mode\":\"lexical\"}")
        .post("/v1/memories/search")
        .path("hits.memory.id");
  }

  private String key(TenantId tenant, String user) {
    return store.keys().create(tenant, "test", Set.of(Right.READ, Right.WRITE), user).secret();
  }

  private static RequestSpecification body(String key, String body) {
    return as(key).contentType(ContentType.JSON).body(body);
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
