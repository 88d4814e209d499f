package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.StorableText;
import org.jspecify.annotations.Nullable;

/**
 * An agent that is asked for.
 *
 * @param idempotencyKey as in {@link NewSession}
 */
public record NewAgent(AgentSettings settings, Scope scope, @Nullable String idempotencyKey) {
  /** Refuses unstorable and empty keys. */
  public NewAgent {
    if (idempotencyKey != null) {
      if (idempotencyKey.isEmpty()) {
        throw new IllegalArgumentException("idempotency_key is empty; leave it out instead");
      }
      StorableText.require("idempotency_key", idempotencyKey, NewSession.KEY_CHARACTERS_MAX);
    }
  }
}
