package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.bridge.StoreLink;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Facts that say which words they come from, and after which others hold no more. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class FactsTest {
  private static final String MEMORIES = "/v1/memories";
  private static final Set<Right> BOTH = Set.of(Right.READ, Right.WRITE);

  @Inject StoreLink store;

  @Test
  void aFactShowsTheWordsThatItComesFrom() {
    String key = key("facts-words", null);
    String text = "Zo\u00EB \uD83C\uDFBB lives in Porto, in Porto.";
    String one = id(write(key, "{\"text\":\"" + text + "\"}"));
    int porto = text.indexOf("Porto");
    String fact =
        id(
            fact(
                key,
                "\"sources\":["
                    + source(one, "\"quote\":\"Porto\"")
                    + ","
                    + source(one, "\"start\":0,\"end\":6,\"version\":1")
                    + ","
                    + source(one, null)
                    + "]"));
    assertEquals(
        200,
        body(key, "{\"text\":\"Zo\u00EB lives in Faro.\"}")
            .patch(MEMORIES + "/" + one)
            .statusCode());
    JsonPath tree = as(key).get(MEMORIES + "/" + fact + "/provenance").jsonPath();
    assertEquals(List.of(one, one, one), tree.getList("sources.memory"));
    assertEquals(List.of(1, 1, 1), tree.getList("sources.version"));
    assertEquals(List.of("known", "repeated", "repeated"), tree.getList("sources.state"));
    assertEquals("Porto", tree.getString("sources[0].span.quote"));
    assertEquals(porto, tree.getInt("sources[0].span.start"));
    assertEquals(porto + 5, tree.getInt("sources[0].span.end"));
    assertEquals("Zo\u00EB \uD83C\uDFBB", tree.getString("sources[1].span.quote"));
    assertNull(tree.get("sources[2].span"));
    assertNull(tree.get("span"));
    assertEquals(200, as(key).delete(MEMORIES + "/" + one).statusCode());
    Response erased = as(key).get(MEMORIES + "/" + fact + "/provenance");
    assertEquals(List.of("erased", "erased", "erased"), erased.path("sources.state"));
    assertEquals(porto, (int) erased.path("sources[0].span.start"));
    assertFalse(erased.asString().contains("quote"), erased.asString());
    assertNull(body(key, "{}").post(MEMORIES + "/chain/verify").path("broken"));
  }

  @Test
  void aFactIsTrustedNoMoreThanTheLeastOfItsSources() {
    String key = key("facts-label", null);
    String low = stored("facts-label", "Somebody said so.", Label.UNTRUSTED);
    String high = stored("facts-label", "The service says so.", Label.SYSTEM);
    String sources = "\"sources\":[" + source(high, null) + "," + source(low, null) + "]";
    assertEquals("untrusted", fact(key, sources).path("label"));
    assertEquals("user", fact(key, "\"sources\":[" + source(high, null) + "]").path("label"));
  }

  @Test
  void aSourceThatCannotBeOneIsNamedAndNothingIsWritten() {
    String tenant = "facts-bad";
    String key = key(tenant, null);
    String one = id(write(key, "{\"text\":\"A \uD83C\uDFBB in Porto.\"}"));
    String bobs = id(write(key, "{\"text\":\"Bob's.\",\"scope\":{\"user\":\"bob\"}}"));
    String theirs = id(write(key("facts-elsewhere", null), "{\"text\":\"elsewhere\"}"));
    String adas = key(tenant, "ada");
    long before = store.memories().lastChange(new TenantId(tenant));
    String good = source(one, "\"quote\":\"Porto\"");
    refused(key, good + "," + source(one, "\"quote\":\"Faro\""), "sources[1].quote");
    refused(key, source(one, "\"quote\":\"\""), "sources[0].quote");
    refused(key, source(one, "\"quote\":\"A\",\"start\":0,\"end\":1"), "sources[0].quote");
    refused(key, source(one, "\"start\":0"), "sources[0].end");
    refused(key, source(one, "\"end\":4"), "sources[0].start");
    refused(key, source(one, "\"start\":4,\"end\":4"), "sources[0].end");
    refused(key, source(one, "\"start\":-1,\"end\":4"), "sources[0].start");
    refused(key, source(one, "\"start\":0,\"end\":99"), "sources[0].end");
    refused(key, source(one, "\"start\":3,\"end\":5"), "sources[0].start");
    refused(key, source(one, "\"start\":0,\"end\":3"), "sources[0].end");
    refused(key, source(one, "\"version\":2"), "sources[0].version");
    refused(key, source(one, "\"version\":0"), "sources[0].version");
    refused(key, source(one, "\"words\":\"x\""), "sources[0].words");
    refused(key, "{}", "sources[0].memory");
    refused(key, "7", "sources[0]");
    refused(key, good + "," + source("nonsense", null), "sources[1].memory");
    refused(key, source("mem_unknown", null), "sources[0].memory");
    refused(key, source(theirs, null), "sources[0].memory");
    refused(adas, source(bobs, null), "sources[0].memory");
    assertProblem(
        fact(key, "\"scope\":{\"user\":\"ada\"},\"sources\":[" + source(bobs, null) + "]"),
        400,
        "sources[0].memory");
    assertProblem(fact(key, "\"sources\":{}"), 400, "sources");
    refused(key, String.join(",", Collections.nCopies(65, good)), "sources");
    assertEquals(before, store.memories().lastChange(new TenantId(tenant)));
    String most = String.join(",", Collections.nCopies(64, good));
    assertEquals(201, fact(key, "\"sources\":[" + most + "]").statusCode());
    assertProblem(body(key, "{\"sources\":[]}").patch(MEMORIES + "/" + one), 400, "sources");
  }

  @Test
  void nothingIsMadeOfWhatWasRevoked() {
    String key = key("facts-revoked", null);
    String bad = id(write(key, "{\"text\":\"The zeppelin is blue.\"}"));
    assertEquals(
        200, body(key, "{\"source\":\"" + bad + "\"}").post(MEMORIES + "/revoke").statusCode());
    assertProblem(fact(key, "\"sources\":[" + source(bad, null) + "]"), 409, bad);
    assertProblem(fact(key, "\"ends\":[\"" + bad + "\"]"), 409, bad);
  }

  @Test
  void theSameKeyIsTheSameFactAndAnotherSourceIsAnotherRequest() {
    String key = key("facts-again", null);
    String one = id(write(key, "{\"text\":\"Ada lives in Porto.\"}"));
    String asked = "\"sources\":[" + source(one, "\"quote\":\"Porto\"") + "]";
    String fact = id(keyed(key, asked));
    body(key, "{\"text\":\"Ada lived in Porto.\"}").patch(MEMORIES + "/" + one);
    assertEquals(fact, id(keyed(key, asked)));
    assertProblem(keyed(key, "\"source\":\"api\""), 409, "Idempotency-Key");
    for (String other : List.of("\"quote\":\"lives\"", "\"version\":2", "\"start\":0,\"end\":5")) {
      assertProblem(keyed(key, "\"sources\":[" + source(one, other) + "]"), 409, "Idempotency-Key");
    }
    assertProblem(keyed(key, asked.replace("}]", "}," + source(one, null) + "]")), 409, "Key");
    assertEquals(200, as(key).delete(MEMORIES + "/" + one).statusCode());
    assertEquals(fact, id(keyed(key, asked)));
  }

  @Test
  void aFactEndsWhatItContradictsAndTheFormerIsFoundForItsTime() {
    String key = key("facts-ends", null);
    String before = "\"valid_from\":\"2025-03-01T00:00:00Z\"";
    String porto = id(write(key, "{\"text\":\"Ada lives in Porto.\"," + before + "}"));
    String since = "\"valid_from\":\"2025-05-01T00:00:00Z\"";
    Response made = fact(key, since + ",\"ends\":[\"" + porto + "\"]");
    assertEquals(201, made.statusCode(), made.asString());
    JsonPath history = as(key).get(MEMORIES + "/" + porto + "/history").jsonPath();
    assertEquals(List.of(1, 2), history.getList("data.version"));
    assertNull(history.getString("data[0].valid_to"));
    assertEquals("2025-05-01T00:00:00Z", history.getString("data[1].valid_to"));
    assertEquals(List.of(porto), found(key, "2025-04-01T00:00:00Z"));
    assertEquals(List.of(id(made)), found(key, "2025-06-01T00:00:00Z"));
    assertEquals("Ada lives in Porto.", as(key).get(MEMORIES + "/" + porto).path("text"));
  }

  @Test
  void whatCannotEndIsNamedAndNothingIsWritten() {
    String tenant = "facts-end";
    String key = key(tenant, null);
    String one = id(write(key, "{\"text\":\"Ada lives in Porto.\"}"));
    String bobs = id(write(key, "{\"text\":\"Bob's.\",\"scope\":{\"user\":\"bob\"}}"));
    String ada = key(tenant, "ada");
    long before = store.memories().lastChange(new TenantId(tenant));
    assertProblem(fact(key, "\"ends\":[\"mem_unknown\"]"), 400, "ends[0]");
    assertProblem(fact(key, "\"ends\":[\"" + one + "\",\"nonsense\"]"), 400, "ends[1]");
    assertProblem(fact(key, "\"ends\":[7]"), 400, "ends[0]");
    assertProblem(fact(key, "\"ends\":\"" + one + "\""), 400, "ends");
    assertProblem(fact(ada, "\"ends\":[\"" + bobs + "\"]"), 400, "ends[0]");
    String many = String.join(",", Collections.nCopies(65, "\"" + one + "\""));
    assertProblem(fact(key, "\"ends\":[" + many + "]"), 400, "ends");
    assertEquals(before, store.memories().lastChange(new TenantId(tenant)));
  }

  private void refused(String key, String sources, String field) {
    Response refusal = fact(key, "\"sources\":[" + sources + "]");
    assertProblem(refusal, 400, field);
    assertEquals(field, refusal.path("errors[0].field"), refusal.asString());
  }

  private static String source(String memory, String more) {
    return "{\"memory\":\"" + memory + "\"" + (more == null ? "" : "," + more) + "}";
  }

  private static Response fact(String key, String more) {
    return write(key, "{\"text\":\"Ada lives somewhere.\",\"kind\":\"fact\"," + more + "}");
  }

  private static Response keyed(String key, String more) {
    return body(key, "{\"text\":\"Ada lives in Porto.\",\"kind\":\"fact\"," + more + "}")
        .header("Idempotency-Key", "fact-1")
        .post(MEMORIES);
  }

  private static List<String> found(String key, String validAt) {
    return body(
            key, "{\"query\":\"Ada lives\",\"mode\":\"lexical\",\"valid_at\":\"" + validAt + "\"}")
        .post(MEMORIES + "/search")
        .path("hits.memory.id");
  }

  private String stored(String tenant, String text, Label label) {
    NewMemory wanted =
        new NewMemory(
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin("talk", null, null, 0),
            MemoryText.of(text).labelled(label),
            null);
    return store.memories().add(new TenantId(tenant), List.of(wanted)).getFirst().id().value();
  }

  private String key(String tenant, String user) {
    return store.keys().create(new TenantId(tenant), "test", BOTH, user).secret();
  }

  private static String id(Response made) {
    assertEquals(201, made.statusCode(), made.asString());
    return made.path("id");
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
