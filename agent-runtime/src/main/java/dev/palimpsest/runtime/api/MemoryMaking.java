package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Ending;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.socket.TurnProblems;
import java.util.List;
import java.util.Optional;

/** Writes down what clients ask to be remembered, each request of one key once. */
final class MemoryMaking {
  private final StoreLink store;
  private final Following following;

  MemoryMaking(StoreLink store, Following following) {
    this.store = store;
    this.following = following;
  }

  /**
   * The memory of a request, made now or when the request came first.
   *
   * @throws ProblemException 400 naming what is wrong, 409 when the key was used with another
   */
  Memory make(Caller caller, MemoryRequests.Asked asked) {
    NamedMemories named = new NamedMemories(store, caller);
    return repeated(caller, asked, named).orElseGet(() -> add(caller, asked, named));
  }

  /** The memory that an earlier request of the same key made. */
  private Optional<Memory> repeated(
      Caller caller, MemoryRequests.Asked asked, NamedMemories named) {
    NewMemory wanted = asked.memory();
    if (wanted.identity() == null) {
      return Optional.empty();
    }
    Optional<Memory> first =
        store.memories().findIdentity(caller.tenant(), wanted.scope(), wanted.identity());
    if (first.isPresent() && !isSame(caller, first.get(), asked, named)) {
      throw new ProblemException(TurnProblems.keyReused());
    }
    return first.map(known -> newest(caller, known.id()));
  }

  /** The label is not asked for: it is what the sources allowed. */
  private boolean isSame(
      Caller caller, Memory first, MemoryRequests.Asked asked, NamedMemories named) {
    NewMemory wanted = asked.memory();
    return first.content().equals(wanted.content().labelled(first.content().label()))
        && first.kind() == wanted.kind()
        && first.origin().equals(wanted.origin())
        && asked.sources().isSame(madeOf(caller, first), named);
  }

  private List<MadeOf> madeOf(Caller caller, Memory first) {
    return store.audit().ancestry(caller.tenant(), List.of(first.versionId())).stream()
        .flatMap(one -> one.sources().stream())
        .toList();
  }

  private Memory add(Caller caller, MemoryRequests.Asked asked, NamedMemories named) {
    NewMemory wanted = asked.sources().complete(asked.memory(), named);
    Stored stored = add(caller, wanted, asked.ends(), named);
    if (stored.outcome() != Stored.Outcome.NEW) {
      // Another request of the same key was faster.
      return repeated(caller, asked, named).orElseThrow(MemoryAccess::none);
    }
    following.wake();
    return newest(caller, stored.id());
  }

  private Stored add(Caller caller, NewMemory wanted, EndRequests ends, NamedMemories named) {
    List<MemoryId> ended = ends.find(wanted.scope(), named);
    return switch (store.memories().addEnding(caller.tenant(), wanted, ended)) {
      case Ending.Done(Stored stored) -> stored;
      case Ending.Gone(MemoryId memory) -> throw ends.gone(memory);
      case Ending.Taken(MemoryId memory) -> throw EndRequests.revoked(memory);
    };
  }

  private Memory newest(Caller caller, MemoryId id) {
    return store.memories().find(caller.tenant(), id, null).orElseThrow(MemoryAccess::none);
  }
}
