package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Agent;
import dev.palimpsest.memory.session.AgentChange;
import dev.palimpsest.memory.session.AgentCreation;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.AgentPatch;
import dev.palimpsest.memory.session.AgentSettings;
import dev.palimpsest.memory.session.Agents;
import dev.palimpsest.memory.session.NewAgent;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Agents over their table. Rows are inserted and deleted, never updated and never locked: who comes
 * second runs into a key of the first and begins anew with what is there then.
 */
final class PostgresAgents implements Agents {
  /** Another write of the same agent or under the same key was faster. */
  private static final Set<String> OUTRUN = Set.of(SessionTable.UNIQUE_VIOLATION, "23503");

  /** How often one write may be outrun before it is given up as if the store were away. */
  private static final int ATTEMPTS_MAX = 10;

  private static final String NEWEST =
      """
      from AgentRow a
      where a.tenantId = :tenant
        and a.version = (
          select max(b.version) from AgentRow b
          where b.tenantId = a.tenantId and b.agentId = a.agentId)
      """;

  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;

  PostgresAgents(Transactions transactions, InstantSource clock, IdSource ids) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
  }

  /** Idempotency key: (tenant, scope, the request's key). */
  @Override
  public AgentCreation create(TenantId tenant, NewAgent request) {
    byte[] hash = RequestHash.of(request);
    return untilFirst(() ->
        transactions.inTenant(
            tenant, "create agent", session -> created(session, tenant, request, hash)));
  }

  @Override
  public Optional<Agent> find(TenantId tenant, AgentId agent) {
    return transactions.inTenant(tenant, "find agent", session -> newest(session, tenant, agent));
  }

  @Override
  public Optional<Agent> find(TenantId tenant, AgentId agent, int version) {
    AgentRow.Key key = new AgentRow.Key(tenant.value(), agent.value(), version);
    return transactions.inTenant(
        tenant,
        "find agent",
        session -> Optional.ofNullable(session.get(AgentRow.class, key)).map(AgentRow::agent));
  }

  @Override
  public Page<Agent> list(TenantId tenant, Scope filter, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    String before = after == null ? SessionTable.AFTER_ALL_IDS : new AgentId(after).value();
    ScopeColumns wanted = ScopeColumns.of(filter);
    List<Agent> found =
        transactions.inTenant(
            tenant,
            "list agents",
            session ->
                session
                    .createSelectionQuery(
                        NEWEST
                            + """
                              and a.agentId < :before
                              and (:user = '' or a.scope.user in ('', :user))
                              and (:agent = '' or a.scope.agent in ('', :agent))
                              and (:project = '' or a.scope.project in ('', :project))
                            order by a.agentId desc
                            """,
                        AgentRow.class)
                    .setParameter("tenant", tenant.value())
                    .setParameter("before", before)
                    .setParameter("user", wanted.user())
                    .setParameter("agent", wanted.agent())
                    .setParameter("project", wanted.project())
                    .setMaxResults(limit + 1)
                    .getResultList()
                    .stream()
                    .map(AgentRow::agent)
                    .toList());
    return found.size() <= limit
        ? new Page<>(found, null)
        : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
  }

  /** Idempotency key: the version that it makes; a repeat finds nothing to change. */
  @Override
  public AgentChange update(TenantId tenant, AgentId agent, AgentPatch patch) {
    return untilFirst(() ->
        transactions.inTenant(
            tenant,
            "update agent",
            session ->
                newest(session, tenant, agent)
                    .map(newest -> changed(session, tenant, newest, patch))
                    .orElseGet(AgentChange.Gone::new)));
  }

  /** Idempotency key: the agent's id; deleting it again finds nothing. */
  @Override
  public boolean delete(TenantId tenant, AgentId agent) {
    return untilFirst(() ->
        transactions.inTenant(tenant, "delete agent", session -> deleted(session, tenant, agent)));
  }

  private static <T> T untilFirst(Supplier<T> write) {
    for (int attempt = 1; ; attempt++) {
      try {
        return write.get();
      } catch (MemoryStoreException e) {
        if (attempt == ATTEMPTS_MAX || !OUTRUN.contains(String.valueOf(e.sqlState()))) {
          throw e;
        }
      }
    }
  }

  private AgentCreation created(
      StatelessSession session, TenantId tenant, NewAgent request, byte[] hash) {
    AgentRow known = known(session, tenant, request);
    if (known != null) {
      return known.requestHash != null && MessageDigest.isEqual(known.requestHash, hash)
          ? new AgentCreation.Existing(
              newest(session, tenant, new AgentId(known.agentId)).orElseGet(known::agent))
          : new AgentCreation.Conflict();
    }
    AgentId id = new AgentId(ids.next(AgentId.PREFIX));
    AgentRow row = new AgentRow(tenant, id, request, hash, now());
    session.insert(row);
    record(session, tenant, row.agent(), "agent_created");
    return new AgentCreation.Created(row.agent());
  }

  private static @Nullable AgentRow known(
      StatelessSession session, TenantId tenant, NewAgent request) {
    String key = request.idempotencyKey();
    if (key == null) {
      return null;
    }
    return session
        .createSelectionQuery(
            """
            from AgentRow
            where tenantId = :tenant and scope = :scope and idempotencyKey = :key
            """,
            AgentRow.class)
        .setParameter("tenant", tenant.value())
        .setParameter("scope", ScopeColumns.of(request.scope()))
        .setParameter("key", key)
        .getSingleResultOrNull();
  }

  private static Optional<Agent> newest(StatelessSession session, TenantId tenant, AgentId agent) {
    return session
        .createSelectionQuery(NEWEST + " and a.agentId = :id", AgentRow.class)
        .setParameter("tenant", tenant.value())
        .setParameter("id", agent.value())
        .uniqueResultOptional()
        .map(AgentRow::agent);
  }

  private AgentChange changed(
      StatelessSession session, TenantId tenant, Agent newest, AgentPatch patch) {
    if (patch.expected() != null && patch.expected() != newest.version()) {
      return new AgentChange.Stale(newest.version());
    }
    AgentSettings settings = patch.applyTo(newest.settings());
    if (settings.equals(newest.settings())) {
      return new AgentChange.Changed(newest);
    }
    Agent next =
        new Agent(
            newest.id(), newest.version() + 1, newest.scope(), settings, newest.createdAt(), now());
    session.insert(new AgentRow(tenant, next));
    record(session, tenant, next, "agent_updated");
    return new AgentChange.Changed(next);
  }

  private boolean deleted(StatelessSession session, TenantId tenant, AgentId agent) {
    int versions =
        session
            .createMutationQuery("delete from AgentRow where tenantId = :tenant and agentId = :id")
            .setParameter("tenant", tenant.value())
            .setParameter("id", agent.value())
            .executeUpdate();
    if (versions > 0) {
      // The scope is left out: it may name a person, and nothing of the agent is to remain.
      ScopeColumns nobody = ScopeColumns.of(Scope.NONE);
      ChangeTable.record(session, tenant, nobody, "agent_deleted", agent.value(), now());
    }
    return versions > 0;
  }

  private static void record(StatelessSession session, TenantId tenant, Agent agent, String kind) {
    ScopeColumns scope = ScopeColumns.of(agent.scope());
    ChangeTable.record(session, tenant, scope, kind, agent.id().value(), agent.updatedAt());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
