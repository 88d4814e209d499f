package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import java.util.Optional;

/**
 * Memories that a request names beside its own: those that the caller may see and that the new
 * memory's user may know of. Others are as absent.
 */
final class NamedMemories {
  private final StoreLink store;
  private final Caller caller;

  NamedMemories(StoreLink store, Caller caller) {
    this.store = store;
    this.caller = caller;
  }

  /**
   * The newest version.
   *
   * @param id as the client wrote it
   * @param own of the memory that is to be made
   */
  Optional<Memory> find(String id, Scope own) {
    return MemoryAccess.id(id)
        .flatMap(known -> store.memories().find(caller.tenant(), known, null))
        .filter(memory -> caller.sight().admits(memory.scope()))
        .filter(memory -> Scope.ofUser(own.user()).admits(memory.scope()));
  }

  /** A version of a memory that was found before. */
  Optional<Memory> version(VersionId version) {
    return store.memories().history(caller.tenant(), version.id()).stream()
        .filter(memory -> memory.version() == version.version())
        .findFirst();
  }
}
