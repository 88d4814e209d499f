package dev.palimpsest.engine;

import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.model.QuerySample;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Makes a cache shorter; asked of others by {@link Engine#compact}. */
@FunctionalInterface
public interface CacheCompactor {
  /** What is to be made shorter; may be read by several threads while the call lasts. */
  interface Past {
    /** Layers and heads. */
    KvLayout layout();

    /** All keys and values of a head. */
    HeadKeys exact(int layer, int head);

    /** Queries of the session. */
    QuerySample queries();
  }

  /**
   * Runs on a worker thread, beside the engine's steps.
   *
   * @param isCancelled to be looked at often enough that nobody waits long
   * @return of each head of each layer in turn, what is left of it; null where it was cancelled or
   *     there is too little to go by
   */
  @Nullable List<HeadKeys> compact(Past past, BooleanSupplier isCancelled);
}
