package dev.palimpsest.memory.session;

/** What became of a session that was to begin with the past of another. */
public sealed interface Forking {
  /** It is there, and new. */
  record Forked(Session session) implements Forking {}

  /** The same request came before under the same idempotency key; as the session is now. */
  record Existing(Session session) implements Forking {}

  /** Another request used the key; nothing was made. */
  record Conflict() implements Forking {}

  /** There is no such session to begin with. */
  record Gone() implements Forking {}

  /**
   * No turn ends with that event.
   *
   * @param before the last event before it with which one does, 0 where there is none
   */
  record NoEnd(long before) implements Forking {}
}
