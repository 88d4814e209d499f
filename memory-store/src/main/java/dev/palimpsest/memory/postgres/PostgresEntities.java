package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.Entity;
import dev.palimpsest.memory.Entity.Reason;
import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Entities over their tables. */
final class PostgresEntities implements Entities {
  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;

  PostgresEntities(Transactions transactions, InstantSource clock, IdSource ids) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public Page<Entity> list(TenantId tenant, Filter filter, int limit, @Nullable EntityId after) {
    Page.requireLimit(limit);
    return transactions.inTenant(
        tenant,
        "list entities",
        session ->
            session.doReturningWork(
                connection -> new EntityReader(connection, tenant).list(filter, limit, after)));
  }

  @Override
  public Optional<Entity> find(TenantId tenant, EntityId id) {
    return transactions.inTenant(
        tenant,
        "find entity",
        session ->
            session.doReturningWork(connection -> new EntityReader(connection, tenant).find(id)));
  }

  @Override
  public Page<Link> links(TenantId tenant, EntityId id, int limit, @Nullable MemoryId after) {
    Page.requireLimit(limit);
    return transactions.inTenant(
        tenant,
        "list links of entity",
        session ->
            session.doReturningWork(
                connection -> new EntityReader(connection, tenant).links(id, limit, after)));
  }

  @Override
  public Page<Memory> memories(
      TenantId tenant, EntityId id, MemoryFilter filter, int limit, @Nullable String after) {
    FilterSql sql = FilterSql.naming(tenant, filter, id);
    return transactions.inTenant(
        tenant,
        "list memories of entity",
        session -> MemoryReader.list(session, sql, limit, after));
  }

  /** A change of merges within a transaction, that nobody makes another one beside. */
  private interface Change<T> {
    T make(Connection connection, EntityReader reader, EntityMerges merges) throws SQLException;
  }

  private <T> T change(TenantId tenant, String operation, Change<T> change) {
    return transactions.inTenant(
        tenant,
        operation,
        session ->
            session.doReturningWork(connection -> {
              new EntityTable(connection, tenant).lock();
              return change.make(
                  connection,
                  new EntityReader(connection, tenant),
                  new EntityMerges(connection, tenant, now()));
            }));
  }

  /** A name that stood for another entity stands for this one from now on. */
  @Override
  public Merging alias(TenantId tenant, EntityId id, EntityName alias) {
    return change(
        tenant,
        "give entity an alias",
        (connection, reader, merges) -> {
          EntityReader.Node entity = reader.node(id).orElse(null);
          if (entity == null) {
            return Merging.ABSENT;
          }
          IdentityKey key = EntityTable.key(entity.scope(), alias);
          Map<IdentityKey, String> made =
              new EntityTable(connection, tenant).find(Map.of(key, alias), ids, now());
          EntityId named = new EntityId(made.values().iterator().next());
          EntityReader.Node node = reader.node(named).orElseThrow();
          if (node.canonical().equals(entity.canonical())) {
            return Merging.DONE;
          }
          if (reader.names(entity.canonical()) > ALIASES_MAX) {
            merges.settle(Set.of(named.value()));
            return Merging.TOO_MANY;
          }
          if (!node.canonical().equals(named.value())) {
            merges.decline(named.value());
          }
          merges.mergeFor(named.value(), entity.canonical(), Reason.DECLARED);
          merges.settle(Set.of(named.value()));
          return Merging.DONE;
        });
  }

  @Override
  public Merging merge(TenantId tenant, EntityId into, EntityId other) {
    return change(
        tenant,
        "merge entities",
        (connection, reader, merges) -> {
          EntityReader.Node target = reader.node(into).orElse(null);
          EntityReader.Node source = reader.node(other).orElse(null);
          if (target == null || source == null) {
            return Merging.ABSENT;
          }
          if (!target.scope().equals(source.scope())) {
            return Merging.OTHER_SCOPE;
          }
          if (target.canonical().equals(source.canonical())) {
            return Merging.DONE;
          }
          if (reader.names(target.canonical()) + reader.names(source.canonical())
              > ALIASES_MAX + 1) {
            return Merging.TOO_MANY;
          }
          merges.mergeFor(source.canonical(), target.canonical(), Reason.ASKED);
          return Merging.DONE;
        });
  }

  @Override
  public boolean undo(TenantId tenant, EntityId of, EntityId other) {
    return change(
        tenant,
        "undo merge of entities",
        (connection, reader, merges) -> {
          EntityReader.Node target = reader.node(of).orElse(null);
          EntityReader.Node source = reader.node(other).orElse(null);
          boolean isMerged =
              target != null
                  && source != null
                  && target.canonical().equals(source.canonical())
                  && merges.decline(other.value());
          if (isMerged) {
            merges.settle(Set.of(other.value()));
          }
          return isMerged;
        });
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
