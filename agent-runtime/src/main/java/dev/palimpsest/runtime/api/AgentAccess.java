package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.session.Agent;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds agents for a caller, who sees no more of others' agents than that nothing is there. */
final class AgentAccess {
  private final StoreLink store;

  AgentAccess(StoreLink store) {
    this.store = store;
  }

  /**
   * A version of an agent, the newest where none is named; empty when the caller sees none.
   *
   * @param id as the client wrote it
   */
  Optional<Agent> find(Caller caller, String id, @Nullable Integer version) {
    if (!AgentId.isOne(id)) {
      return Optional.empty();
    }
    AgentId agent = new AgentId(id);
    Optional<Agent> found =
        version == null
            ? store.agents().find(caller.tenant(), agent)
            : store.agents().find(caller.tenant(), agent, version);
    return found.filter(one -> caller.sight().admits(one.scope()));
  }

  /**
   * An agent that the caller may change: what it says reaches all for whom it is, so a key of one
   * user changes that user's agents alone.
   *
   * @throws ProblemException 404, or 403 for an agent that is others' too
   */
  Agent own(Caller caller, String id) {
    Agent agent = find(caller, id, null).orElseThrow(AgentAccess::none);
    if (caller.user() != null && !caller.user().equals(agent.scope().user())) {
      throw new ProblemException(
          ProblemKind.FORBIDDEN, "The key is bound to a user, and this agent is others' too.");
    }
    return agent;
  }

  static ProblemException none() {
    return new ProblemException(ProblemKind.NOT_FOUND, "There is no such agent.");
  }
}
