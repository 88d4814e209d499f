package dev.palimpsest.memory;

import dev.palimpsest.memory.InMemoryMemoryStore.Known;
import dev.palimpsest.memory.InMemoryMemoryStore.Restoration;
import dev.palimpsest.memory.importing.ImportBatch.Restored;
import dev.palimpsest.memory.importing.ImportCounts;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.memory.importing.RejectionReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts back what an archive kept, within a transaction of the caller's. */
final class InMemoryRestorer {
  private final InMemoryMemoryStore memories;
  private final ChangeList changes;
  private final TenantId tenant;
  private final Instant now;

  InMemoryRestorer(InMemoryMemoryStore memories, ChangeList changes, TenantId tenant, Instant now) {
    this.memories = memories;
    this.changes = changes;
    this.tenant = tenant;
    this.now = now;
  }

  Restoration restore(List<Restored> wanted, String subject, boolean isDryRun) {
    List<Rejection> refused = new ArrayList<>();
    long duplicates = 0;
    long change = 0;
    for (Restored one : wanted) {
      KeptVersion kept = one.version();
      List<Memory> versions = memories.versions(tenant, kept.id());
      MemoryId namesake = versions.isEmpty() ? namesake(kept) : null;
      if (memories.isErased(tenant, kept.id())) {
        refused.add(one.refused(RejectionReason.ERASED, "erased"));
      } else if (isThere(versions, kept) || (namesake != null && isSaid(namesake, kept))) {
        duplicates++;
      } else if (namesake == null
          && (isDryRun || follows(versions, kept))
          && memories.audit().isLabelRight(tenant, kept.sources(), kept.content().label())) {
        change =
            change == 0 && !isDryRun ? changes.add(tenant, "memories_added", subject, now) : change;
        if (!isDryRun) {
          put(kept, change, one.offset());
        }
      } else {
        refused.add(one.refused(RejectionReason.CONFLICT, "conflict"));
      }
    }
    if (change > 0) {
      memories.audit().written(tenant, change);
    }
    long stored = wanted.size() - duplicates - refused.size();
    return new Restoration(
        refused, new ImportCounts(wanted.size(), stored, duplicates, refused.size(), 0, 0));
  }

  private @Nullable MemoryId namesake(KeptVersion kept) {
    String sum = kept.identitySha256();
    MemoryId known = sum == null ? null : memories.identified(tenant, new Known(kept.scope(), sum));
    return known == null || known.equals(kept.id()) ? null : known;
  }

  private boolean isSaid(MemoryId by, KeptVersion kept) {
    return memories.versions(tenant, by).stream().anyMatch(v -> v.content().equals(kept.content()));
  }

  private static boolean isThere(List<Memory> versions, KeptVersion kept) {
    return versions.stream()
        .anyMatch(v ->
            v.version() == kept.version()
                && v.scope().equals(kept.scope())
                && v.kind() == kept.kind()
                && v.origin().equals(kept.origin())
                && v.content().equals(kept.content())
                && v.learnedAt().equals(kept.learnedAt()));
  }

  private static boolean follows(List<Memory> versions, KeptVersion kept) {
    if (versions.isEmpty() || kept.version() != versions.size() + 1) {
      return versions.isEmpty() && kept.version() == 1;
    }
    Memory last = versions.getLast();
    return last.scope().equals(kept.scope())
        && last.kind() == kept.kind()
        && last.origin().equals(kept.origin())
        && !kept.learnedAt().isBefore(last.learnedAt());
  }

  private void put(KeptVersion kept, long change, long offset) {
    Revoked revoked = memories.audit().revokedSource(tenant, kept.sources());
    List<Memory> versions = memories.begun(tenant, kept.id());
    if (versions.isEmpty() && kept.identitySha256() != null) {
      memories.identify(tenant, kept.id(), kept.scope(), kept.identitySha256());
    }
    if (!versions.isEmpty()) {
      Memory last = versions.removeLast();
      versions.add(
          InMemoryMemoryStore.version(
              last,
              last.version(),
              last.content(),
              last.learnedAt(),
              kept.learnedAt(),
              last.change()));
      revoked = last.revoked() == null ? revoked : last.revoked();
    } else {
      revoked = kept.revoked() == null ? revoked : kept.revoked();
    }
    versions.add(
        new Memory(
            kept.id(),
            kept.version(),
            kept.scope(),
            kept.kind(),
            kept.origin(),
            kept.content(),
            kept.learnedAt(),
            null,
            change,
            revoked));
    memories.audit().derive(tenant, kept.versionId(), kept.sources(), offset);
  }

  /** A version as an archive keeps it. */
  static KeptVersion kept(Memory version, @Nullable String sum, List<MadeOf> sources) {
    return new KeptVersion(
        version.id(),
        version.version(),
        version.scope(),
        version.kind(),
        version.origin(),
        version.content(),
        version.learnedAt(),
        sum,
        sources,
        version.revoked());
  }
}
