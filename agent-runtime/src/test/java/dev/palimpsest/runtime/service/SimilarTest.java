package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.runtime.bridge.StoreLink;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Near-duplicates as they are shown, each to whoever may see them. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class SimilarTest {
  private static final String MEMORIES = "/v1/memories";

  @Inject StoreLink store;
  @Inject Consolidator consolidator;

  @Test
  void whatSaysTheSameIsShownToWhoeverMaySeeIt() {
    TenantId tenant = new TenantId("similar");
    String key = key(tenant, null);
    String one = written(key, "The lighthouse is closed on Mondays.", "ada");
    String two = written(key, "the lighthouse is closed on  mondays.", "ada");
    String bobs = written(key, "The lighthouse is closed on Mondays.", "bob");
    assertEquals(List.of(), similar(key, one).getList("data"));
    consolidate(tenant);
    JsonPath found = similar(key, one);
    assertEquals(List.of(two), found.getList("data.memory.id"));
    assertTrue(found.getBoolean("data[0].same_text"));
    assertNull(found.get("data[0].cosine"));
    assertEquals(List.of(one), similar(key(tenant, "ada"), two).getList("data.memory.id"));
    assertEquals(List.of(), similar(key, bobs).getList("data"));
    assertProblem(as(key(tenant, "bob")).get(MEMORIES + "/" + one + "/similar"), 404, "memory");
    assertProblem(as(key).get(MEMORIES + "/mem_none/similar"), 404, "memory");
    String other = key(new TenantId("similar-other"), null);
    assertProblem(as(other).get(MEMORIES + "/" + one + "/similar"), 404, "memory");
    assertEquals(200, as(key).delete(MEMORIES + "/" + two).statusCode());
    assertEquals(List.of(), similar(key, one).getList("data"));
  }

  private void consolidate(TenantId tenant) {
    for (int steps = 0; steps < 100; steps++) {
      if (consolidator.step(tenant, null).kind() == Consolidator.Kind.NOTHING) {
        return;
      }
    }
    throw new AssertionError("there is always more");
  }

  private static JsonPath similar(String key, String id) {
    return as(key).get(MEMORIES + "/" + id + "/similar").jsonPath();
  }

  private String key(TenantId tenant, String user) {
    return store.keys().create(tenant, "test", Set.of(Right.READ, Right.WRITE), user).secret();
  }

  private static String written(String key, String text, String user) {
    return as(key)
        .contentType(ContentType.JSON)
        .body("{\"text\":\"" + text + "\",\"scope\":{\"user\":\"" + user + "\"}}")
        .post(MEMORIES)
        .path("id");
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
