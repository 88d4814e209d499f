package dev.palimpsest.memory.session;

import dev.palimpsest.memory.ChangeList;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Agents in a map. */
public final class InMemoryAgents implements Agents {
  private record Kept(NewAgent request, List<Agent> versions) {}

  private final Map<TenantId, NavigableMap<String, Kept>> tenants = new HashMap<>();
  private final InMemoryMemory.Guard guard;
  private final ChangeList changes;
  private final InstantSource clock;
  private final IdSource ids;

  /** None yet. */
  public InMemoryAgents(
      InMemoryMemory.Guard guard, ChangeList changes, InstantSource clock, IdSource ids) {
    this.guard = guard;
    this.changes = changes;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public AgentCreation create(TenantId tenant, NewAgent request) {
    return guard.inTransaction(
        "create agent",
        () ->
            of(tenant).values().stream()
                .filter(kept -> isUnderTheSameKey(kept.request, request))
                .findAny()
                .map(kept -> known(kept, request))
                .orElseGet(() -> new AgentCreation.Created(insert(tenant, request))));
  }

  @Override
  public Optional<Agent> find(TenantId tenant, AgentId agent) {
    return guard.inTransaction(
        "find agent", () -> kept(tenant, agent).map(kept -> kept.versions.getLast()));
  }

  @Override
  public Optional<Agent> find(TenantId tenant, AgentId agent, int version) {
    return guard.inTransaction(
        "find agent",
        () ->
            kept(tenant, agent).stream()
                .flatMap(kept -> kept.versions.stream())
                .filter(one -> one.version() == version)
                .findAny());
  }

  @Override
  public Page<Agent> list(TenantId tenant, Scope filter, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    return guard.inTransaction(
        "list agents",
        () -> {
          NavigableMap<String, Kept> all = of(tenant).descendingMap();
          List<Agent> found =
              (after == null ? all : all.tailMap(new AgentId(after).value(), false))
                  .values().stream()
                      .map(kept -> kept.versions.getLast())
                      .filter(agent -> filter.admits(agent.scope()))
                      .limit(limit + 1L)
                      .toList();
          return found.size() <= limit
              ? new Page<>(found, null)
              : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
        });
  }

  @Override
  public AgentChange update(TenantId tenant, AgentId agent, AgentPatch patch) {
    return guard.inTransaction(
        "update agent",
        () ->
            kept(tenant, agent)
                .map(kept -> changed(tenant, kept, patch))
                .orElseGet(AgentChange.Gone::new));
  }

  @Override
  public boolean delete(TenantId tenant, AgentId agent) {
    return guard.inTransaction(
        "delete agent",
        () -> {
          boolean isThere = of(tenant).remove(agent.value()) != null;
          if (isThere) {
            changes.add(tenant, "agent_deleted", agent.value(), now());
          }
          return isThere;
        });
  }

  private static boolean isUnderTheSameKey(NewAgent known, NewAgent asked) {
    return asked.idempotencyKey() != null
        && asked.idempotencyKey().equals(known.idempotencyKey())
        && asked.scope().equals(known.scope());
  }

  private static AgentCreation known(Kept kept, NewAgent request) {
    return kept.request.equals(request)
        ? new AgentCreation.Existing(kept.versions.getLast())
        : new AgentCreation.Conflict();
  }

  private Agent insert(TenantId tenant, NewAgent request) {
    AgentId id = new AgentId(ids.next(AgentId.PREFIX));
    Agent agent = new Agent(id, 1, request.scope(), request.settings(), now(), now());
    of(tenant).put(id.value(), new Kept(request, new ArrayList<>(List.of(agent))));
    changes.add(tenant, "agent_created", id.value(), now());
    return agent;
  }

  private AgentChange changed(TenantId tenant, Kept kept, AgentPatch patch) {
    Agent newest = kept.versions.getLast();
    if (patch.expected() != null && patch.expected() != newest.version()) {
      return new AgentChange.Stale(newest.version());
    }
    AgentSettings settings = patch.applyTo(newest.settings());
    if (!settings.equals(newest.settings())) {
      int version = newest.version() + 1;
      kept.versions.add(
          new Agent(newest.id(), version, newest.scope(), settings, newest.createdAt(), now()));
      changes.add(tenant, "agent_updated", newest.id().value(), now());
    }
    return new AgentChange.Changed(kept.versions.getLast());
  }

  private Optional<Kept> kept(TenantId tenant, AgentId agent) {
    return Optional.ofNullable(of(tenant).get(agent.value()));
  }

  private NavigableMap<String, Kept> of(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, t -> new TreeMap<>());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
