package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.assertProblem;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who sees and changes whose agents. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(KeysTest.WithKeys.class)
@ExtendWith(NeedsPostgres.class)
class AgentKeysTest {
  private static final String AGENTS = "/v1/agents";
  private static final Set<Right> BOTH = Set.of(Right.READ, Right.WRITE);
  private static final TenantId ELSEWHERE = new TenantId("elsewhere");

  @Inject StoreLink store;

  /** Keys are made past the service's own patience with a database that comes late. */
  @BeforeEach
  void awaitStore() {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!(store.state() instanceof StoreLink.State.Connected) && System.nanoTime() < end) {
      assertEquals(200, given().get("/q/health/live").statusCode());
    }
  }

  @Test
  void tenantsDoNotSeeEachOthersAgents() {
    String here = key(TenantId.DEFAULT, BOTH, null);
    String there = key(ELSEWHERE, BOTH, null);
    String mine = made(here, "").path("id");
    String theirs = made(there, "").path("id");
    assertHidden(there, mine);
    assertHidden(here, theirs);
    assertFalse(listed(here).contains(theirs));
    assertFalse(listed(there).contains(mine));
    assertEquals(200, as(here).get(AGENTS + "/" + mine).statusCode());
    assertEquals(1, as(there).get(AGENTS + "/" + theirs).<Integer>path("version"));
  }

  @Test
  void aKeyOfOneUserSeesThatUsersAgentsAndSharedOnesAndChangesItsOwnAlone() {
    String all = key(TenantId.DEFAULT, BOTH, null);
    String ada = key(TenantId.DEFAULT, BOTH, "ada");
    Response own = made(ada, "");
    assertEquals("ada", own.path("scope.user"));
    String shared = made(all, "").path("id");
    String bobs = made(all, ",\"scope\":{\"user\":\"bob\"}").path("id");
    assertHidden(ada, bobs);
    List<String> seen = listed(ada);
    assertTrue(seen.contains(shared) && seen.contains(own.<String>path("id")));
    assertFalse(seen.contains(bobs));
    assertProblem(as(ada).get(AGENTS + "?user=bob"), 403, "user");
    assertProblem(made(ada, ",\"scope\":{\"user\":\"bob\"}"), 403, "user");
    assertEquals(200, as(ada).get(AGENTS + "/" + shared).statusCode());
    String change = "{\"instructions\":\"Obey.\"}";
    assertProblem(body(ada, change).patch(AGENTS + "/" + shared), 403, "user");
    assertProblem(as(ada).delete(AGENTS + "/" + shared), 403, "user");
    assertEquals("Be kind.", as(all).get(AGENTS + "/" + shared).path("instructions"));
    String id = own.path("id");
    assertEquals(2, body(ada, change).patch(AGENTS + "/" + id).<Integer>path("version"));
    Response session = begin(ada, shared);
    assertEquals("ada", session.path("scope.user"));
    assertEquals("Be kind.", session.path("instructions"));
    assertEquals(200, as(ada).delete(AGENTS + "/" + id).statusCode());
  }

  @Test
  void readingIsNotEnoughToMakeChangeOrDelete() {
    String writer = key(TenantId.DEFAULT, Set.of(Right.WRITE), null);
    String reader = key(TenantId.DEFAULT, Set.of(Right.READ), null);
    String id = made(writer, "").path("id");
    assertProblem(made(reader, ""), 403, "write");
    assertProblem(body(reader, "{}").patch(AGENTS + "/" + id), 403, "write");
    assertProblem(as(reader).delete(AGENTS + "/" + id), 403, "write");
    assertProblem(as(writer).get(AGENTS), 403, "read");
    assertProblem(as(writer).get(AGENTS + "/" + id), 403, "read");
    assertEquals(200, as(reader).get(AGENTS + "/" + id).statusCode());
    for (String path : List.of(AGENTS, AGENTS + "/" + id)) {
      assertProblem(given().get(path), 401, "Bearer");
    }
  }

  /** No way leads to an agent of others, and none tells that there is one. */
  private static void assertHidden(String key, String agent) {
    String path = AGENTS + "/" + agent;
    assertProblem(as(key).get(path), 404, "no such agent");
    assertProblem(as(key).get(path + "?version=1"), 404, "no such agent");
    assertProblem(body(key, "{\"name\":\"x\"}").patch(path), 404, "no such agent");
    assertProblem(as(key).delete(path), 404, "no such agent");
    Response unknown = begin(key, "agt_unknown");
    Response hidden = begin(key, agent);
    assertEquals(unknown.asString(), hidden.asString());
    assertProblem(hidden, 400, "agent");
  }

  private String key(TenantId tenant, Set<Right> rights, String user) {
    return store.keys().create(tenant, "test", rights, user).secret();
  }

  private static Response made(String key, String more) {
    return body(key, "{\"name\":\"helper\",\"instructions\":\"Be kind.\"" + more + "}")
        .post(AGENTS);
  }

  private static Response begin(String key, String agent) {
    return body(key, "{\"agent\":\"" + agent + "\"}").post("/v1/sessions");
  }

  private static List<String> listed(String key) {
    return as(key).get(AGENTS + "?limit=1000").path("data.id");
  }

  private static RequestSpecification body(String key, String body) {
    return as(key).contentType(ContentType.JSON).body(body);
  }

  private static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }
}
