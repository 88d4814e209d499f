package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link Agents} does, and of sessions that begin with one. */
public abstract class AgentsContract {
  private static final SamplingOptions SAMPLING = new SamplingOptions(0.5, 3, null, null, 7L);
  private static final List<Tool> TOOLS =
      List.of(
          Tool.BuiltIn.MEMORY_SEARCH,
          new Tool.Http(
              "send",
              "Sends \"it\".",
              "{\"type\":\"object\",\"properties\":{\"to\":{\"type\":\"string\"}}}",
              "https://example.com/send",
              "POST",
              false));
  private static final AgentSettings KIND =
      new AgentSettings("helper", "Be kind.", "model-a", SAMPLING, TOOLS);
  private static final Scope SCOPE = new Scope(null, "helper", "garden");

  private final TestClock clock = new TestClock();
  private Opened store;
  private TenantId tenant;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init")
  protected AgentsContract() {}

  /** A store's agents and its sessions. */
  public record Opened(Agents agents, SessionLog sessions) {}

  /** The store under test, empty or with other tenants' rows alone. */
  protected abstract Opened open(TestClock clock, IdSource ids);

  /** A tenant that no other test uses. */
  protected abstract TenantId freshTenant();

  @BeforeEach
  void open() {
    store = open(clock, new CountingIds());
    tenant = freshTenant();
  }

  @Test
  void madeAgentIsFoundAsItWasAskedForByItsTenantAlone() {
    Agent made = made(KIND, SCOPE, null);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    assertEquals(new Agent(made.id(), 1, SCOPE, KIND, now, now), made);
    assertEquals(Optional.of(made), store.agents().find(tenant, made.id()));
    assertEquals(Optional.of(made), store.agents().find(tenant, made.id(), 1));
    assertEquals(Optional.empty(), store.agents().find(tenant, made.id(), 2));
    TenantId other = freshTenant();
    assertEquals(Optional.empty(), store.agents().find(other, made.id()));
    assertEquals(Optional.empty(), store.agents().find(other, made.id(), 1));
    assertEquals(List.of(), store.agents().list(other, Scope.NONE, 10, null).data());
    assertInstanceOf(
        AgentChange.Gone.class, store.agents().update(other, made.id(), saying("Be curt.", null)));
    assertFalse(store.agents().delete(other, made.id()));
    assertEquals(Optional.of(made), store.agents().find(tenant, made.id()));
  }

  @Test
  void aChangeIsAnotherVersionAndTheOldOneStays() {
    Agent first = made(KIND, SCOPE, null);
    clock.advance(Duration.ofMinutes(1));
    AgentPatch patch =
        new AgentPatch(
            1,
            new Edit.Put<>("curt helper"),
            new Edit.Put<>("Be curt."),
            new Edit.Clear<>(),
            new Edit.Clear<>(),
            new Edit.Put<>(TOOLS));
    Agent second = changed(first.id(), patch);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    AgentSettings curt = new AgentSettings("curt helper", "Be curt.", null, null, TOOLS);
    assertEquals(new Agent(first.id(), 2, SCOPE, curt, first.createdAt(), now), second);
    assertEquals(Optional.of(first), store.agents().find(tenant, first.id(), 1));
    assertEquals(Optional.of(second), store.agents().find(tenant, first.id()));
    assertEquals(
        new AgentChange.Stale(2), store.agents().update(tenant, first.id(), patch), "the old one");
    assertEquals(second, changed(first.id(), saying("Be curt.", null)), "changes nothing");
    assertEquals(List.of(second), store.agents().list(tenant, Scope.NONE, 10, null).data());
    assertEquals(
        List.of("agent_created", "agent_updated"),
        store.sessions().changes(tenant, 0, 10).stream().map(Change::kind).toList());
  }

  @Test
  void ofManyChangesAtOnceNoneIsLostAndOfManyForOneVersionOneIsMade() throws Exception {
    AgentId id = made(KIND, SCOPE, null).id();
    SessionLogFixture.fromManyThreads(i -> changed(id, saying("Say " + i, null)));
    Agent newest = store.agents().find(tenant, id).orElseThrow();
    int all = SessionLogFixture.THREADS + 1;
    assertEquals(all, newest.version());
    Set<String> said =
        IntStream.rangeClosed(2, all)
            .mapToObj(v -> store.agents().find(tenant, id, v).orElseThrow().settings())
            .map(AgentSettings::instructions)
            .collect(Collectors.toSet());
    assertEquals(SessionLogFixture.THREADS, said.size());
    List<AgentChange> changes =
        SessionLogFixture.fromManyThreads(
            i -> store.agents().update(tenant, id, saying("Again " + i, all)));
    assertEquals(1, changes.stream().filter(AgentChange.Changed.class::isInstance).count());
    assertEquals(all + 1, store.agents().find(tenant, id).orElseThrow().version());
  }

  @Test
  void aDeletedAgentIsGoneWithAllVersionsAndItsSessionsGoOn() {
    Agent first = made(KIND, SCOPE, "key-1");
    Agent second = changed(first.id(), saying("Be curt.", null));
    Session session = begun(asked(null, Scope.NONE, second, null));
    assertTrue(store.agents().delete(tenant, first.id()));
    assertFalse(store.agents().delete(tenant, first.id()));
    assertEquals(Optional.empty(), store.agents().find(tenant, first.id()));
    assertEquals(Optional.empty(), store.agents().find(tenant, first.id(), 1));
    assertInstanceOf(
        AgentChange.Gone.class, store.agents().update(tenant, first.id(), saying("x", null)));
    Session found = store.sessions().find(tenant, session.id()).orElseThrow();
    assertEquals(session, found);
    assertEquals(new AgentVersion(first.id(), 2), found.agent());
    assertEquals("Be curt.", found.instructions());
    assertNotEquals(first.id(), made(KIND, SCOPE, "key-1").id(), "the key is free again");
  }

  @Test
  void theSameKeyAndRequestIsTheSameAgentAsItIsNow() {
    Agent first = made(KIND, SCOPE, "key-1");
    Agent second = changed(first.id(), saying("Be curt.", null));
    assertEquals(new AgentCreation.Existing(second), create(KIND, SCOPE, "key-1"));
    AgentSettings other = new AgentSettings("other", "Be kind.", "model-a", SAMPLING);
    assertEquals(new AgentCreation.Conflict(), create(other, SCOPE, "key-1"));
    assertInstanceOf(AgentCreation.Created.class, create(other, Scope.NONE, "key-1"));
    assertInstanceOf(AgentCreation.Created.class, create(KIND, SCOPE, "key-2"));
  }

  @Test
  void agentsAreListedNewestFirstPageByPageUnderAScope() {
    Agent garden = made(KIND, SCOPE, null);
    Agent ada = made(KIND, Scope.ofUser("ada"), null);
    Agent free = made(KIND, Scope.NONE, null);
    Agent changed = changed(garden.id(), saying("Be curt.", null));
    Page<Agent> page = store.agents().list(tenant, Scope.NONE, 2, null);
    assertEquals(List.of(free, ada), page.data());
    Page<Agent> rest = store.agents().list(tenant, Scope.NONE, 2, page.next());
    assertEquals(List.of(changed), rest.data());
    assertNull(rest.next());
    assertEquals(
        List.of(free, changed), store.agents().list(tenant, Scope.ofUser("bob"), 10, null).data());
    assertThrows(
        IllegalArgumentException.class, () -> store.agents().list(tenant, Scope.NONE, 2, "agt_~"));
  }

  @Test
  void aSessionTakesOverWhatItLeavesOpenAndKeepsItsVersion() {
    Agent first = made(KIND, SCOPE, null);
    Session taken = begun(asked(null, Scope.ofUser("ada"), first, "key-1"));
    assertEquals("Be kind.", taken.instructions());
    assertEquals("model-a", taken.model());
    assertEquals(new Scope("ada", "helper", "garden"), taken.scope());
    assertEquals(SAMPLING, taken.sampling());
    assertEquals(TOOLS, taken.tools());
    assertEquals(first.pin(), taken.agent());
    Agent second = changed(first.id(), saying("Be curt.", null));
    assertEquals(Optional.of(taken), store.sessions().find(tenant, taken.id()));
    assertEquals(
        new Creation.Existing(taken),
        store.sessions().create(tenant, asked(null, Scope.ofUser("ada"), second, "key-1")),
        "the version is not what was asked for");
    NewSession own =
        new NewSession(
            null,
            "model-b",
            "Be mine.",
            new Scope(null, "mine", null),
            null,
            new SamplingOptions(0.9, null, null, null, null),
            null,
            List.of(),
            second);
    Session winning = begun(own);
    assertEquals("Be mine.", winning.instructions());
    assertEquals("model-b", winning.model());
    assertEquals(List.of(), winning.tools());
    assertEquals(new Scope(null, "mine", "garden"), winning.scope());
    assertEquals(new SamplingOptions(0.9, 3, null, null, 7L), winning.sampling());
    Forking forked = store.sessions().fork(tenant, winning.id(), null, null);
    Session child = assertInstanceOf(Forking.Forked.class, forked).session();
    assertEquals(second.pin(), child.agent());
    assertEquals("Be mine.", child.instructions());
  }

  private Session begun(NewSession asked) {
    Creation made = store.sessions().create(tenant, asked);
    return assertInstanceOf(Creation.Created.class, made).session();
  }

  private static NewSession asked(
      @Nullable String instructions, Scope scope, Agent agent, @Nullable String key) {
    return new NewSession(null, null, instructions, scope, null, null, key, null, agent);
  }

  private Agent made(AgentSettings settings, Scope scope, @Nullable String key) {
    return assertInstanceOf(AgentCreation.Created.class, create(settings, scope, key)).agent();
  }

  private AgentCreation create(AgentSettings settings, Scope scope, @Nullable String key) {
    return store.agents().create(tenant, new NewAgent(settings, scope, key));
  }

  private Agent changed(AgentId id, AgentPatch patch) {
    AgentChange change = store.agents().update(tenant, id, patch);
    return assertInstanceOf(AgentChange.Changed.class, change).agent();
  }

  private static AgentPatch saying(String instructions, @Nullable Integer expected) {
    return new AgentPatch(
        expected,
        new Edit.Keep<>(),
        new Edit.Put<>(instructions),
        new Edit.Keep<>(),
        new Edit.Keep<>(),
        new Edit.Keep<>());
  }
}
