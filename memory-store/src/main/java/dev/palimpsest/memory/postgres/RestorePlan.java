package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.importing.ImportBatch.Restored;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.memory.importing.RejectionReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written of an archive's versions, decided one by one in order. A version goes in
 * only after the one before it, never in the place of another, and never where it was erased. Pure.
 */
final class RestorePlan {
  private final Here here;
  private final Map<MemoryId, List<Link>> chains = new HashMap<>();
  private final Map<VersionId, Derivation.State> sources = new HashMap<>();
  private final Map<MemoryId, Revoked> born = new HashMap<>();
  private final List<Rejection> refused = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<Overtaken> overtaken = new ArrayList<>();
  private int duplicates;

  /**
   * What the store holds of the memories concerned.
   *
   * @param chains their versions, oldest first
   * @param namesakes of those whose identity another memory has here: that memory
   * @param said hashes of all that those others have said
   * @param erased memories that were erased here
   * @param revoked those of the memories that were revoked here
   * @param sources what is known here of the versions that they were made of
   * @param isTrial whether nothing is written, so that what an earlier batch would have written is
   *     not there
   */
  record Here(
      Map<MemoryId, List<Link>> chains,
      Map<MemoryId, MemoryId> namesakes,
      Map<MemoryId, Set<String>> said,
      Set<MemoryId> erased,
      Map<MemoryId, Revoked> revoked,
      Map<VersionId, Derivation.State> sources,
      boolean isTrial) {
    /** Of no memories. */
    static Here nothing(boolean isTrial) {
      return new Here(Map.of(), Map.of(), Map.of(), Set.of(), Map.of(), Map.of(), isTrial);
    }
  }

  /** A version in its chain, as far as the next one builds on it. */
  record Link(
      ScopeColumns scope, MemoryKind kind, Origin origin, String contentHash, Instant learnedAt) {
    static Link of(KeptVersion kept) {
      return new Link(
          ScopeColumns.of(kept.scope()),
          kept.kind(),
          kept.origin(),
          ContentHash.of(kept.content()),
          kept.learnedAt());
    }

    private boolean canBeFollowedBy(Link next) {
      return scope.equals(next.scope)
          && kind == next.kind
          && origin.equals(next.origin)
          && !next.learnedAt.isBefore(learnedAt);
    }
  }

  /** A stored version that is no longer the newest. */
  record Overtaken(MemoryId id, int version, Instant at) {}

  private record Row(KeptVersion kept, Link link, Derivation derivation) {}

  RestorePlan(Here here) {
    this.here = here;
    here.chains().forEach((id, chain) -> chains.put(id, new ArrayList<>(chain)));
    sources.putAll(here.sources());
  }

  /** Decides what becomes of a version. */
  void add(Restored wanted) {
    KeptVersion kept = wanted.version();
    if (here.erased().contains(kept.id())) {
      refuse(wanted, RejectionReason.ERASED, "The memory was erased here.");
      return;
    }
    Link link = Link.of(kept);
    List<Link> chain = chains.getOrDefault(kept.id(), List.of());
    MemoryId namesake = here.namesakes().get(kept.id());
    if (kept.version() <= chain.size()) {
      compare(wanted, link, chain.get(kept.version() - 1));
    } else if (chain.isEmpty() && namesake != null) {
      compare(wanted, link, namesake);
    } else if (follows(kept, link, chain)) {
      append(wanted, link);
    } else {
      refuse(
          wanted,
          RejectionReason.CONFLICT,
          "Version " + kept.version() + " of the memory does not follow what is stored of it.");
    }
  }

  private boolean follows(KeptVersion kept, Link link, List<Link> chain) {
    if (chain.isEmpty()) {
      return kept.version() == 1 || here.isTrial();
    }
    return chain.getLast().canBeFollowedBy(link)
        && (kept.version() == chain.size() + 1 || here.isTrial());
  }

  private void compare(Restored wanted, Link link, Link stored) {
    if (stored.equals(link)) {
      duplicates++;
    } else {
      refuse(
          wanted,
          RejectionReason.CONFLICT,
          "Version " + wanted.version().version() + " of the memory is another one here.");
    }
  }

  private void compare(Restored wanted, Link link, MemoryId namesake) {
    if (here.said().getOrDefault(namesake, Set.of()).contains(link.contentHash())) {
      duplicates++;
    } else {
      refuse(
          wanted,
          RejectionReason.CONFLICT,
          "The same record is known here as " + namesake + ", and that has not said this.");
    }
  }

  /** The state of the memory here counts; of one that is new here, that of the archive. */
  private void append(Restored wanted, Link link) {
    KeptVersion kept = wanted.version();
    Derivation made = Derivation.of(kept.sources(), wanted.offset(), sources);
    Derivation.Source lower = made.below(kept.content().label());
    if (lower != null) {
      refuse(
          wanted,
          RejectionReason.CONFLICT,
          "It is trusted more than " + lower.version() + ", which it was made of.");
      return;
    }
    Revoked revoked = revoked(kept);
    Derivation derivation = made.revoked(revoked);
    if (derivation.revoked() != null) {
      born.putIfAbsent(kept.id(), derivation.revoked());
    }
    sources.put(
        kept.versionId(), new Derivation.State(kept.content().label(), derivation.revoked()));
    append(kept, link, derivation);
  }

  private @Nullable Revoked revoked(KeptVersion kept) {
    Revoked begun = born.get(kept.id());
    if (begun != null || here.chains().containsKey(kept.id())) {
      return begun == null ? here.revoked().get(kept.id()) : begun;
    }
    return kept.version() == 1 ? kept.revoked() : null;
  }

  private void append(KeptVersion kept, Link link, Derivation derivation) {
    List<Link> chain = chains.computeIfAbsent(kept.id(), id -> new ArrayList<>());
    int stored = here.chains().getOrDefault(kept.id(), List.of()).size();
    if (stored > 0 && chain.size() == stored) {
      overtaken.add(new Overtaken(kept.id(), stored, kept.learnedAt()));
    }
    chain.add(link);
    rows.add(new Row(kept, link, derivation));
  }

  private void refuse(Restored wanted, RejectionReason reason, String detail) {
    refused.add(wanted.refused(reason, detail));
  }

  /** What cannot be put back. */
  List<Rejection> refused() {
    return refused;
  }

  /** How many are there already. */
  int duplicates() {
    return duplicates;
  }

  /** How many are to be written. */
  int stored() {
    return rows.size();
  }

  /** Stored versions that are no longer the newest. */
  List<Overtaken> overtaken() {
    return overtaken;
  }

  /** Versions to be written, each superseded when the next one was learned. */
  List<VersionDraft.Row> rows() {
    Map<MemoryId, Instant> next = new HashMap<>();
    List<VersionDraft.Row> all = new ArrayList<>();
    for (Row row : rows.reversed()) {
      Instant superseded = next.put(row.kept().id(), row.kept().learnedAt());
      all.add(row(row, superseded));
    }
    return all.reversed();
  }

  private static VersionDraft.Row row(Row row, @Nullable Instant superseded) {
    KeptVersion kept = row.kept();
    VersionDraft draft =
        new VersionDraft(
            kept.id(),
            kept.version(),
            row.link().scope(),
            kept.kind(),
            kept.origin(),
            kept.content(),
            row.link().contentHash(),
            kept.learnedAt(),
            superseded != null,
            row.derivation());
    return new VersionDraft.Row(draft, kept.learnedAt(), superseded);
  }
}
