package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds memories for a caller, who sees no more of others' memories than that nothing is there. */
final class MemoryAccess {
  private final StoreLink store;

  MemoryAccess(StoreLink store) {
    this.store = store;
  }

  /**
   * A memory as it is, or as it was known at a moment.
   *
   * @throws ProblemException 404
   */
  Memory find(Caller caller, String id, @Nullable Instant asOf) {
    return id(id)
        .flatMap(known -> store.memories().find(caller.tenant(), known, asOf))
        .filter(memory -> caller.sight().admits(memory.scope()))
        .orElseThrow(MemoryAccess::none);
  }

  /**
   * All versions of a memory, oldest first.
   *
   * @throws ProblemException 404
   */
  List<Memory> history(Caller caller, String id) {
    List<Memory> versions =
        id(id).map(known -> store.memories().history(caller.tenant(), known)).orElse(List.of());
    if (versions.isEmpty() || !caller.sight().admits(versions.getFirst().scope())) {
      throw none();
    }
    return versions;
  }

  static ProblemException none() {
    return new ProblemException(ProblemKind.NOT_FOUND, "There is no such memory.");
  }

  /** What is no memory id names no memory. */
  static Optional<MemoryId> id(String id) {
    try {
      return Optional.of(new MemoryId(id));
    } catch (IllegalArgumentException e) {
      // Whoever asks for nonsense learns what whoever asks for the unknown learns.
      return Optional.empty();
    }
  }
}
