package dev.palimpsest.memory;

import dev.palimpsest.memory.Stored.Outcome;
import dev.palimpsest.memory.importing.ImportBatch.Restored;
import dev.palimpsest.memory.importing.ImportCounts;
import dev.palimpsest.memory.importing.Rejection;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Memories in a map; the reference for what {@link MemoryStore} means. */
public final class InMemoryMemoryStore implements MemoryStore {
  /** What makes two things the same: a scope and an identity, or the sum of one. */
  public record Known(Scope scope, String identity) {}

  /** What became of an archive's versions. */
  public record Restoration(List<Rejection> refused, ImportCounts counts) {}

  private static final class Kept {
    private final NavigableMap<String, List<Memory>> memories = new TreeMap<>();
    private final Map<Known, MemoryId> identities = new HashMap<>();
    private final Map<MemoryId, String> sums = new HashMap<>();
    private final NavigableMap<Long, MemoryId> gone = new TreeMap<>();
    private final Set<MemoryId> erased = new HashSet<>();
  }

  private final Map<TenantId, Kept> tenants = new HashMap<>();
  private final InMemoryMemory.Guard guard;
  private final ChangeList changes;
  private final InstantSource clock;
  private final IdSource ids;
  private final InMemoryAudit audit;

  InMemoryMemoryStore(
      InMemoryMemory.Guard guard, ChangeList changes, InstantSource clock, IdSource ids) {
    this.guard = guard;
    this.changes = changes;
    this.clock = clock;
    this.ids = ids;
    this.audit = new InMemoryAudit(guard, changes, this, clock, ids);
  }

  @Override
  public List<Stored> add(TenantId tenant, List<NewMemory> batch) {
    if (batch.isEmpty() || batch.size() > BATCH_MAX) {
      throw new IllegalArgumentException("a batch has 1 to " + BATCH_MAX + ", not " + batch.size());
    }
    return guard.inTransaction("add memories", () -> store(tenant, batch, null));
  }

  @Override
  public Ending addEnding(TenantId tenant, NewMemory memory, List<MemoryId> ended) {
    return guard.inTransaction(
        "add memory that ends others",
        () -> InMemoryEnding.add(this, tenant, memory, ended, now()));
  }

  @Override
  public Optional<Memory> find(TenantId tenant, MemoryId id, @Nullable Instant asOf) {
    return guard.inTransaction(
        "find memory", () -> versions(tenant, id).stream().filter(v -> known(v, asOf)).findFirst());
  }

  @Override
  public Optional<Memory> findIdentity(TenantId tenant, Scope scope, String identity) {
    return guard.inTransaction(
        "find identity",
        () ->
            Optional.ofNullable(of(tenant).identities.get(new Known(scope, sum(identity))))
                .map(id -> versions(tenant, id).getFirst()));
  }

  @Override
  public List<Memory> findAll(TenantId tenant, Collection<MemoryId> wanted) {
    return guard.inTransaction(
        "find memories",
        () ->
            wanted.stream()
                .distinct()
                .flatMap(id -> versions(tenant, id).stream())
                .filter(Memory::isNewest)
                .toList());
  }

  @Override
  public List<Memory> history(TenantId tenant, MemoryId id) {
    return guard.inTransaction("read history", () -> List.copyOf(versions(tenant, id)));
  }

  @Override
  public Page<Memory> list(
      TenantId tenant, MemoryFilter filter, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    String before = after == null ? "~" : new MemoryId(after).value();
    return guard.inTransaction(
        "list memories",
        () -> {
          List<Memory> found =
              of(tenant).memories.headMap(before, false).descendingMap().values().stream()
                  .flatMap(List::stream)
                  .filter(filter::admits)
                  .limit(limit + 1L)
                  .toList();
          return found.size() <= limit
              ? new Page<>(found, null)
              : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
        });
  }

  @Override
  public List<Memory> around(TenantId tenant, Memory memory, int distance) {
    return guard.inTransaction(
        "read neighbours",
        () ->
            all(tenant)
                .filter(Memory::isNewest)
                .filter(other -> !other.isRevoked() && isNear(memory, other, distance))
                .sorted(
                    Comparator.comparingLong((Memory m) -> m.origin().position())
                        .thenComparing(m -> m.id().value()))
                .toList());
  }

  @Override
  public Optional<Memory> revise(TenantId tenant, MemoryId id, MemoryText content) {
    return guard.inTransaction(
        "revise memory",
        () -> {
          List<Memory> versions = versions(tenant, id);
          boolean isNew = !versions.isEmpty() && !versions.getLast().content().equals(content);
          if (isNew && !versions.getLast().isRevoked()) {
            long change = changes.add(tenant, "memory_revised", id.value(), now());
            supersede(versions, content, change);
            audit.written(tenant, change);
          }
          return versions.isEmpty() ? Optional.empty() : Optional.of(versions.getLast());
        });
  }

  @Override
  public Optional<Erased> erase(TenantId tenant, MemoryId id) {
    return guard.inTransaction(
        "erase memory",
        () -> Optional.of(erase(tenant, List.of(id))).filter(erased -> erased.memories() > 0));
  }

  @Override
  public Erased eraseSource(
      TenantId tenant,
      SourceName source,
      @Nullable String user,
      @Nullable MemoryId after,
      int memories) {
    Page.requireLimit(memories);
    return guard.inTransaction(
        "erase source",
        () -> {
          List<MemoryId> found =
              audit.of(tenant, source, user).stream()
                  .filter(id -> after == null || id.value().compareTo(after.value()) > 0)
                  .limit(memories)
                  .toList();
          Erased erased = erase(tenant, found);
          return erased.goingOn(found.size() < memories ? null : found.getLast());
        });
  }

  /** Its provenance and revocations. */
  InMemoryAudit audit() {
    return audit;
  }

  @Override
  public List<KeptVersion> kept(TenantId tenant, Scope scope, @Nullable MemoryId after, int most) {
    Page.requireLimit(most);
    return guard.inTransaction(
        "read kept versions",
        () ->
            of(tenant).memories.tailMap(after == null ? "" : after.value(), false).values().stream()
                .filter(versions -> scope.admits(versions.getFirst().scope()))
                .limit(most)
                .flatMap(List::stream)
                .map(version -> {
                  List<MadeOf> sources = audit.sources(tenant, version.versionId());
                  String sum = of(tenant).sums.get(version.id());
                  return InMemoryRestorer.kept(version, sum, sources);
                })
                .toList());
  }

  /** Puts back what an archive kept, within a transaction of the caller's. */
  public Restoration restore(
      TenantId tenant, List<Restored> wanted, String subject, boolean isDryRun) {
    return new InMemoryRestorer(this, changes, tenant, now()).restore(wanted, subject, isDryRun);
  }

  boolean isErased(TenantId tenant, MemoryId id) {
    return of(tenant).erased.contains(id);
  }

  @Nullable MemoryId identified(TenantId tenant, Known known) {
    return of(tenant).identities.get(known);
  }

  /** The versions of a memory, to be added to. */
  List<Memory> begun(TenantId tenant, MemoryId id) {
    return of(tenant).memories.computeIfAbsent(id.value(), ignored -> new ArrayList<>());
  }

  void identify(TenantId tenant, MemoryId id, Scope scope, String sum) {
    of(tenant).identities.put(new Known(scope, sum), id);
    of(tenant).sums.put(id, sum);
  }

  private static String sum(String identity) {
    byte[] text = identity.getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(ChainEntry.digest().digest(text));
  }

  @Override
  public List<MemoryChange> changes(TenantId tenant, long after, int limit) {
    Page.requireLimit(limit);
    return guard.inTransaction(
        "read memory changes",
        () -> {
          List<MemoryChange> found = new ArrayList<>(changesAfter(tenant, after));
          while (found.size() > limit && found.getLast().number() > found.get(limit - 1).number()) {
            found.removeLast();
          }
          return found;
        });
  }

  @Override
  public long lastChange(TenantId tenant) {
    return guard.inTransaction("read last change", () -> changes.head(tenant));
  }

  @Override
  public SortedMap<TenantId, Long> heads() {
    return guard.inTransaction("read heads", changes::heads);
  }

  /** Stores within a transaction of the caller's; {@code subject} null for the first memory. */
  public List<Stored> store(TenantId tenant, List<NewMemory> batch, @Nullable String subject) {
    return store(tenant, batch, subject, change -> {});
  }

  /** The same, and what {@code more} writes under the same change number. */
  List<Stored> store(
      TenantId tenant, List<NewMemory> batch, @Nullable String subject, LongConsumer more) {
    List<Stored> outcomes = new ArrayList<>();
    long change = 0;
    for (NewMemory wanted : batch) {
      List<Memory> versions = known(tenant, wanted);
      boolean duplicate = isSaid(versions, wanted);
      boolean isRefused =
          !duplicate && !versions.isEmpty() && wanted.repeat() == NewMemory.Repeat.CONFLICT;
      MemoryId id =
          versions.isEmpty() ? new MemoryId(ids.next(MemoryId.PREFIX)) : versions.getFirst().id();
      if (!duplicate
          && !isRefused
          && !audit.isLabelRight(tenant, wanted.sources(), wanted.content().label())) {
        throw new IllegalArgumentException("label is above its source's");
      }
      if (!duplicate && !isRefused && change == 0) {
        String about = subject == null ? id.value() : subject;
        change = changes.add(tenant, "memories_added", about, now());
      }
      if (isRefused) {
        outcomes.add(new Stored(id, versions.getLast().version(), Outcome.CONFLICT));
      } else if (duplicate) {
        outcomes.add(new Stored(id, versions.getLast().version(), Outcome.DUPLICATE));
      } else if (versions.isEmpty()) {
        insert(tenant, id, wanted, change);
        outcomes.add(new Stored(id, 1, Outcome.NEW));
      } else {
        supersede(versions, wanted.content(), change);
        audit.derive(tenant, versions.getLast().versionId(), wanted.sources(), wanted.offset());
        Revoked revoked = audit.revokedSource(tenant, wanted.sources());
        if (revoked != null && !versions.getLast().isRevoked()) {
          versions.add(InMemoryAudit.revoked(versions.removeLast(), revoked));
        }
        outcomes.add(new Stored(id, versions.getLast().version(), Outcome.NEW_VERSION));
      }
    }
    if (change > 0) {
      more.accept(change);
      audit.written(tenant, change);
    }
    return outcomes;
  }

  /** Whether storing it would change nothing, within a transaction of the caller's. */
  public boolean isKnown(TenantId tenant, NewMemory wanted) {
    return isSaid(known(tenant, wanted), wanted);
  }

  private static boolean isSaid(List<Memory> versions, NewMemory wanted) {
    int from = wanted.looksBack() ? 0 : Math.max(0, versions.size() - 1);
    return versions.subList(from, versions.size()).stream()
        .anyMatch(version -> version.content().equals(wanted.content()));
  }

  /** What the newest version of this identity says, within a transaction of the caller's. */
  public Optional<MemoryText> newestContent(TenantId tenant, NewMemory wanted) {
    List<Memory> versions = known(tenant, wanted);
    return versions.isEmpty() ? Optional.empty() : Optional.of(versions.getLast().content());
  }

  /** Erases what was said in a session of ours, within a transaction of the caller's. */
  public Erased eraseSaidIn(TenantId tenant, String session) {
    return erase(tenant, audit.of(tenant, new SourceName(session), null));
  }

  /** One version, within a transaction of the caller's. */
  Optional<Memory> version(TenantId tenant, MemoryId id, int version) {
    return versions(tenant, id).stream().filter(v -> v.version() == version).findFirst();
  }

  private Erased erase(TenantId tenant, List<MemoryId> ids) {
    Kept kept = of(tenant);
    List<MemoryId> there =
        Stream.concat(ids.stream(), audit.digestsOf(tenant, ids).stream())
            .distinct()
            .filter(id -> !versions(tenant, id).isEmpty())
            .toList();
    if (there.isEmpty()) {
      return Erased.nothing(now());
    }
    List<VersionId> versions =
        there.stream().flatMap(id -> versions(tenant, id).stream()).map(Memory::versionId).toList();
    long change = 0;
    for (MemoryId id : there) {
      kept.identities.values().remove(id);
      kept.sums.remove(id);
      change = changes.add(tenant, "memory_erased", id.value(), now());
      kept.gone.put(change, id);
      kept.erased.add(id);
    }
    List<MemoryId> derived = audit.erased(tenant, there, change);
    there.forEach(id -> kept.memories.remove(id.value()));
    return new Erased(
        there.size(), versions.size(), 0, derived, change, now(), null, Erased.Names.NONE);
  }

  /** Marks memories, within a transaction of the caller's; returns those that were not. */
  List<MemoryId> revoke(TenantId tenant, List<MemoryId> ids, Revoked revoked) {
    List<MemoryId> marked = new ArrayList<>();
    for (MemoryId id : ids) {
      List<Memory> versions = versions(tenant, id);
      if (!versions.isEmpty() && versions.stream().anyMatch(one -> !one.isRevoked())) {
        versions.replaceAll(one -> one.isRevoked() ? one : InMemoryAudit.revoked(one, revoked));
        of(tenant).gone.put(changes.add(tenant, "memory_revoked", id.value(), now()), id);
        marked.add(id);
      }
    }
    return marked;
  }

  /** Tells followers once more that it is revoked, within a transaction of the caller's. */
  void tellRevoked(TenantId tenant, MemoryId id) {
    of(tenant).gone.put(changes.add(tenant, "memory_revoked", id.value(), now()), id);
  }

  private List<MemoryChange> changesAfter(TenantId tenant, long after) {
    Stream<MemoryChange> written =
        all(tenant)
            .filter(version -> version.change() > after)
            .map(v -> new MemoryChange(v.change(), v.id(), recalled(tenant, v.id())))
            .distinct();
    Stream<MemoryChange> gone =
        of(tenant).gone.tailMap(after, false).entrySet().stream()
            .map(entry -> new MemoryChange(entry.getKey(), entry.getValue(), List.of()));
    return Stream.concat(written, gone)
        .sorted(Comparator.comparingLong(MemoryChange::number).thenComparing(c -> c.id().value()))
        .toList();
  }

  private List<Memory> recalled(TenantId tenant, MemoryId id) {
    return versions(tenant, id).stream().filter(version -> !version.isRevoked()).toList();
  }

  private void insert(TenantId tenant, MemoryId id, NewMemory wanted, long change) {
    Memory memory =
        new Memory(
            id,
            1,
            wanted.scope(),
            wanted.kind(),
            wanted.origin(),
            wanted.content(),
            now(),
            null,
            change,
            audit.revokedSource(tenant, wanted.sources()));
    of(tenant).memories.put(id.value(), new ArrayList<>(List.of(memory)));
    audit.derive(tenant, memory.versionId(), wanted.sources(), wanted.offset());
    if (wanted.identity() != null) {
      identify(tenant, id, wanted.scope(), sum(wanted.identity()));
    }
  }

  /** Adds the next version to a memory's, within a transaction of the caller's. */
  void supersede(List<Memory> versions, MemoryText content, long change) {
    Memory last = versions.removeLast();
    Instant at = now().isBefore(last.learnedAt()) ? last.learnedAt() : now();
    versions.add(
        version(last, last.version(), last.content(), last.learnedAt(), at, last.change()));
    versions.add(version(last, last.version() + 1, content, at, null, change));
  }

  static Memory version(
      Memory of,
      int version,
      MemoryText content,
      Instant learnedAt,
      @Nullable Instant supersededAt,
      long change) {
    return new Memory(
        of.id(),
        version,
        of.scope(),
        of.kind(),
        of.origin(),
        content,
        learnedAt,
        supersededAt,
        change,
        of.revoked());
  }

  private static boolean known(Memory version, @Nullable Instant asOf) {
    Instant superseded = version.supersededAt();
    return asOf == null
        ? superseded == null
        : !version.learnedAt().isAfter(asOf) && (superseded == null || superseded.isAfter(asOf));
  }

  /** Without a session there is no conversation, and a memory stands alone. */
  private static boolean isNear(Memory memory, Memory other, int distance) {
    Origin origin = memory.origin();
    if (origin.session() == null) {
      return other.id().equals(memory.id());
    }
    return other.scope().equals(memory.scope())
        && other.origin().source().equals(origin.source())
        && Objects.equals(other.origin().session(), origin.session())
        && Math.abs(other.origin().position() - origin.position()) <= distance;
  }

  private List<Memory> known(TenantId tenant, NewMemory wanted) {
    String identity = wanted.identity();
    MemoryId id =
        identity == null
            ? null
            : of(tenant).identities.get(new Known(wanted.scope(), sum(identity)));
    return id == null ? List.of() : versions(tenant, id);
  }

  Stream<Memory> all(TenantId tenant) {
    return of(tenant).memories.values().stream().flatMap(List::stream);
  }

  List<Memory> versions(TenantId tenant, MemoryId id) {
    return of(tenant).memories.getOrDefault(id.value(), List.of());
  }

  private Kept of(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, t -> new Kept());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
