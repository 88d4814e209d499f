package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.Pooling;
import dev.palimpsest.engine.model.TinyEncoders;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.SpaceCreation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.bridge.StoreLink;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The embedding model is changed while the service runs, tenant by tenant. */
@QuarkusTest
@WithTestResource(
    value = ServiceResource.class,
    initArgs = @ResourceArg(name = "embedder", value = "bge-small"))
@TestProfile(SpacesTest.WithFile.class)
@ExtendWith(NeedsPostgres.class)
class SpacesTest {
  private static final String SPACES = "/v1/embeddings/spaces";
  private static final String STANDARD = "bge-small-en-v1.5-q";
  private static final String FILE = "bert-MEAN-7";
  private static final Set<Right> ALL = Set.of(Right.READ, Right.WRITE, Right.ADMIN);

  @Inject StoreLink store;

  /** With keys, and a random encoder of sixteen dimensions beside the service's own. */
  public static final class WithFile implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        var folder = Files.createTempDirectory("palimpsest-models-");
        return Map.of(
            "palimpsest.auth.mode",
            "keys",
            "palimpsest.embedding-model",
            TinyEncoders.write(folder, "bert", Pooling.MEAN, 7).toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void aSpaceIsMadeFilledSearchedSwitchedToAndBackAndDropped() throws InterruptedException {
    String key = key("switching", ALL, null);
    String old = write(key, "the lighthouse keeper whistles");
    await(() -> create(key, FILE).statusCode() != 400);
    JsonPath made = create(key, FILE).jsonPath();
    String id = made.getString("id");
    assertTrue(id.startsWith("bert-mean-7-"), id);
    assertEquals(TinyEncoders.WIDTH, made.getInt("dimensions"));
    assertEquals(64, made.getString("fingerprint").length());
    await(() -> "ready".equals(state(key, id)));
    JsonPath ready = as(key).get(SPACES + "/" + id).jsonPath();
    assertEquals(1, ready.getInt("progress.done"));
    assertEquals(1, ready.getInt("progress.total"));
    assertNull(ready.get("trouble"), ready::prettify);
    String fresh = write(key, "somebody cooks a stew");
    assertEquals(old, nearest(key, "the lighthouse keeper whistles", STANDARD));
    assertEquals(old, nearest(key, "the lighthouse keeper whistles", id));
    assertEquals(fresh, nearest(key, "somebody cooks a stew", id));
    double standard = score(key, "whistling", STANDARD);
    double other = score(key, "whistling", id);
    assertNotEquals(standard, other, 1e-3);
    assertEquals(standard, score(key, "whistling", null), 1e-9);
    assertProblem(as(key).delete(SPACES + "/" + STANDARD), 409, "active");

    assertEquals("active", activate(key, id).path("state"));
    assertEquals(other, score(key, "whistling", null), 1e-9);
    assertEquals("ready", state(key, STANDARD));
    assertEquals("active", activate(key, id).path("state"));
    String late = write(key, "a walrus on the ice");
    assertEquals(late, nearest(key, "a walrus on the ice", null));
    assertEquals(late, nearest(key, "a walrus on the ice", STANDARD));
    assertEquals(late, best(key, "walrus", "hybrid"));
    assertEquals(late, best(key, "walrus", "mcts"));
    assertProblem(as(key).delete(SPACES + "/" + id), 409, "active");

    assertEquals("active", activate(key, STANDARD).path("state"));
    assertEquals(score(key, "whistling", STANDARD), score(key, "whistling", null), 1e-9);
    assertEquals(true, as(key).delete(SPACES + "/" + id).path("dropped"));
    await(() -> as(key).get(SPACES + "/" + id).statusCode() == 404);
    assertProblem(search(key, "walrus", "dense", id), 400, "space");
    assertEquals(late, nearest(key, "a walrus on the ice", null));
    assertEquals(0, store.vectors().checkpoint(new TenantId("switching"), space(id)));
    assertEquals(201, create(key, FILE).statusCode());
    await(() -> "ready".equals(state(key, id)));
    assertEquals(late, nearest(key, "a walrus on the ice", id));
  }

  @Test
  void aTenantThatMadeNoneHasTheStandardOne() {
    String key = key("plain", ALL, null);
    write(key, "anything");
    JsonPath all = as(key).get(SPACES).jsonPath();
    assertEquals(List.of(STANDARD), all.getList("data.id"));
    assertEquals("active", all.getString("data[0].state"));
    assertNull(all.get("data[0].created_at"));
    assertEquals(1, all.getInt("data[0].progress.total"));
    assertEquals("active", activate(key, STANDARD).path("state"));
    assertProblem(as(key).delete(SPACES + "/" + STANDARD), 409, "active");
    assertEquals(200, search(key, "anything", "dense", STANDARD).statusCode());
    assertEquals(List.of(), store.spaces().list(new TenantId("plain")));
    assertEquals(200, create(key, STANDARD).statusCode());
    assertEquals(1, store.spaces().list(new TenantId("plain")).size());
  }

  @Test
  void badWishesAreNamedAndChangeNothing() throws InterruptedException {
    String key = key("bad", ALL, null);
    await(() -> as(key).get(SPACES).statusCode() == 200);
    Response unknown = create(key, "ada-002");
    assertProblem(unknown, 400, "model");
    assertEquals(List.of("model"), unknown.jsonPath().getList("errors.field"));
    assertProblem(body(key, "{}").post(SPACES), 400, "model");
    assertProblem(body(key, "{\"model\":7}").post(SPACES), 400, "model");
    assertProblem(
        body(key, "{\"model\":\"" + STANDARD + "\",\"colour\":\"red\"}").post(SPACES),
        400,
        "colour");
    assertProblem(body(key, "{\"force\":true}").post(SPACES + "/x/activate"), 400, "force");
    assertProblem(as(key).get(SPACES + "/none"), 404, "space");
    assertProblem(activate(key, "none"), 404, "space");
    assertProblem(as(key).delete(SPACES + "/none"), 404, "space");
    assertProblem(search(key, "anything", "hybrid", "none"), 400, "space");
    assertEquals(List.of(), store.spaces().list(new TenantId("bad")));
  }

  @Test
  void aSpaceWhoseModelIsGoneIsNotSwitchedToAndCanBeDropped() throws InterruptedException {
    String key = key("gone", ALL, null);
    write(key, "anything");
    assertEquals(200, create(key, STANDARD).statusCode());
    NewSpace gone = new NewSpace(new EmbeddingSpace("gone-1", 5), "gone", "0a".repeat(32));
    TenantId tenant = new TenantId("gone");
    assertInstanceOf(SpaceCreation.Created.class, store.spaces().create(tenant, gone, gone));
    JsonPath shown = as(key).get(SPACES + "/gone-1").jsonPath();
    assertEquals("filling", shown.getString("state"));
    assertFalse(shown.getString("trouble").isBlank());
    assertProblem(activate(key, "gone-1"), 409, "not loaded");
    assertProblem(search(key, "anything", "hybrid", "gone-1"), 503, "not loaded");
    store.spaces().ready(tenant, gone.space());
    store.spaces().activate(tenant, "gone-1");
    assertEquals(200, search(key, "anything", "hybrid", null).statusCode(), "by words");
    assertProblem(search(key, "anything", "dense", null), 503, "mode");
    assertEquals("active", activate(key, STANDARD).path("state"));
    assertEquals(200, as(key).delete(SPACES + "/gone-1").statusCode());
    await(() -> as(key).get(SPACES + "/gone-1").statusCode() == 404);
  }

  @Test
  void noMoreThanFourAreMade() throws InterruptedException {
    String key = key("full", ALL, null);
    await(() -> create(key, STANDARD).statusCode() == 200);
    TenantId tenant = new TenantId("full");
    for (int i = 0; i < 3; i++) {
      NewSpace one = new NewSpace(new EmbeddingSpace("one-" + i, 5), "one", "0a".repeat(32));
      assertInstanceOf(SpaceCreation.Created.class, store.spaces().create(tenant, one, one));
    }
    await(() -> create(key, FILE).statusCode() != 400);
    assertProblem(create(key, FILE), 409, "drop one");
    assertEquals(true, as(key).delete(SPACES + "/one-1").path("dropped"));
    await(() -> create(key, FILE).statusCode() == 201);
  }

  @Test
  void spacesAreAnAdministratorsAndTheTenantsOwn() throws InterruptedException {
    String admin = key("mine", ALL, null);
    await(() -> create(admin, FILE).statusCode() != 400);
    String id = create(admin, FILE).path("id");
    for (Set<Right> rights : List.of(Set.of(Right.READ), Set.of(Right.READ, Right.WRITE))) {
      String lesser = key("mine", rights, null);
      assertProblem(as(lesser).get(SPACES), 403, "admin");
      assertProblem(as(lesser).get(SPACES + "/" + id), 403, "admin");
      assertProblem(create(lesser, FILE), 403, "admin");
      assertProblem(activate(lesser, id), 403, "admin");
      assertProblem(as(lesser).delete(SPACES + "/" + id), 403, "admin");
    }
    assertProblem(create(key("mine", ALL, "ada"), FILE), 403, "user");
    String other = key("theirs", ALL, null);
    assertEquals(List.of(STANDARD), as(other).get(SPACES).jsonPath().getList("data.id"));
    assertProblem(as(other).get(SPACES + "/" + id), 404, "space");
    assertProblem(activate(other, id), 404, "space");
    assertProblem(as(other).delete(SPACES + "/" + id), 404, "space");
    assertProblem(search(other, "anything", "hybrid", id), 400, "space");
    String reader = key("mine", Set.of(Right.READ), null);
    await(() -> "ready".equals(state(admin, id)));
    assertEquals(200, search(reader, "anything", "hybrid", id).statusCode());
  }

  private EmbeddingSpace space(String id) {
    return new EmbeddingSpace(id, TinyEncoders.WIDTH);
  }

  private static String nearest(String key, String query, String space) {
    Response answer = search(key, query, "dense", space);
    assertEquals(false, answer.path("lagging"), answer.asString());
    return answer.path("hits[0].memory.id");
  }

  private static double score(String key, String query, String space) {
    return search(key, query, "dense", space).jsonPath().getDouble("hits[0].score");
  }

  private static String best(String key, String query, String mode) {
    return search(key, query, mode, null).path("hits[0].memory.id");
  }

  private static Response search(String key, String query, String mode, String space) {
    String asked = space == null ? "" : ",\"space\":\"" + space + "\"";
    String body = "{\"query\":\"" + query + "\",\"mode\":\"" + mode + "\"" + asked + "}";
    return body(key, body).post("/v1/memories/search");
  }

  private static Response create(String key, String model) {
    return body(key, "{\"model\":\"" + model + "\"}").post(SPACES);
  }

  private static Response activate(String key, String id) {
    return body(key, "").post(SPACES + "/" + id + "/activate");
  }

  private static String state(String key, String id) {
    return as(key).get(SPACES + "/" + id).path("state");
  }

  private static String write(String key, String text) {
    return body(key, "{\"text\":\"" + text + "\"}").post("/v1/memories").path("id");
  }

  private String key(String tenant, Set<Right> rights, String user) {
    return store.keys().create(new TenantId(tenant), "test", rights, user).secret();
  }

  private static RequestSpecification body(String key, String body) {
    return as(key).contentType(ContentType.JSON).body(body);
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 3000; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("it did not come to that");
  }
}
