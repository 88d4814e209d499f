package dev.palimpsest.memory.session;

/** What became of a session that was asked for. */
public sealed interface Creation {
  /** It is there, and new. */
  record Created(Session session) implements Creation {}

  /** The same request came before under the same idempotency key; as the session is now. */
  record Existing(Session session) implements Creation {}

  /** Another request used the key; nothing was created. */
  record Conflict() implements Creation {}
}
