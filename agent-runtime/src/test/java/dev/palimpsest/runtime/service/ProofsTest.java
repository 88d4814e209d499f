package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.proof.SigningKey;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Provenance, revocations, the chain and receipts, each for whoever may see them. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class ProofsTest {
  private static final String MEMORIES = "/v1/memories";
  private static final Set<Right> BOTH = Set.of(Right.READ, Right.WRITE);

  @Inject StoreLink store;
  @Inject SigningKey signing;
  @Inject ObjectMapper json;

  @Test
  void provenanceIsATreeBackToTheWords() {
    TenantId tenant = new TenantId("tree");
    String key = key(tenant, null);
    String one = written(key, "one", "diary");
    String two = written(key, "two", "diary");
    String sum = derived(tenant, "one and two", one, two);
    String top = derived(tenant, "top", sum, one);
    assertEquals(200, as(key).delete(MEMORIES + "/" + two).statusCode());
    JsonPath tree = as(key).get(MEMORIES + "/" + top + "/provenance").jsonPath();
    assertEquals("top", tree.getString("text"));
    assertEquals(List.of(sum, one), tree.getList("sources.memory"));
    assertEquals(List.of("known", "erased"), tree.getList("sources[0].sources.state"));
    assertEquals("one", tree.getString("sources[0].sources[0].text"));
    assertEquals("client", tree.getString("sources[0].sources[0].from.kind"));
    assertEquals("diary", tree.getString("sources[0].sources[0].from.source"));
    assertEquals("repeated", tree.getString("sources[1].state"));
    assertNull(tree.getString("sources[0].sources[1].text"));
    assertProblem(as(key).get(MEMORIES + "/" + top + "/provenance?version=2"), 404, "memory");
    assertProblem(as(key).get(MEMORIES + "/" + top + "/provenance?version=x"), 400, "version");
    assertProblem(as(key).get(MEMORIES + "/mem_none/provenance"), 404, "memory");
    String other = key(new TenantId("tree-other"), null);
    assertProblem(as(other).get(MEMORIES + "/" + top + "/provenance"), 404, "memory");
  }

  @Test
  void anotherUsersSourceIsNamedAndNotShown() {
    TenantId tenant = new TenantId("hidden");
    String bobs =
        body(key(tenant, null), "{\"text\":\"secret\",\"scope\":{\"user\":\"bob\"}}")
            .post(MEMORIES)
            .path("id");
    String free = derived(tenant, "derived", bobs);
    Response tree = as(key(tenant, "ada")).get(MEMORIES + "/" + free + "/provenance");
    assertEquals("hidden", tree.path("sources[0].state"));
    assertFalse(tree.asString().contains("secret"));
  }

  @Test
  void aRevokedSourceIsGoneFromAllRecallWithWhatWasMadeOfIt() {
    TenantId tenant = new TenantId("revoked");
    String key = key(tenant, null);
    String bad = written(key, "the zeppelin is blue", "evil.json");
    String good = written(key, "the zeppelin is red", "diary");
    String sum = derived(tenant, "zeppelins are blue and red", bad, good);
    assertEquals(Set.of(bad, good, sum), Set.copyOf(found(key, "zeppelin")));
    JsonPath done =
        body(key, "{\"source\":\"evil.json\",\"reason\":\"It lied.\"}")
            .post(MEMORIES + "/revoke")
            .jsonPath();
    assertEquals("done", done.getString("status"));
    assertEquals(2, done.getInt("touched"));
    assertEquals(List.of(bad, sum), done.getList("memories"));
    assertEquals(List.of(good), found(key, "zeppelin"));
    JsonPath shown = as(key).get(MEMORIES + "/" + sum).jsonPath();
    assertEquals("It lied.", shown.getString("revoked.reason"));
    assertEquals("zeppelins are blue and red", shown.getString("text"));
    assertTrue(shown.getString("revoked.at").endsWith("Z"));
    assertEquals(List.of(good), as(key).get(MEMORIES).path("data.id"));
    assertProblem(body(key, "{\"text\":\"x\"}").patch(MEMORIES + "/" + bad), 409, "revoked");
    String path = MEMORIES + "/revocations/" + done.getString("id");
    JsonPath page = as(key).get(path + "?limit=1").jsonPath();
    assertEquals(List.of(bad), page.getList("memories"));
    assertEquals(
        List.of(sum),
        as(key).get(path + "?limit=1&after=" + page.getString("next")).path("memories"));
    assertProblem(as(key(new TenantId("x"), null)).get(path), 404, "revocation");
    assertProblem(as(key(tenant, "ada")).get(path), 404, "revocation");
    assertEquals(
        done.getString("id"),
        body(key, "{\"source\":\"evil.json\"}").post(MEMORIES + "/revoke").path("id"));
  }

  @Test
  void aRevocationAsksForASourceAndTouchesNobodyElses() {
    TenantId tenant = new TenantId("asks");
    String key = key(tenant, null);
    String own = written(key, "said here", "talk");
    String elsewhere = key(new TenantId("asks-other"), null);
    JsonPath nothing =
        body(elsewhere, "{\"source\":\"" + own + "\"}").post(MEMORIES + "/revoke").jsonPath();
    assertEquals(0, nothing.getInt("touched"));
    String ada = key(tenant, "ada");
    assertEquals(
        0, (int) body(ada, "{\"source\":\"talk\"}").post(MEMORIES + "/revoke").path("touched"));
    assertNull(as(key).get(MEMORIES + "/" + own).path("revoked"));
    for (String bad : List.of("{}", "{\"source\":\" \"}", "{\"source\":\"a\",\"x\":1}")) {
      assertProblem(body(key, bad).post(MEMORIES + "/revoke"), 400, "");
    }
    String reader = store.keys().create(tenant, "t", Set.of(Right.READ), null).secret();
    assertProblem(body(reader, "{\"source\":\"a\"}").post(MEMORIES + "/revoke"), 403, "write");
  }

  @Test
  void theChainIsGivenOutSignedAndHeldAgainstItsRows() throws JsonProcessingException {
    TenantId tenant = new TenantId("chain");
    String key = key(tenant, null);
    String one = written(key, "one", "talk");
    String answer = as(key).get(MEMORIES + "/chain").asString();
    ObjectNode checkpoint = (ObjectNode) json.readTree(answer).path("checkpoint");
    assertTrue(signing.hasSigned(checkpoint));
    assertEquals("chain", checkpoint.path("tenant").asText());
    written(key, "two", "talk");
    assertEquals(200, as(key).delete(MEMORIES + "/" + one).statusCode());
    JsonPath chain = as(key).get(MEMORIES + "/chain").jsonPath();
    assertEquals(List.of("written", "written", "erased"), chain.getList("data.kind"));
    Map<String, Object> known =
        Map.of(
            "change", checkpoint.path("change").asLong(), "link", checkpoint.path("link").asText());
    JsonPath whole = json(known, key).post(MEMORIES + "/chain/verify").jsonPath();
    assertEquals("whole", whole.getString("status"));
    assertEquals(3, whole.getInt("links"));
    assertEquals(1, whole.getInt("versions"));
    assertEquals(1, whole.getInt("erased"));
    Map<String, Object> other = Map.of("change", known.get("change"), "link", "00".repeat(32));
    JsonPath broken = json(other, key).post(MEMORIES + "/chain/verify").jsonPath();
    assertEquals("broken", broken.getString("status"));
    assertEquals(checkpoint.path("change").asInt(), broken.getInt("broken.change"));
    assertProblem(json(Map.of("change", 1), key).post(MEMORIES + "/chain/verify"), 400, "link");
    String ada = key(tenant, "ada");
    assertProblem(as(ada).get(MEMORIES + "/chain"), 403, "user");
    assertProblem(json(known, ada).post(MEMORIES + "/chain/verify"), 403, "user");
    String elsewhere = key(new TenantId("chain-other"), null);
    assertEquals(List.of(), as(elsewhere).get(MEMORIES + "/chain").path("data"));
  }

  @Test
  void anErasureIsReceiptedWithWhatWasRemovedAndWhatRemains() throws JsonProcessingException {
    TenantId tenant = new TenantId("receipts");
    String key = key(tenant, null);
    String one = written(key, "one", "talk");
    String sum = derived(tenant, "made of one", one);
    String text = as(key).delete(MEMORIES + "/" + one).asString();
    assertTrue(signing.hasSigned((ObjectNode) json.readTree(text)), text);
    JsonPath receipt = JsonPath.from(text);
    assertEquals(one, receipt.getString("memory"));
    assertEquals(1, receipt.getInt("removed.versions"));
    assertEquals(1, receipt.getInt("removed.lexical_documents"));
    assertEquals(List.of(sum), receipt.getList("derived"));
    assertTrue(receipt.getList("may_remain.where").contains("derived_memories"));
    assertTrue(receipt.getList("may_remain.where").contains("backups"));
    assertEquals(
        receipt.getString("chain.link"),
        as(key).get(MEMORIES + "/chain").jsonPath().getString("checkpoint.link"));
    String session = body(key, "{}").post("/v1/sessions").path("id");
    String erased = as(key).delete("/v1/sessions/" + session).asString();
    assertTrue(signing.hasSigned((ObjectNode) json.readTree(erased)), erased);
    assertEquals(session, JsonPath.from(erased).getString("session"));
  }

  @Test
  void aSourceIsErasedAndNobodyElses() {
    TenantId tenant = new TenantId("source");
    String key = key(tenant, null);
    String one = written(key, "one", "talk");
    String two = written(key, "two", "talk");
    String other = written(key, "three", "diary");
    String elsewhere = key(new TenantId("source-other"), null);
    assertEquals(0, (int) as(elsewhere).delete(MEMORIES + "?source=talk").path("memories_erased"));
    assertEquals(
        0, (int) as(key(tenant, "ada")).delete(MEMORIES + "?source=talk").path("memories_erased"));
    JsonPath receipt = as(key).delete(MEMORIES + "?source=talk").jsonPath();
    assertEquals(2, receipt.getInt("memories_erased"));
    assertEquals("talk", receipt.getString("source"));
    for (String gone : List.of(one, two)) {
      assertProblem(as(key).get(MEMORIES + "/" + gone), 404, "memory");
    }
    assertEquals(List.of(other), as(key).get(MEMORIES).path("data.id"));
    assertProblem(as(key).delete(MEMORIES), 400, "source");
  }

  private String derived(TenantId tenant, String text, String... from) {
    List<VersionId> sources =
        Arrays.stream(from).map(id -> new VersionId(new MemoryId(id), 1)).toList();
    NewMemory wanted =
        new NewMemory(
                Scope.NONE,
                MemoryKind.FACT,
                new Origin("digests", null, null, 0),
                MemoryText.of(text).labelled(Label.UNTRUSTED),
                null)
            .from(sources);
    Memory made =
        store
            .memories()
            .find(tenant, store.memories().add(tenant, List.of(wanted)).getFirst().id(), null)
            .orElseThrow();
    return made.id().value();
  }

  private String key(TenantId tenant, String user) {
    return store.keys().create(tenant, "test", BOTH, user).secret();
  }

  private static List<String> found(String key, String query) {
    return body(key, "{\"query\":\"" + query + "\",\"k\":50,\"mode\":\"lexical\"}")
        .post(MEMORIES + "/search")
        .path("hits.memory.id");
  }

  private static String written(String key, String text, String source) {
    return body(key, "{\"text\":\"" + text + "\",\"source\":\"" + source + "\"}")
        .post(MEMORIES)
        .path("id");
  }

  private static RequestSpecification json(Map<String, ?> body, String key) {
    return as(key).contentType(ContentType.JSON).body(body);
  }

  private static RequestSpecification body(String key, String body) {
    return as(key).contentType(ContentType.JSON).body(body);
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
