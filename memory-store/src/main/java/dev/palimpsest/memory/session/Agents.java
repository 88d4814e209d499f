package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The agents of all tenants, each with all its versions. Every method blocks, is safe for many
 * threads, and throws {@link dev.palimpsest.memory.MemoryStoreException} when the store is away.
 * Every write is one transaction and leaves one {@link dev.palimpsest.memory.Change}.
 */
public interface Agents {
  /** Makes an agent. Idempotency key: the request's own, within tenant and scope. */
  AgentCreation create(TenantId tenant, NewAgent agent);

  /** The newest version. */
  Optional<Agent> find(TenantId tenant, AgentId agent);

  /** One version. */
  Optional<Agent> find(TenantId tenant, AgentId agent, int version);

  /**
   * The newest versions of agents that {@code filter} {@linkplain Scope#admits admits}, the agent
   * that was made last first.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   * @throws IllegalArgumentException when {@code after} is not an agent id
   */
  Page<Agent> list(TenantId tenant, Scope filter, int limit, @Nullable String after);

  /**
   * Makes a version that differs from the newest as the patch says; none where it differs in
   * nothing. A patch without an expected version is its own idempotency.
   */
  AgentChange update(TenantId tenant, AgentId agent, AgentPatch patch);

  /**
   * Deletes an agent with all its versions; sessions that began with one have taken over what it
   * said and go on.
   *
   * @return false when the tenant has no such agent
   */
  boolean delete(TenantId tenant, AgentId agent);
}
