package dev.palimpsest.memory.session;

/** What became of an agent that was asked for. */
public sealed interface AgentCreation {
  /** It is there, and new. */
  record Created(Agent agent) implements AgentCreation {}

  /** The same request came before under the same idempotency key; the agent's newest version. */
  record Existing(Agent agent) implements AgentCreation {}

  /** Another request used the key; nothing was created. */
  record Conflict() implements AgentCreation {}
}
