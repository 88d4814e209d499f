package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.bridge.StoreLink;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who sees whose memories. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class MemoryKeysTest {
  private static final String MEMORIES = "/v1/memories";
  private static final Set<Right> BOTH = Set.of(Right.READ, Right.WRITE);

  @Inject StoreLink store;

  @Test
  void aKeyOfOneUserIsHeldToThatUsersMemoriesAndUnscopedOnes() {
    String all = key(TenantId.DEFAULT, BOTH, null);
    String ada = key(TenantId.DEFAULT, BOTH, "ada");
    Response made = write(ada, "{\"text\":\"harpsichord of ada\"}");
    assertEquals("ada", made.path("scope.user"));
    String own = made.path("id");
    String free = write(all, "{\"text\":\"harpsichord of nobody\"}").path("id");
    String other =
        write(all, "{\"text\":\"harpsichord of bob\",\"scope\":{\"user\":\"bob\"}}").path("id");
    assertEquals(200, as(ada).get(MEMORIES + "/" + own).statusCode());
    assertEquals(200, as(ada).get(MEMORIES + "/" + free).statusCode());
    assertProblem(as(ada).get(MEMORIES + "/" + other), 404, "memory");
    assertProblem(as(ada).get(MEMORIES + "/" + other + "/history"), 404, "memory");
    assertProblem(as(ada).delete(MEMORIES + "/" + other), 404, "memory");
    assertProblem(as(ada).delete(MEMORIES + "/" + other + "?mode=invalidate"), 404, "memory");
    assertProblem(body(ada, "{\"text\":\"x\"}").patch(MEMORIES + "/" + other), 404, "memory");
    // Other tests leave unscoped memories behind, which Ada sees too.
    List<String> listed = listed(ada);
    assertTrue(listed.containsAll(List.of(own, free)) && !listed.contains(other), listed::toString);
    assertEquals(Set.of(own, free), Set.copyOf(found(ada, "harpsichord")));
    assertEquals(Set.of(own, free, other), Set.copyOf(found(all, "harpsichord")));
    String bobs = "\"scope\":{\"user\":\"bob\"}}";
    assertProblem(write(ada, "{\"text\":\"x\"," + bobs), 403, "user");
    assertProblem(search(ada, "{\"query\":\"x\"," + bobs), 403, "user");
    assertProblem(as(ada).get(MEMORIES + "?user=bob"), 403, "user");
  }

  @Test
  void tenantsDoNotSeeEachOther() {
    String here = key(TenantId.DEFAULT, BOTH, null);
    String there = key(new TenantId("elsewhere"), BOTH, null);
    String mine = write(here, "{\"text\":\"bassoon here\"}").path("id");
    String theirs = write(there, "{\"text\":\"bassoon there\"}").path("id");
    assertEquals(List.of(mine), found(here, "bassoon"));
    assertEquals(List.of(theirs), found(there, "bassoon"));
    assertEquals(List.of(theirs), listed(there));
    assertProblem(as(there).get(MEMORIES + "/" + mine), 404, "memory");
    assertProblem(as(there).delete(MEMORIES + "/" + mine), 404, "memory");
    assertEquals(200, as(here).get(MEMORIES + "/" + mine).statusCode());
  }

  @Test
  void readingIsEnoughToSearchAndNotToWrite() {
    String reader = key(TenantId.DEFAULT, Set.of(Right.READ), null);
    String writer = key(TenantId.DEFAULT, Set.of(Right.WRITE), null);
    assertEquals(200, search(reader, "{\"query\":\"anything\"}").statusCode());
    assertProblem(write(reader, "{\"text\":\"x\"}"), 403, "write");
    assertProblem(as(reader).delete(MEMORIES + "/mem_1"), 403, "write");
    assertProblem(search(writer, "{\"query\":\"anything\"}"), 403, "read");
    assertProblem(as(writer).get(MEMORIES), 403, "read");
  }

  @Test
  void withoutAKeyTheDialectIsRefusedInTheDialect() {
    Response answer = given().contentType(ContentType.JSON).body("{}").post("/v1/chat/completions");
    assertEquals(401, answer.statusCode());
    assertEquals("unauthenticated", answer.path("error.code"));
    assertTrue(answer.<String>path("error.message").contains("key"), answer.asString());
  }

  private String key(TenantId tenant, Set<Right> rights, String user) {
    return store.keys().create(tenant, "test", rights, user).secret();
  }

  private static List<String> found(String key, String query) {
    return search(key, "{\"query\":\"" + query + "\",\"k\":50}").path("hits.memory.id");
  }

  private static List<String> listed(String key) {
    return as(key).get(MEMORIES + "?limit=1000").path("data.id");
  }

  private static Response search(String key, String body) {
    return body(key, body).post(MEMORIES + "/search");
  }

  private static Response write(String key, String body) {
    return body(key, body).post(MEMORIES);
  }

  private static RequestSpecification body(String key, String body) {
    return as(key).contentType(ContentType.JSON).body(body);
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
