package dev.palimpsest.memory.session;

/** What became of a change of an agent. */
public sealed interface AgentChange {
  /** It is so now; the version is a new one unless it was so before. */
  record Changed(Agent agent) implements AgentChange {}

  /**
   * The change was thought for another version; nothing was changed.
   *
   * @param newest the version that there is
   */
  record Stale(int newest) implements AgentChange {}

  /** There is no such agent. */
  record Gone() implements AgentChange {}
}
