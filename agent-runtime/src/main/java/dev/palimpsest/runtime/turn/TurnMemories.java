package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Quote;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads the memories that a turn's events name, in the versions that they name. What was erased or
 * revoked since is not among the answers. Safe for many threads; throws {@link
 * dev.palimpsest.memory.MemoryStoreException} when the store is away.
 */
public final class TurnMemories {
  private final StoreLink store;

  /** Takes the way to the store. */
  public TurnMemories(StoreLink store) {
    this.store = store;
  }

  /** What may still be shown of what was recalled. */
  Map<MemoryId, Memory> read(TenantId tenant, List<TurnEvent.Recalled.Found> found) {
    Map<MemoryId, Memory> read = readAll(tenant, found);
    read.values().removeIf(Memory::isRevoked);
    return read;
  }

  /** What is still there of what was recalled, be it revoked. */
  Map<MemoryId, Memory> readAll(TenantId tenant, List<TurnEvent.Recalled.Found> found) {
    if (found.isEmpty()) {
      return new HashMap<>();
    }
    List<MemoryId> ids = found.stream().map(TurnEvent.Recalled.Found::memory).distinct().toList();
    Map<MemoryId, Memory> newest =
        store.memories().findAll(tenant, ids).stream()
            .collect(Collectors.toMap(Memory::id, Function.identity()));
    Map<MemoryId, Memory> read = new HashMap<>();
    for (TurnEvent.Recalled.Found one : found) {
      Memory known = newest.get(one.memory());
      Optional.ofNullable(known)
          .filter(memory -> memory.version() == one.version())
          .or(() -> known == null ? Optional.empty() : earlier(tenant, one))
          .ifPresent(memory -> read.put(memory.id(), memory));
    }
    return read;
  }

  /** Of these past turns those whose words are not revoked, and that read nothing that is. */
  List<Exchange> unrevoked(SessionKey key, List<Exchange> past) {
    Set<String> records = store.audit().revokedRecords(key.tenant(), key.session().value());
    List<MemoryId> read =
        past.stream().flatMap(one -> one.read().memories().stream()).distinct().toList();
    Set<MemoryId> revoked =
        store.memories().findAll(key.tenant(), read).stream()
            .filter(Memory::isRevoked)
            .map(Memory::id)
            .collect(Collectors.toSet());
    return past.stream()
        .filter(one -> Collections.disjoint(one.read().memories(), revoked))
        .filter(one -> Remembering.records(one.turn()).stream().noneMatch(records::contains))
        .toList();
  }

  /** How far past turns may be trusted: as the least of what the model had in them. */
  Label label(TenantId tenant, List<Exchange> turns) {
    if (turns.stream().anyMatch(one -> one.read().isFromOutside())) {
      return Label.UNTRUSTED;
    }
    List<MemoryId> read =
        turns.stream().flatMap(one -> one.read().memories().stream()).distinct().toList();
    return read.isEmpty() ? Label.USER : Remembering.label(store.memories().findAll(tenant, read));
  }

  /** The result of a turn that has ended, with the memories that it names. */
  TurnResult result(TenantId tenant, TurnState state) {
    return TurnResult.of(state, evidence(tenant, state));
  }

  /** A turn that waits for its client, with the memories that it names. */
  WaitingTurn waiting(TenantId tenant, TurnState state) {
    return WaitingTurn.of(state, evidence(tenant, state));
  }

  /** What was recalled, for those who watch. */
  List<Evidence.Hit> hits(TenantId tenant, TurnEvent.Recalled recalled) {
    return hits(recalled, read(tenant, recalled.found()));
  }

  private Evidence evidence(TenantId tenant, TurnState state) {
    TurnEvent.Recalled recalled = state.recalled();
    Map<MemoryId, Memory> memories = recalled == null ? Map.of() : read(tenant, recalled.found());
    Evidence.Lookup lookup =
        recalled == null
            ? null
            : new Evidence.Lookup(
                hits(recalled, memories),
                recalled.millis(),
                recalled.isLagging(),
                recalled.trouble());
    return state.ended() != null && state.ended().event() instanceof TurnEvent.Answered answered
        ? new Evidence(lookup, cited(answered.citations(), memories), answered.isGrounded())
        : new Evidence(lookup, List.of(), false);
  }

  private static List<Evidence.Hit> hits(
      TurnEvent.Recalled recalled, Map<MemoryId, Memory> memories) {
    return recalled.found().stream()
        .filter(one -> memories.containsKey(one.memory()))
        .map(one ->
            new Evidence.Hit(Objects.requireNonNull(memories.get(one.memory())), one.score()))
        .toList();
  }

  private static List<Evidence.Cited> cited(List<Quote> quotes, Map<MemoryId, Memory> memories) {
    return quotes.stream()
        .map(quote -> new Evidence.Cited(quote, memories.get(quote.memory())))
        .toList();
  }

  private Optional<Memory> earlier(TenantId tenant, TurnEvent.Recalled.Found wanted) {
    return store.memories().history(tenant, wanted.memory()).stream()
        .filter(memory -> memory.version() == wanted.version())
        .findFirst();
  }
}
