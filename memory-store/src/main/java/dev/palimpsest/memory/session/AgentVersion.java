package dev.palimpsest.memory.session;

/**
 * Which version of which agent a session began with. Stays when the agent is deleted.
 *
 * @param version from 1
 */
public record AgentVersion(AgentId id, int version) {
  /** Checks the version. */
  public AgentVersion {
    if (version < 1) {
      throw new IllegalArgumentException("version is " + version + "; at least 1");
    }
  }
}
