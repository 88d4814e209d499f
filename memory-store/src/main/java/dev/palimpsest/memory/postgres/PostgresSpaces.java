package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SpaceChange;
import dev.palimpsest.memory.SpaceCreation;
import dev.palimpsest.memory.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Spaces over their table. Whoever changes one holds all rows of the tenant, so that one after the
 * other decides by what is there.
 */
final class PostgresSpaces implements EmbeddingSpaces {
  private final Transactions transactions;
  private final InstantSource clock;

  PostgresSpaces(Transactions transactions, InstantSource clock) {
    this.transactions = transactions;
    this.clock = clock;
  }

  @Override
  public List<KeptSpace> list(TenantId tenant) {
    return transactions.inTenant(
        tenant,
        "list spaces",
        session -> SpaceTable.rows(session, tenant).stream().map(SpaceRow::space).toList());
  }

  @Override
  public Optional<String> active(TenantId tenant) {
    return transactions.inTenant(
        tenant,
        "find active space",
        session ->
            session
                .createSelectionQuery(
                    "select spaceId from SpaceRow where tenantId = :tenant and isActive",
                    String.class)
                .setParameter("tenant", tenant.value())
                .uniqueResultOptional());
  }

  /** Idempotency key: (tenant, the space's id). */
  @Override
  public SpaceCreation create(TenantId tenant, NewSpace wanted, NewSpace standard) {
    return transactions.inTenant(
        tenant, "create space", session -> created(session, tenant, wanted, standard));
  }

  /** Idempotency key: (tenant, the space's id). */
  @Override
  public SpaceChange activate(TenantId tenant, String id) {
    return transactions.inTenant(
        tenant, "activate space", session -> changed(session, tenant, id, this::activated));
  }

  /** Idempotency key: (tenant, the space's id). */
  @Override
  public void ready(TenantId tenant, EmbeddingSpace space) {
    int marked =
        transactions.inTenant(
            tenant,
            "mark space ready",
            session ->
                session
                    .createMutationQuery(
                        """
                        update SpaceRow set readyAt = :now
                        where tenantId = :tenant and spaceId = :space and readyAt is null
                          and droppedAt is null
                        """)
                    .setParameter("now", now())
                    .setParameter("tenant", tenant.value())
                    .setParameter("space", space.id())
                    .executeUpdate());
    assert marked <= 1;
  }

  /** Idempotency key: (tenant, the space's id). */
  @Override
  public SpaceChange drop(TenantId tenant, String id) {
    return transactions.inTenant(
        tenant, "drop space", session -> changed(session, tenant, id, this::dropped));
  }

  /** Idempotency key: (tenant, the space's id); what is removed is not found again. */
  @Override
  public Optional<MemoryId> remove(
      TenantId tenant, String id, @Nullable MemoryId after, int memories) {
    Page.requireLimit(memories);
    return transactions.inTenant(
        tenant, "remove vectors", session -> removed(session, tenant, id, after, memories));
  }

  @Override
  public Progress progress(TenantId tenant, EmbeddingSpace space) {
    return transactions.inTenant(
        tenant,
        "count memories",
        session -> {
          Object[] row =
              session
                  .createNativeQuery(
                      """
                      SELECT count(*) FILTER (WHERE v.change_number <= coalesce(
                               (SELECT c.change_number
                                FROM embedding_checkpoint c
                                WHERE c.tenant_id = :tenant AND c.space_id = :space
                                  AND c.dimensions = :dimensions), 0)),
                             count(*)
                      FROM memory_version v
                      WHERE v.tenant_id = :tenant AND v.superseded_at IS NULL
                        AND v.revoked_at IS NULL
                      """,
                      Object[].class)
                  .setParameter("tenant", tenant.value())
                  .setParameter("space", space.id())
                  .setParameter("dimensions", space.dimensions())
                  .getSingleResult();
          return new Progress(((Number) row[0]).longValue(), ((Number) row[1]).longValue());
        });
  }

  /**
   * Of two who make a tenant's first space at once, the second waits for the standard one's row.
   */
  private SpaceCreation created(
      StatelessSession session, TenantId tenant, NewSpace wanted, NewSpace standard) {
    boolean isFirst = begin(session, tenant, standard);
    List<SpaceRow> rows = SpaceTable.locked(session, tenant);
    Optional<SpaceRow> known = find(rows, wanted.space().id());
    if (known.isPresent()) {
      if (isFirst) {
        record(session, tenant, known.get(), "embedding_space_created");
      }
      return new SpaceCreation.Existing(known.get().space());
    }
    if (rows.size() >= SPACES_MAX) {
      return new SpaceCreation.Full();
    }
    SpaceRow row = new SpaceRow(tenant, wanted, now());
    session.insert(row);
    record(session, tenant, row, "embedding_space_created");
    return new SpaceCreation.Created(row.space());
  }

  /** Whether the tenant had none. */
  private boolean begin(StatelessSession session, TenantId tenant, NewSpace standard) {
    int begun =
        session
            .createNativeMutationQuery(
                """
                INSERT INTO embedding_space
                  (tenant_id, space_id, dimensions, model, fingerprint, is_active, created_at)
                SELECT :tenant, :space, :dimensions, :model, :fingerprint, true,
                       CAST(:now AS timestamptz)
                WHERE NOT EXISTS (
                  SELECT FROM embedding_space WHERE tenant_id = :tenant AND is_active)
                ON CONFLICT DO NOTHING
                """)
            .setParameter("tenant", tenant.value())
            .setParameter("space", standard.space().id())
            .setParameter("dimensions", standard.space().dimensions())
            .setParameter("model", standard.model())
            .setParameter("fingerprint", standard.fingerprint())
            .setParameter("now", now().toString())
            .executeUpdate();
    return begun == 1;
  }

  private static SpaceChange changed(
      StatelessSession session,
      TenantId tenant,
      String id,
      BiFunction<StatelessSession, Wish, SpaceChange> change) {
    List<SpaceRow> rows = SpaceTable.locked(session, tenant);
    return find(rows, id)
        .map(row -> change.apply(session, new Wish(tenant, row, rows)))
        .orElseGet(SpaceChange.Missing::new);
  }

  /**
   * What a change is decided by.
   *
   * @param row the space in question
   * @param all the tenant's spaces, locked
   */
  private record Wish(TenantId tenant, SpaceRow row, List<SpaceRow> all) {}

  private SpaceChange activated(StatelessSession session, Wish wish) {
    KeptSpace space = wish.row.space();
    return switch (space.state()) {
      case ACTIVE -> new SpaceChange.Done(space);
      case FILLING -> new SpaceChange.Refused(space);
      case DROPPED -> new SpaceChange.Missing();
      case READY -> switched(session, wish);
    };
  }

  /** The one before first: no two are active, not even for a moment. */
  private SpaceChange switched(StatelessSession session, Wish wish) {
    for (SpaceRow other : wish.all) {
      if (other.isActive) {
        other.isActive = false;
        session.update(other);
      }
    }
    wish.row.isActive = true;
    wish.row.activatedAt = now();
    session.update(wish.row);
    record(session, wish.tenant, wish.row, "embedding_space_activated");
    return new SpaceChange.Done(wish.row.space());
  }

  private SpaceChange dropped(StatelessSession session, Wish wish) {
    SpaceRow row = wish.row;
    if (row.isActive) {
      return new SpaceChange.Refused(row.space());
    }
    if (row.droppedAt == null) {
      row.droppedAt = now();
      session.update(row);
      record(session, wish.tenant, row, "embedding_space_dropped");
    }
    return new SpaceChange.Done(row.space());
  }

  /**
   * In order of id, since a scan from the beginning would meet what was removed again and again.
   */
  private static Optional<MemoryId> removed(
      StatelessSession session,
      TenantId tenant,
      String id,
      @Nullable MemoryId after,
      int memories) {
    boolean isDropped =
        find(SpaceTable.rows(session, tenant), id).filter(row -> row.droppedAt != null).isPresent();
    if (!isDropped) {
      return Optional.empty();
    }
    List<String> share =
        session
            .createNativeQuery(
                """
                SELECT DISTINCT memory_id
                FROM memory_vector
                WHERE tenant_id = :tenant AND space_id = :space AND memory_id > :after
                ORDER BY memory_id
                """,
                String.class)
            .setParameter("tenant", tenant.value())
            .setParameter("space", id)
            .setParameter("after", after == null ? "" : after.value())
            .setMaxResults(memories)
            .getResultList();
    int vectors =
        session
            .createNativeMutationQuery(
                """
                DELETE FROM memory_vector
                WHERE tenant_id = :tenant AND space_id = :space AND memory_id = ANY (:ids)
                """)
            .setParameter("tenant", tenant.value())
            .setParameter("space", id)
            .setParameter("ids", share.toArray(String[]::new))
            .executeUpdate();
    assert vectors >= 0;
    if (share.size() == memories) {
      return Optional.of(new MemoryId(share.getLast()));
    }
    forget(session, tenant, id);
    return Optional.empty();
  }

  private static void forget(StatelessSession session, TenantId tenant, String id) {
    for (String table : List.of("embedding_checkpoint", "embedding_space")) {
      int gone =
          session
              .createNativeMutationQuery(
                  "DELETE FROM " + table + " WHERE tenant_id = :tenant AND space_id = :space")
              .setParameter("tenant", tenant.value())
              .setParameter("space", id)
              .executeUpdate();
      assert gone >= 0;
    }
  }

  private void record(StatelessSession session, TenantId tenant, SpaceRow row, String kind) {
    ScopeColumns nobody = ScopeColumns.of(Scope.NONE);
    long number = ChangeTable.record(session, tenant, nobody, kind, row.spaceId, now());
    assert number > 0;
  }

  private static Optional<SpaceRow> find(List<SpaceRow> rows, String id) {
    return rows.stream().filter(row -> row.spaceId.equals(id)).findAny();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
