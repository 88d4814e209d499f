package dev.palimpsest.memory;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Provenance, revocations and the chain in maps; the reference for {@link MemoryAudit}. */
final class InMemoryAudit implements MemoryAudit {
  private static final String NO_SALT = "";

  private final InMemoryMemory.Guard guard;
  private final ChangeList changes;
  private final InMemoryMemoryStore memories;
  private final InstantSource clock;
  private final IdSource ids;
  private final Map<TenantId, Kept> tenants = new HashMap<>();

  private static final class Kept {
    private final Map<VersionId, List<MadeOf>> sources = new HashMap<>();
    private final Map<VersionId, Long> offsets = new HashMap<>();
    private final TreeMap<VersionId, Buried> tombstones = new TreeMap<>();
    private final List<ChainLink> links = new ArrayList<>();
    private final Map<RevocationId, Running> revocations =
        new TreeMap<>((a, b) -> a.value().compareTo(b.value()));
  }

  private record Buried(long written, String hash) {}

  private static final class Running {
    private Revocation revocation;
    private final List<MemoryId> reached = new ArrayList<>();

    private Running(Revocation revocation) {
      this.revocation = revocation;
    }
  }

  InMemoryAudit(
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

  /** What a version was made of. */
  List<MadeOf> sources(TenantId tenant, VersionId version) {
    return of(tenant).sources.getOrDefault(version, List.of());
  }

  /** Whether something made of these may carry this label. */
  boolean isLabelRight(TenantId tenant, List<MadeOf> sources, Label label) {
    return there(tenant, sources).allMatch(one -> one.content().label().compareTo(label) >= 0);
  }

  /** That something made of these is revoked; null when it is not. */
  @Nullable Revoked revokedSource(TenantId tenant, List<MadeOf> sources) {
    return there(tenant, sources)
        .filter(Memory::isRevoked)
        .findFirst()
        .map(Memory::revoked)
        .orElse(null);
  }

  private Stream<Memory> there(TenantId tenant, List<MadeOf> sources) {
    return sources.stream()
        .map(MadeOf::version)
        .flatMap(one -> memories.version(tenant, one.id(), one.version()).stream());
  }

  /** Notes where a version comes from. */
  void derive(TenantId tenant, VersionId version, List<MadeOf> sources, @Nullable Long offset) {
    if (!sources.isEmpty()) {
      of(tenant).sources.put(version, sources);
    }
    if (offset != null) {
      of(tenant).offsets.put(version, offset);
    }
  }

  /** Adds a link for what was written under a number, and one for what of it is revoked. */
  void written(TenantId tenant, long change) {
    SortedMap<VersionId, String> hashes = hashes(tenant, change);
    link(tenant, change, ChainEntry.written(hashes));
    List<MemoryId> born =
        hashes.keySet().stream()
            .map(VersionId::id)
            .distinct()
            .filter(id -> memories.versions(tenant, id).stream().anyMatch(Memory::isRevoked))
            .toList();
    SortedMap<String, Instant> times = new TreeMap<>();
    for (MemoryId id : born) {
      Revoked revoked =
          Objects.requireNonNull(
              memories.versions(tenant, id).stream()
                  .filter(Memory::isRevoked)
                  .findFirst()
                  .orElseThrow()
                  .revoked());
      List<MemoryId> others = memories.revoke(tenant, List.of(id), revoked);
      if (others.isEmpty()) {
        memories.tellRevoked(tenant, id);
      }
      times.put(id.value(), revoked.at());
    }
    if (!times.isEmpty()) {
      link(tenant, changes.head(tenant), ChainEntry.revoked(times));
    }
  }

  private SortedMap<VersionId, String> hashes(TenantId tenant, long change) {
    SortedMap<VersionId, String> hashes = new TreeMap<>();
    memories
        .all(tenant)
        .filter(one -> one.change() == change)
        .forEach(one -> hashes.put(one.versionId(), hash(tenant, one)));
    of(tenant)
        .tombstones
        .forEach((version, buried) -> {
          if (buried.written == change) {
            hashes.put(version, buried.hash);
          }
        });
    return hashes;
  }

  private String hash(TenantId tenant, Memory one) {
    KeptVersion kept =
        new KeptVersion(
            one.id(),
            one.version(),
            one.scope(),
            one.kind(),
            one.origin(),
            one.content(),
            one.learnedAt(),
            null,
            sources(tenant, one.versionId()),
            null);
    return new VersionHash(tenant).of(kept, of(tenant).offsets.get(one.versionId()), NO_SALT);
  }

  private void link(TenantId tenant, long change, ChainEntry entry) {
    List<ChainLink> links = of(tenant).links;
    String before = links.isEmpty() ? "" : links.getLast().link();
    String sum = entry.sha256();
    links.add(
        new ChainLink(
            change, entry.kind(), entry.entries(), sum, ChainEntry.link(before, change, sum)));
  }

  /** Notes what is about to be erased; returns what was made of it and stays. */
  List<MemoryId> erased(TenantId tenant, List<MemoryId> gone, long change) {
    Kept kept = of(tenant);
    TreeMap<VersionId, String> hashes = new TreeMap<>();
    for (MemoryId id : gone) {
      for (Memory one : memories.versions(tenant, id)) {
        hashes.put(one.versionId(), hash(tenant, one));
        kept.tombstones.put(one.versionId(), new Buried(one.change(), hash(tenant, one)));
      }
    }
    kept.sources.keySet().removeIf(version -> gone.contains(version.id()));
    kept.offsets.keySet().removeIf(version -> gone.contains(version.id()));
    List<MemoryId> sorted = gone.stream().sorted((a, b) -> a.value().compareTo(b.value())).toList();
    link(tenant, change, ChainEntry.erased(sorted, hashes));
    return derived(tenant, gone);
  }

  /** Digests of consolidation that were made of these. */
  List<MemoryId> digestsOf(TenantId tenant, Collection<MemoryId> from) {
    return derived(tenant, from).stream()
        .filter(id -> isDigest(memories.versions(tenant, id)))
        .toList();
  }

  private static boolean isDigest(List<Memory> versions) {
    return versions.stream()
        .anyMatch(one ->
            one.kind() == MemoryKind.DIGEST && one.origin().source().equals(Consolidation.SOURCE));
  }

  private List<MemoryId> derived(TenantId tenant, Collection<MemoryId> from) {
    Set<String> derived = new TreeSet<>();
    of(tenant)
        .sources
        .forEach((version, sources) -> {
          if (sources.stream().anyMatch(source -> from.contains(source.version().id()))) {
            boolean ignored = derived.add(version.id().value());
          }
        });
    return derived.stream().map(MemoryId::new).toList();
  }

  /** The memories of a source, in order of id. */
  List<MemoryId> of(TenantId tenant, SourceName source, @Nullable String user) {
    Set<String> writes = new HashSet<>();
    changes
        .after(tenant, 0, Integer.MAX_VALUE)
        .forEach(change -> {
          if (change.kind().equals("memories_added") && change.subject().equals(source.text())) {
            boolean ignored = writes.add(Long.toString(change.number()));
          }
        });
    return memories
        .all(tenant)
        .filter(one -> user == null || user.equals(one.scope().user()))
        .filter(one ->
            switch (source.sort()) {
              case MEMORY -> one.id().value().equals(source.text());
              case SESSION ->
                  one.origin().source().equals(Origin.OF_SESSIONS)
                      && source.text().equals(one.origin().session());
              case IMPORT -> writes.contains(Long.toString(one.change()));
              case NAME -> one.origin().source().equals(source.text());
            })
        .map(Memory::id)
        .distinct()
        .toList();
  }

  @Override
  public List<Ancestry> ancestry(TenantId tenant, Collection<VersionId> versions) {
    if (versions.size() > ANCESTRY_MAX) {
      throw new IllegalArgumentException("more than " + ANCESTRY_MAX);
    }
    return guard.inTransaction(
        "read provenance",
        () ->
            new TreeSet<>(versions)
                .stream()
                    .flatMap(one -> memories.version(tenant, one.id(), one.version()).stream())
                    .map(one -> ancestry(tenant, one))
                    .toList());
  }

  private Ancestry ancestry(TenantId tenant, Memory one) {
    Optional<String> imported =
        changes.after(tenant, one.change() - 1, 1).stream()
            .filter(change -> change.number() == one.change())
            .map(Change::subject)
            .filter(subject -> subject.startsWith("imp_"))
            .findFirst();
    return new Ancestry(
        one,
        sources(tenant, one.versionId()),
        imported.orElse(null),
        imported.isPresent() ? of(tenant).offsets.get(one.versionId()) : null);
  }

  @Override
  public Revocation revoke(TenantId tenant, Revocation.Request request) {
    return guard.inTransaction(
        "begin revocation",
        () -> {
          Optional<Running> known =
              of(tenant).revocations.values().stream()
                  .filter(one -> isSame(one.revocation.request(), request))
                  .findFirst();
          if (known.isPresent()) {
            Revocation old = known.get().revocation;
            known.get().revocation =
                new Revocation(old.id(), old.request(), old.requestedAt(), null, old.memories());
            return known.get().revocation;
          }
          RevocationId id = new RevocationId(ids.next(RevocationId.PREFIX));
          Revocation made = new Revocation(id, request, now(), null, 0);
          of(tenant).revocations.put(id, new Running(made));
          long change = changes.add(tenant, "revocation_begun", id.value(), now());
          assert change > 0;
          return made;
        });
  }

  private static boolean isSame(Revocation.Request one, Revocation.Request other) {
    return one.source().equals(other.source())
        && Optional.ofNullable(one.user()).equals(Optional.ofNullable(other.user()));
  }

  @Override
  public Revocation advance(TenantId tenant, RevocationId id, int most) {
    Page.requireLimit(most);
    return guard.inTransaction(
        "revoke memories",
        () -> {
          Running running = of(tenant).revocations.get(id);
          if (running == null) {
            throw new IllegalStateException("there is no revocation " + id);
          }
          if (!running.revocation.isFinished()) {
            advance(tenant, running, most);
          }
          return running.revocation;
        });
  }

  private void advance(TenantId tenant, Running running, int most) {
    Revocation old = running.revocation;
    Set<MemoryId> wanted = new LinkedHashSet<>();
    wanted.addAll(of(tenant, old.request().source(), old.request().user()));
    wanted.addAll(derived(tenant, running.reached));
    List<MemoryId> next =
        wanted.stream()
            .filter(id -> memories.versions(tenant, id).stream().anyMatch(v -> !v.isRevoked()))
            .limit(most)
            .toList();
    Revoked revoked = new Revoked(now(), old.request().reason());
    List<MemoryId> marked = memories.revoke(tenant, next, revoked);
    if (!marked.isEmpty()) {
      SortedMap<String, Instant> times = new TreeMap<>();
      marked.forEach(id -> times.put(id.value(), revoked.at()));
      link(tenant, changes.head(tenant), ChainEntry.revoked(times));
    }
    running.reached.addAll(marked);
    running.revocation =
        new Revocation(
            old.id(),
            old.request(),
            old.requestedAt(),
            next.isEmpty() ? now() : null,
            running.reached.size());
  }

  @Override
  public Optional<Revocation> revocation(TenantId tenant, RevocationId id) {
    return guard.inTransaction(
        "find revocation",
        () -> Optional.ofNullable(of(tenant).revocations.get(id)).map(one -> one.revocation));
  }

  @Override
  public List<Revocation> openRevocations(TenantId tenant) {
    return guard.inTransaction(
        "find open revocations",
        () ->
            of(tenant).revocations.values().stream()
                .map(one -> one.revocation)
                .filter(one -> !one.isFinished())
                .toList());
  }

  @Override
  public Page<MemoryId> revoked(
      TenantId tenant, RevocationId id, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    int from = after == null ? 0 : Integer.parseInt(after);
    return guard.inTransaction(
        "list revoked memories",
        () -> {
          Running running = of(tenant).revocations.get(id);
          List<MemoryId> all = running == null ? List.of() : running.reached;
          int to = Math.min(all.size(), from + limit);
          List<MemoryId> page = from >= all.size() ? List.of() : all.subList(from, to);
          return new Page<>(page, to < all.size() ? Integer.toString(to) : null);
        });
  }

  @Override
  public Set<String> revokedRecords(TenantId tenant, String session) {
    return guard.inTransaction(
        "find what is revoked",
        () -> {
          Set<String> records = new TreeSet<>();
          of(tenant, new SourceName(session), null).stream()
              .flatMap(id -> memories.versions(tenant, id).stream())
              .filter(Memory::isRevoked)
              .forEach(one -> {
                String record = one.origin().recordId();
                if (record != null) {
                  records.add(record);
                }
              });
          return records;
        });
  }

  @Override
  public ChainHead head(TenantId tenant) {
    return guard.inTransaction(
        "read chain",
        () -> {
          List<ChainLink> links = of(tenant).links;
          return links.isEmpty()
              ? ChainHead.NONE
              : new ChainHead(links.getLast().change(), links.getLast().link());
        });
  }

  @Override
  public List<ChainLink> links(TenantId tenant, long after, int limit) {
    Page.requireLimit(limit);
    return guard.inTransaction(
        "read chain",
        () -> of(tenant).links.stream().filter(l -> l.change() > after).limit(limit).toList());
  }

  @Override
  public ChainReport verify(TenantId tenant, @Nullable ChainHead known) {
    return guard.inTransaction(
        "check chain",
        () -> {
          ChainHead head = head(tenant);
          String before = "";
          for (ChainLink link : of(tenant).links) {
            boolean isRight =
                link.kind() != ChainEntry.Kind.WRITTEN
                    || ChainEntry.written(hashes(tenant, link.change()))
                        .sha256()
                        .equals(link.entriesSha256());
            boolean isLinked =
                ChainEntry.link(before, link.change(), link.entriesSha256()).equals(link.link());
            boolean isKnown =
                known == null
                    || known.change() != link.change()
                    || known.link().equals(link.link());
            if (!isRight || !isLinked || !isKnown) {
              return report(tenant, head, new ChainReport.Break(link.change(), null, "broken"));
            }
            before = link.link();
          }
          if (known != null && known.change() > head.change()) {
            return report(tenant, head, new ChainReport.Break(known.change(), null, "cut"));
          }
          return report(tenant, head, null);
        });
  }

  private ChainReport report(TenantId tenant, ChainHead head, ChainReport.@Nullable Break broken) {
    return new ChainReport(
        head,
        of(tenant).links.size(),
        memories.all(tenant).count(),
        of(tenant).tombstones.size(),
        0,
        broken);
  }

  /** The same, revoked. */
  static Memory revoked(Memory one, Revoked revoked) {
    return new Memory(
        one.id(),
        one.version(),
        one.scope(),
        one.kind(),
        one.origin(),
        one.content(),
        one.learnedAt(),
        one.supersededAt(),
        one.change(),
        revoked);
  }

  private Kept of(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, t -> new Kept());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
