package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Scope;
import java.time.Instant;

/**
 * A version of an agent. Never changes: a change of the agent is another version.
 *
 * @param version from 1
 * @param scope who sees it, and for whom its sessions are where they do not say; the same in all
 *     versions
 * @param createdAt of the first version, whole microseconds
 * @param updatedAt of this version, whole microseconds
 */
public record Agent(
    AgentId id,
    int version,
    Scope scope,
    AgentSettings settings,
    Instant createdAt,
    Instant updatedAt) {
  /** Checks the version. */
  public Agent {
    if (version < 1) {
      throw new IllegalArgumentException("version is " + version + "; at least 1");
    }
  }

  /** Its name and number, as a session keeps them. */
  public AgentVersion pin() {
    return new AgentVersion(id, version);
  }
}
