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
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Entities as they are shown and merged, each by whoever may. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class EntitiesTest {
  private static final String ENTITIES = "/v1/entities";
  private static final String MEMORIES = "/v1/memories";
  private static final Set<Right> BOTH = Set.of(Right.READ, Right.WRITE);

  @Inject StoreLink store;
  @Inject Consolidator consolidator;

  @Test
  void whomMemoriesNameIsShownMergedAndErasedWithThem() {
    TenantId tenant = new TenantId("entities");
    String key = key(tenant, BOTH, null);
    String one = written(key, "Then my sister Mara moved to Oslo.", "ada");
    String two = written(key, "We wrote to Mara Lindqvist, also known as Mimi.", "ada");
    assertEquals(List.of(), list(key, "").getList("data"));
    consolidate(tenant);
    JsonPath all = list(key, "");
    assertEquals(List.of("Mara Lindqvist", "Oslo"), sorted(all));
    JsonPath mara = list(key, "?name=MARA&kind=person&user=ada");
    assertEquals(List.of("Mara Lindqvist"), mara.getList("data.name"));
    assertEquals("ada", mara.getString("data[0].scope.user"));
    assertEquals(2, mara.getInt("data[0].memories"));
    String id = mara.getString("data[0].id");
    Map<String, String> aliases = aliases(as(key).get(ENTITIES + "/" + id));
    assertEquals(Map.of("Mara", "first_name", "Mimi", "stated"), aliases);
    String oslo = list(key, "?kind=place").getString("data[0].id");
    assertEquals(List.of(one), named(key, oslo));
    assertEquals(List.of(two, one), named(key, id));
    JsonPath links = as(key).get(ENTITIES + "/" + id + "/links?limit=1").jsonPath();
    assertEquals(List.of("Mara Lindqvist", "Mimi"), links.getList("data.quote"));
    assertEquals(two, links.getString("next"));
    assertEquals(
        List.of("Mara"),
        as(key).get(ENTITIES + "/" + id + "/links?after=" + two).path("data.quote"));
    JsonPath page = list(key, "?limit=1");
    assertEquals(1, list(key, "?after=" + page.getString("next")).getList("data").size());
    Response erased = as(key).delete(MEMORIES + "/" + two);
    assertEquals(2, erased.jsonPath().getInt("removed.entity_links"), erased.asString());
    assertEquals(2, erased.jsonPath().getInt("removed.entities"));
    assertEquals(List.of("Mara", "Oslo"), sorted(list(key, "")));
    assertProblem(as(key).get(ENTITIES + "/" + id), 404, "entity");
    assertEquals(List.of(), named(key, id));
  }

  @Test
  void mergesAreMadeAndUndoneByThoseWhoWrite() {
    TenantId tenant = new TenantId("entities-merged");
    String key = key(tenant, BOTH, "ada");
    String one = written(key, "We met Robert Weber and Bobo.", "ada");
    consolidate(tenant);
    String robert = list(key, "?name=robert weber").getString("data[0].id");
    String bobo = list(key, "?name=bobo").getString("data[0].id");
    Response merged = post(key, robert + "/merges", "{\"entity\":\"" + bobo + "\"}");
    assertEquals(Map.of("Bobo", "asked"), aliases(merged));
    assertEquals(robert, as(key).get(ENTITIES + "/" + bobo).path("merged_into"));
    assertEquals(List.of("Robert Weber"), list(key, "").getList("data.name"));
    assertEquals(List.of(one), named(key, bobo));
    Response parted = as(key).delete(ENTITIES + "/" + robert + "/merges/" + bobo);
    assertEquals(Map.of(), aliases(parted));
    assertProblem(as(key).delete(ENTITIES + "/" + robert + "/merges/" + bobo), 404, "entity");
    assertNull(as(key).get(ENTITIES + "/" + bobo).path("merged_into"));
    assertEquals(
        Map.of("Bobo", "declared"), aliases(post(key, robert + "/aliases", "{\"name\":\"Bóbo\"}")));
    assertEquals(
        Map.of("Bobo", "declared"),
        aliases(post(key, robert + "/aliases", "{\"name\":\" bobo\"}")));
    String reader = key(tenant, Set.of(Right.READ), null);
    assertEquals(1, list(reader, "").getList("data").size());
    assertProblem(post(reader, robert + "/aliases", "{\"name\":\"Rob\"}"), 403, "write");
    assertProblem(as(key(tenant, Set.of(Right.WRITE), null)).get(ENTITIES), 403, "read");
  }

  @Test
  void nobodySeesOrTouchesWhomOthersMemoriesName() {
    TenantId tenant = new TenantId("entities-kept");
    String key = key(tenant, BOTH, null);
    String ada = key(tenant, BOTH, "ada");
    String bob = key(tenant, BOTH, "bob");
    String there = key(new TenantId("entities-other"), BOTH, null);
    written(key, "We met Robert Weber and Bobo.", "ada");
    written(key, "We met Clara Weber and Cleo.", "bob");
    as(key)
        .contentType(ContentType.JSON)
        .body("{\"text\":\"We met Oskar Lind and Ozzy.\"}")
        .post(MEMORIES);
    consolidate(tenant);
    assertEquals(List.of("Bobo", "Oskar Lind", "Ozzy", "Robert Weber"), sorted(list(ada, "")));
    assertEquals(List.of("Clara Weber", "Cleo", "Oskar Lind", "Ozzy"), sorted(list(bob, "")));
    assertEquals(List.of(), list(there, "").getList("data"));
    assertProblem(as(ada).get(ENTITIES + "?user=bob"), 403, "user");
    String robert = list(key, "?name=robert weber").getString("data[0].id");
    String bobo = list(key, "?name=bobo").getString("data[0].id");
    for (String other : List.of(bob, there)) {
      assertProblem(as(other).get(ENTITIES + "/" + robert), 404, "entity");
      assertProblem(as(other).get(ENTITIES + "/" + robert + "/links"), 404, "entity");
      assertEquals(List.of(), named(other, robert));
      assertProblem(post(other, robert + "/aliases", "{\"name\":\"Rob\"}"), 404, "entity");
      assertProblem(
          post(other, robert + "/merges", "{\"entity\":\"" + bobo + "\"}"), 404, "entity");
      assertProblem(as(other).delete(ENTITIES + "/" + robert + "/merges/" + bobo), 404, "entity");
    }
    String clara = list(bob, "?name=clara weber").getString("data[0].id");
    String oskar = list(bob, "?name=oskar lind").getString("data[0].id");
    String ozzy = list(bob, "?name=ozzy").getString("data[0].id");
    String claraToo = "{\"entity\":\"" + clara + "\"}";
    assertProblem(post(ada, robert + "/merges", claraToo), 400, "names no entity");
    assertProblem(post(key, robert + "/merges", claraToo), 400, "another scope");
    assertProblem(post(ada, oskar + "/aliases", "{\"name\":\"Os\"}"), 403, "others'");
    assertProblem(post(ada, oskar + "/merges", "{\"entity\":\"" + ozzy + "\"}"), 403, "others'");
    assertProblem(as(ada).delete(ENTITIES + "/" + oskar + "/merges/" + ozzy), 403, "others'");
    assertEquals(200, as(ada).get(ENTITIES + "/" + oskar + "/links").statusCode());
    assertEquals(6, list(key, "").getList("data").size());
  }

  @Test
  void whatIsWrongIsNamedAndChangesNothing() {
    TenantId tenant = new TenantId("entities-wrong");
    String key = key(tenant, BOTH, null);
    written(key, "We met Robert Weber.", "ada");
    consolidate(tenant);
    String robert = list(key, "").getString("data[0].id");
    assertProblem(as(key).get(ENTITIES + "?kind=animal"), 400, "kind");
    assertProblem(as(key).get(ENTITIES + "?name=..."), 400, "name");
    assertProblem(as(key).get(ENTITIES + "?after=mem_1"), 400, "after");
    assertProblem(as(key).get(ENTITIES + "?limit=0"), 400, "limit");
    assertProblem(as(key).get(ENTITIES + "/nonsense"), 404, "entity");
    assertProblem(as(key).get(MEMORIES + "?entity=robert"), 400, "entity");
    assertProblem(post(key, robert + "/aliases", "{}"), 400, "name");
    assertProblem(post(key, robert + "/aliases", "{\"name\":\" . \"}"), 400, "holds no word");
    assertProblem(
        post(key, robert + "/aliases", "{\"name\":\"" + "x".repeat(101) + "\"}"), 400, "name");
    assertProblem(post(key, robert + "/aliases", "{\"name\":\"Rob\",\"why\":1}"), 400, "why");
    assertProblem(post(key, robert + "/merges", "{\"entity\":\"ent_none\"}"), 400, "entity");
    assertProblem(post(key, "ent_none/merges", "{\"entity\":\"ent_none\"}"), 404, "entity");
    assertProblem(as(key).get(ENTITIES + "/" + robert + "/links?after=x"), 400, "after");
    assertTrue(aliases(as(key).get(ENTITIES + "/" + robert)).isEmpty());
    assertEquals(1, list(key, "").getList("data").size());
  }

  private void consolidate(TenantId tenant) {
    for (int steps = 0; steps < 100; steps++) {
      if (consolidator.step(tenant, null).kind() == Consolidator.Kind.NOTHING) {
        return;
      }
    }
    throw new AssertionError("there is always more");
  }

  private static JsonPath list(String key, String query) {
    Response answer = as(key).get(ENTITIES + query);
    assertEquals(200, answer.statusCode(), answer.asString());
    return answer.jsonPath();
  }

  private static List<String> sorted(JsonPath page) {
    return page.<String>getList("data.name").stream().sorted().toList();
  }

  private static List<String> named(String key, String entity) {
    return as(key).get(MEMORIES + "?entity=" + entity).path("data.id");
  }

  /** Other names with the reason of each. */
  private static Map<String, String> aliases(Response entity) {
    assertEquals(200, entity.statusCode(), entity.asString());
    JsonPath shown = entity.jsonPath();
    List<String> names = shown.getList("aliases.name");
    List<String> reasons = shown.getList("aliases.reason");
    return names.stream()
        .collect(Collectors.toMap(name -> name, name -> reasons.get(names.indexOf(name))));
  }

  private String key(TenantId tenant, Set<Right> rights, String user) {
    return store.keys().create(tenant, "test", rights, user).secret();
  }

  private static String written(String key, String text, String user) {
    return as(key)
        .contentType(ContentType.JSON)
        .body("{\"text\":\"" + text + "\",\"scope\":{\"user\":\"" + user + "\"}}")
        .post(MEMORIES)
        .path("id");
  }

  private static Response post(String key, String path, String body) {
    return as(key).contentType(ContentType.JSON).body(body).post(ENTITIES + "/" + path);
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
