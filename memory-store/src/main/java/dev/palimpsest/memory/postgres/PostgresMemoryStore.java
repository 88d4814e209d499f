package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Ending;
import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/** Memories over their tables. */
final class PostgresMemoryStore implements MemoryStore {
  /** Of a change: a batch may hold many scopes, and what is erased is to leave no name behind. */
  static final ScopeColumns NOBODY = ScopeColumns.of(Scope.NONE);

  private final Transactions transactions;
  private final InstantSource clock;
  private final MemoryReader reader;
  private final MemoryWriter writer;

  PostgresMemoryStore(Transactions transactions, InstantSource clock, MemoryWriter writer) {
    this.transactions = transactions;
    this.clock = clock;
    reader = new MemoryReader(transactions);
    this.writer = writer;
  }

  @Override
  public List<Stored> add(TenantId tenant, List<NewMemory> batch) {
    if (batch.isEmpty() || batch.size() > BATCH_MAX) {
      throw new IllegalArgumentException("a batch has 1 to " + BATCH_MAX + ", not " + batch.size());
    }
    return transactions.inTenant(
        tenant,
        "add memories",
        session -> {
          BatchPlan plan = writer.prepare(session, tenant, batch);
          if (!plan.isEmpty()) {
            write(session, tenant, plan, "memories_added", plan.first());
          }
          return plan.outcomes();
        });
  }

  /** What is to end is looked at before anything is written, so that a refusal leaves nothing. */
  @Override
  public Ending addEnding(TenantId tenant, NewMemory memory, List<MemoryId> ended) {
    if (ended.size() > BATCH_MAX) {
      throw new IllegalArgumentException("more than " + BATCH_MAX + " memories end");
    }
    return transactions.inTenant(
        tenant,
        "add memory that ends others",
        session -> {
          List<Memory> others = new ArrayList<>();
          for (MemoryId id : inOrder(ended)) {
            lock(session, tenant, id);
            Optional<Memory> newest = MemoryReader.newest(session, tenant, id);
            if (newest.isEmpty()) {
              return new Ending.Gone(id);
            }
            if (newest.get().isRevoked()) {
              return new Ending.Taken(id);
            }
            others.add(newest.get());
          }
          return new Ending.Done(add(session, tenant, memory, others));
        });
  }

  /** So that two who end the same memories meet at the first of them. */
  private static List<MemoryId> inOrder(List<MemoryId> ids) {
    return ids.stream().distinct().sorted(Comparator.comparing(MemoryId::value)).toList();
  }

  private Stored add(
      StatelessSession session, TenantId tenant, NewMemory memory, List<Memory> ended) {
    BatchPlan plan = writer.prepare(session, tenant, List.of(memory));
    if (!plan.isEmpty()) {
      Instant from = memory.content().holdsFrom();
      Instant end = from == null ? now() : from;
      ended.stream()
          .filter(other -> other.holdsAt(end))
          .forEach(other -> add(plan, other, other.content().until(end)));
      write(session, tenant, plan, "memories_added", plan.first());
    }
    return plan.outcomes().getFirst();
  }

  @Override
  public Optional<Memory> find(TenantId tenant, MemoryId id, @Nullable Instant asOf) {
    return reader.find(tenant, id, asOf);
  }

  @Override
  public Optional<Memory> findIdentity(TenantId tenant, Scope scope, String identity) {
    return reader.findIdentity(tenant, scope, identity);
  }

  @Override
  public List<Memory> findAll(TenantId tenant, Collection<MemoryId> ids) {
    return reader.findAll(tenant, ids);
  }

  @Override
  public List<Memory> history(TenantId tenant, MemoryId id) {
    return reader.history(tenant, id);
  }

  @Override
  public Page<Memory> list(
      TenantId tenant, MemoryFilter filter, int limit, @Nullable String after) {
    return reader.list(tenant, filter, limit, after);
  }

  @Override
  public List<Memory> around(TenantId tenant, Memory memory, int distance) {
    return reader.around(tenant, memory, distance);
  }

  /** Idempotency key: none is needed, the same content again finds nothing to change. */
  @Override
  public Optional<Memory> revise(TenantId tenant, MemoryId id, MemoryText content) {
    return transactions.inTenant(
        tenant,
        "revise memory",
        session -> {
          lock(session, tenant, id);
          Optional<Memory> newest = MemoryReader.newest(session, tenant, id);
          if (newest.isEmpty() || newest.get().isRevoked() || isSaid(newest.get(), content)) {
            return newest;
          }
          write(session, tenant, newest.get(), content);
          return MemoryReader.newest(session, tenant, id);
        });
  }

  @Override
  public Optional<Erased> erase(TenantId tenant, MemoryId id) {
    return Optional.of(
            transactions.inTenant(
                tenant,
                "erase memory",
                session -> new MemoryEraser(session, tenant, now()).erase(id)))
        .filter(erased -> erased.memories() > 0);
  }

  /** Idempotency key: none is needed, what was erased is not found again. */
  @Override
  public Erased eraseSource(
      TenantId tenant,
      SourceName source,
      @Nullable String user,
      @Nullable MemoryId after,
      int memories) {
    Page.requireLimit(memories);
    return transactions.inTenant(
        tenant,
        "erase source",
        session ->
            new MemoryEraser(session, tenant, now()).eraseSource(source, user, after, memories));
  }

  @Override
  public List<KeptVersion> kept(
      TenantId tenant, Scope scope, @Nullable MemoryId after, int memories) {
    return reader.kept(tenant, scope, after, memories);
  }

  @Override
  public List<MemoryChange> changes(TenantId tenant, long after, int limit) {
    return reader.changes(tenant, after, limit);
  }

  @Override
  public long lastChange(TenantId tenant) {
    return transactions.inTenant(
        tenant, "read last change", session -> ChangeTable.last(session, tenant));
  }

  @Override
  public SortedMap<TenantId, Long> heads() {
    return ChangeTable.heads(transactions);
  }

  private void write(StatelessSession session, TenantId tenant, Memory newest, MemoryText content) {
    BatchPlan plan = new BatchPlan(Map.of(), Map.of());
    add(plan, newest, content);
    write(session, tenant, plan, "memory_revised", newest.id());
  }

  private static void add(BatchPlan plan, Memory newest, MemoryText content) {
    plan.add(
        new NewMemory(newest.scope(), newest.kind(), newest.origin(), content, null),
        new NewestVersion(
            newest.id(),
            newest.version(),
            ScopeColumns.of(newest.scope()),
            newest.kind(),
            newest.origin(),
            ContentHash.of(newest.content()),
            newest.learnedAt(),
            newest.revoked()));
  }

  private void write(
      StatelessSession session, TenantId tenant, BatchPlan plan, String kind, MemoryId subject) {
    Instant now = now();
    List<SealedRow> rows = writer.seal(tenant, plan, now);
    ChangeTable.At at =
        ChangeTable.record(
            session, tenant, new ChangeTable.Written(NOBODY, kind, subject.value(), rows), now);
    writer.write(session, tenant, plan, rows, at);
  }

  private static boolean isSaid(Memory newest, MemoryText content) {
    return newest.content().equals(content);
  }

  /** The first version's row stands for the memory. */
  private static void lock(StatelessSession session, TenantId tenant, MemoryId id) {
    session
        .createNativeQuery(
            """
            SELECT version
            FROM memory_version
            WHERE tenant_id = :tenant AND memory_id = :id AND version = 1
            FOR NO KEY UPDATE
            """,
            Integer.class)
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .getResultList();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
