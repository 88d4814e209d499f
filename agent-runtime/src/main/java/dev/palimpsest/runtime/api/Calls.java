package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Door;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/** What a request says outside its body. */
final class Calls {
  private Calls() {}

  static Caller caller(RoutingContext context) {
    return Door.caller(context);
  }

  /** The idempotency key, or null where none was sent. */
  static @Nullable String idempotencyKey(RoutingContext context) {
    String key = context.request().getHeader("Idempotency-Key");
    if (key == null) {
      return null;
    }
    if (key.isEmpty()) {
      throw Paging.invalid("Idempotency-Key", "is empty; leave it out instead");
    }
    StorableText.problem(key, NewSession.KEY_CHARACTERS_MAX)
        .ifPresent(problem -> {
          throw Paging.invalid("Idempotency-Key", problem);
        });
    return key;
  }
}
