package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.ChangeList;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.InMemoryMemoryStore;
import dev.palimpsest.memory.InMemoryMemoryStore.Known;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Imports in a map; the reference for what {@link ImportLog} means. */
public final class InMemoryImportLog implements ImportLog {
  private static final int OPEN_MAX = 1000;

  private static final class Kept {
    private final NavigableMap<Long, Rejection> rejections = new TreeMap<>();
    private final Map<Known, MemoryText> trial = new HashMap<>();
    private final Set<NewMemory> states = new HashSet<>();
    private ImportState state;

    private Kept(ImportState state) {
      this.state = state;
    }
  }

  private final Map<TenantId, NavigableMap<String, Kept>> tenants = new HashMap<>();
  private final InMemoryMemory.Guard guard;
  private final ChangeList changes;
  private final InMemoryMemoryStore memories;
  private final InstantSource clock;
  private final IdSource ids;

  /** An empty log. */
  public InMemoryImportLog(
      InMemoryMemory.Guard guard,
      ChangeList changes,
      InMemoryMemoryStore memories,
      InstantSource clock,
      IdSource ids) {
    this.guard = guard;
    this.changes = changes;
    this.memories = memories;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public ImportState create(TenantId tenant, NewImport request) {
    return guard.inTransaction(
        "create import",
        () -> {
          ImportId id = new ImportId(ids.next(ImportId.PREFIX));
          ImportState state =
              new ImportState(
                  id,
                  request,
                  ImportState.Status.OPEN,
                  0,
                  0,
                  ImportCounts.ZERO,
                  0,
                  null,
                  now(),
                  now());
          of(tenant).put(id.value(), new Kept(state));
          changes.add(tenant, "import_created", id.value(), now());
          return state;
        });
  }

  @Override
  public Optional<ImportState> find(TenantId tenant, ImportId id) {
    return guard.inTransaction(
        "find import", () -> Optional.ofNullable(of(tenant).get(id.value())).map(k -> k.state));
  }

  @Override
  public List<ImportState> open(TenantId tenant) {
    return guard.inTransaction(
        "find open imports",
        () ->
            of(tenant).values().stream()
                .map(kept -> kept.state)
                .filter(state -> state.status() == ImportState.Status.OPEN)
                .limit(OPEN_MAX)
                .toList());
  }

  @Override
  public Committed commit(TenantId tenant, ImportId id, long itemsBefore, ImportBatch batch) {
    return guard.inTransaction(
        "commit import",
        () -> {
          Kept kept = known(tenant, id);
          if (kept.state.status() != ImportState.Status.OPEN) {
            throw new IllegalStateException(id + " is not open");
          }
          boolean builds = kept.state.items() == itemsBefore;
          if (!builds && kept.state.items() != itemsBefore + batch.items()) {
            throw new IllegalStateException(
                id + " has " + kept.state.items() + " items, not " + itemsBefore);
          }
          return builds ? committed(tenant, kept, batch) : new Committed(kept.state, List.of());
        });
  }

  @Override
  public ImportState end(
      TenantId tenant, ImportId id, ImportState.Status status, @Nullable String problem) {
    if (status == ImportState.Status.OPEN) {
      throw new IllegalArgumentException("an import does not end by being open");
    }
    return guard.inTransaction(
        "end import",
        () -> {
          Kept kept = known(tenant, id);
          if (kept.state.status() == ImportState.Status.OPEN) {
            ImportState s = kept.state;
            kept.state =
                new ImportState(
                    id,
                    s.request(),
                    status,
                    s.items(),
                    s.offset(),
                    s.counts(),
                    s.lastChange(),
                    problem == null ? null : StorableText.sanitised(problem),
                    s.createdAt(),
                    now());
            kept.trial.clear();
            kept.states.clear();
            changes.add(tenant, "import_ended", id.value(), now());
          }
          return kept.state;
        });
  }

  @Override
  public Page<Rejection> rejections(
      TenantId tenant, ImportId id, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    long last = after == null ? 0 : Long.parseLong(after);
    return guard.inTransaction(
        "list rejections",
        () -> {
          Kept kept = of(tenant).get(id.value());
          List<Rejection> rest =
              kept == null ? List.of() : List.copyOf(kept.rejections.tailMap(last, false).values());
          return rest.size() <= limit
              ? new Page<>(rest, null)
              : new Page<>(rest.subList(0, limit), "" + rest.get(limit - 1).record());
        });
  }

  private Committed committed(TenantId tenant, Kept kept, ImportBatch batch) {
    ImportState s = kept.state;
    boolean isDryRun = s.request().isDryRun();
    long before = changes.head(tenant);
    List<Boolean> stored = isDryRun ? tried(tenant, kept, batch) : stored(tenant, kept, batch);
    InMemoryMemoryStore.Restoration restored =
        memories.restore(tenant, batch.kept(), s.id().value(), isDryRun);
    boolean isWritten = changes.head(tenant) > before;
    batch.rejections().forEach(r -> kept.rejections.put(r.record(), r));
    restored.refused().forEach(r -> kept.rejections.put(r.record(), r));
    kept.state =
        new ImportState(
            s.id(),
            s.request(),
            s.status(),
            s.items() + batch.items(),
            batch.offset(),
            s.counts().plus(counts(batch, stored)).plus(restored.counts()),
            isWritten ? changes.head(tenant) : s.lastChange(),
            s.problem(),
            s.createdAt(),
            now());
    return new Committed(kept.state, restored.refused());
  }

  private List<Boolean> stored(TenantId tenant, Kept kept, ImportBatch batch) {
    return memories.store(tenant, batch.memories(), kept.state.id().value()).stream()
        .map(stored -> stored.outcome() != Stored.Outcome.DUPLICATE)
        .toList();
  }

  private List<Boolean> tried(TenantId tenant, Kept kept, ImportBatch batch) {
    List<Boolean> stored = new ArrayList<>();
    for (NewMemory wanted : batch.memories()) {
      String identity = wanted.identity();
      if (identity == null) {
        stored.add(true);
        continue;
      }
      MemoryText before = kept.trial.get(new Known(wanted.scope(), identity));
      if (wanted.looksBack()) {
        boolean isNew = kept.states.add(state(wanted, identity));
        stored.add(isNew && !memories.isKnown(tenant, wanted));
        continue;
      }
      Optional<MemoryText> newest =
          before == null ? memories.newestContent(tenant, wanted) : Optional.of(before);
      stored.add(newest.filter(wanted.content()::equals).isEmpty());
      kept.trial.put(new Known(wanted.scope(), identity), wanted.content());
    }
    return stored;
  }

  /** What of a memory decides whether it is one that is known. */
  private static NewMemory state(NewMemory of, String identity) {
    Origin nowhere = new Origin("trial", null, null, 0);
    return new NewMemory(of.scope(), MemoryKind.FACT, nowhere, of.content(), identity);
  }

  private static ImportCounts counts(ImportBatch batch, List<Boolean> stored) {
    long written = stored.stream().filter(s -> s).count();
    long sanitised = 0;
    for (int i = 0; i < stored.size(); i++) {
      sanitised += stored.get(i) && batch.sanitised().get(i) ? 1 : 0;
    }
    return new ImportCounts(
        stored.size() + batch.rejections().size(),
        written,
        stored.size() - written,
        batch.rejections().size(),
        sanitised,
        batch.skipped());
  }

  private Kept known(TenantId tenant, ImportId id) {
    Kept kept = of(tenant).get(id.value());
    if (kept == null) {
      throw new IllegalStateException("there is no import " + id);
    }
    return kept;
  }

  private NavigableMap<String, Kept> of(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, t -> new TreeMap<>());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
