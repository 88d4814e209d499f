package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.Stored.Outcome;
import dev.palimpsest.memory.VersionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What is to be written for a batch, decided record by record in order, so that a record finds what
 * an earlier one of the same batch said. Pure: the ids and what is stored already are handed in.
 */
final class BatchPlan {
  private final Map<MemoryId, Set<String>> said;
  private final Map<VersionId, Derivation.State> sources;
  private final SequencedMap<MemoryId, VersionDraft> latest = new LinkedHashMap<>();
  private final List<VersionDraft> superseded = new ArrayList<>();
  private final List<NewestVersion> overtaken = new ArrayList<>();
  private final Map<IdentityKey, MemoryId> drafted = new HashMap<>();
  private final List<Stored> outcomes = new ArrayList<>();

  /**
   * Begins with nothing to write.
   *
   * @param said hashes of all that memories have said which are told in several states
   * @param sources what is known of the versions that the records were made of
   */
  BatchPlan(Map<MemoryId, Set<String>> said, Map<VersionId, Derivation.State> sources) {
    this.said = said;
    this.sources = sources;
  }

  /** Takes a record that is never the same as another, and the id it was given. */
  void add(NewMemory wanted, MemoryId id) {
    VersionDraft draft =
        new VersionDraft(
            id,
            1,
            ScopeColumns.of(wanted.scope()),
            wanted.kind(),
            wanted.origin(),
            wanted.content(),
            ContentHash.of(wanted.content()),
            Instant.MIN,
            false,
            derivation(wanted));
    latest.put(id, draft);
    outcomes.add(new Stored(id, 1, Outcome.NEW));
  }

  /** Takes a record of an identity that is not stored, unless this batch held it before. */
  void add(NewMemory wanted, IdentityKey identity, MemoryId id) {
    MemoryId before = drafted.putIfAbsent(identity, id);
    if (before == null) {
      add(wanted, id);
    } else {
      addTo(Objects.requireNonNull(latest.get(before)), wanted);
    }
  }

  /** Takes a record of an identity that is stored. */
  void add(NewMemory wanted, NewestVersion stored) {
    VersionDraft before = latest.get(stored.id());
    if (before != null) {
      addTo(before, wanted);
      return;
    }
    String hash = ContentHash.of(wanted.content());
    if (hash.equals(stored.contentHash()) || isEarlier(wanted, stored.id(), hash)) {
      outcomes.add(new Stored(stored.id(), stored.version(), Outcome.DUPLICATE));
      return;
    }
    if (wanted.repeat() == NewMemory.Repeat.CONFLICT) {
      outcomes.add(new Stored(stored.id(), stored.version(), Outcome.CONFLICT));
      return;
    }
    overtaken.add(stored);
    put(stored.next(wanted.content(), hash, derivation(wanted)));
  }

  private void addTo(VersionDraft before, NewMemory wanted) {
    String hash = ContentHash.of(wanted.content());
    if (hash.equals(before.contentHash()) || isEarlier(wanted, before.id(), hash)) {
      outcomes.add(new Stored(before.id(), before.version(), Outcome.DUPLICATE));
      return;
    }
    if (wanted.repeat() == NewMemory.Repeat.CONFLICT) {
      outcomes.add(new Stored(before.id(), before.version(), Outcome.CONFLICT));
      return;
    }
    superseded.add(before.superseded());
    put(before.next(wanted.content(), hash, derivation(wanted)));
  }

  private Derivation derivation(NewMemory wanted) {
    return Derivation.of(wanted.sources(), wanted.offset(), sources)
        .requireLabel(wanted.content().label());
  }

  private boolean isEarlier(NewMemory wanted, MemoryId id, String hash) {
    return wanted.looksBack()
        && (said.getOrDefault(id, Set.of()).contains(hash)
            || superseded.stream()
                .anyMatch(d -> d.id().equals(id) && d.contentHash().equals(hash)));
  }

  private void put(VersionDraft draft) {
    latest.put(draft.id(), draft);
    outcomes.add(new Stored(draft.id(), draft.version(), Outcome.NEW_VERSION));
  }

  /** One for each record, in order. */
  List<Stored> outcomes() {
    return List.copyOf(outcomes);
  }

  /** Stored versions that are no longer the newest. */
  List<NewestVersion> overtaken() {
    return overtaken;
  }

  /** Versions to be written. */
  List<VersionDraft> drafts() {
    List<VersionDraft> all = new ArrayList<>(superseded);
    all.addAll(latest.values());
    return all;
  }

  /** Whether there is nothing to be written. */
  boolean isEmpty() {
    return latest.isEmpty();
  }

  /** The first memory that is written to. */
  MemoryId first() {
    return latest.firstEntry().getKey();
  }
}
