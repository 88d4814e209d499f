package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.hibernate.query.NativeQuery;

/**
 * A {@link MemoryFilter} as conditions on a {@code memory_version v}: what {@link
 * MemoryFilter#admits} says, in SQL. Names its parameters {@code :filter_…} but for {@code
 * :tenant}.
 */
final class FilterSql {
  private static final String NEWEST = " AND v.superseded_at IS NULL";

  private final StringBuilder conditions = new StringBuilder("v.tenant_id = :tenant");
  private final StringBuilder onVectors = new StringBuilder();
  private final Map<String, Object> parameters = new LinkedHashMap<>();

  private FilterSql(TenantId tenant, Scope scope) {
    parameters.put("tenant", tenant.value());
    scope(ScopeColumns.of(scope));
  }

  /** Newest versions that a scope admits, and no other condition: those revoked among them. */
  static FilterSql ofScope(TenantId tenant, Scope scope) {
    FilterSql sql = new FilterSql(tenant, scope);
    sql.conditions.append(NEWEST);
    return sql;
  }

  /** Newest versions of this scope exactly that may be linked: not revoked, and no digests. */
  static FilterSql linked(TenantId tenant, Scope scope) {
    FilterSql sql = new FilterSql(tenant, Scope.NONE);
    ScopeColumns columns = ScopeColumns.of(scope);
    sql.conditions.append(NEWEST).append(" AND v.revoked_at IS NULL AND v.kind <> 'digest'");
    sql.onVectors.append(
        " AND x.scope_user = :filter_scope_user AND x.scope_agent = :filter_scope_agent"
            + " AND x.scope_project = :filter_scope_project");
    sql.add("v.scope_user = :filter_scope_user", "filter_scope_user", columns.user());
    sql.add("v.scope_agent = :filter_scope_agent", "filter_scope_agent", columns.agent());
    sql.add("v.scope_project = :filter_scope_project", "filter_scope_project", columns.project());
    return sql;
  }

  /** What a filter admits of what names an entity, or the one that it stands for. */
  static FilterSql naming(TenantId tenant, MemoryFilter filter, EntityId entity) {
    FilterSql sql = new FilterSql(tenant, filter);
    sql.add(
        """
        EXISTS (
          SELECT FROM entity_mention m
          JOIN entity a ON a.tenant_id = m.tenant_id AND a.entity_id = m.entity_id
          JOIN entity e
            ON e.tenant_id = a.tenant_id AND e.canonical_id = a.canonical_id
           AND e.entity_id = :filter_entity
          WHERE m.tenant_id = v.tenant_id AND m.memory_id = v.memory_id
            AND m.version = v.version)\
        """,
        "filter_entity",
        entity.value());
    return sql;
  }

  FilterSql(TenantId tenant, MemoryFilter filter) {
    this(tenant, filter.scope());
    conditions.append(" AND v.revoked_at IS NULL");
    if (!filter.kinds().isEmpty()) {
      add(
          "v.kind IN (:filter_kinds)",
          "filter_kinds",
          filter.kinds().stream().map(VersionRow::word).toList());
    }
    if (filter.session() != null) {
      add("v.session_name = :filter_session", "filter_session", filter.session());
    }
    if (filter.source() != null) {
      add("v.source = :filter_source", "filter_source", filter.source());
    }
    if (filter.speaker() != null) {
      add("v.speaker = :filter_speaker", "filter_speaker", filter.speaker());
    }
    if (filter.labelMin() != null) {
      label(filter.labelMin());
    }
    times(filter);
  }

  /** To be put after {@code WHERE}. */
  String conditions() {
    return conditions.toString();
  }

  /**
   * What of it a {@code memory_vector x} says too, to be put after other conditions: its scope,
   * which an index knows.
   */
  String conditionsOnVectors() {
    return onVectors.toString();
  }

  /** Binds what {@link #conditions()} names. */
  <T> NativeQuery<T> bind(NativeQuery<T> query) {
    parameters.forEach((name, value) -> {
      if (value instanceof Collection<?> list) {
        query.setParameterList(name, list);
      } else {
        query.setParameter(name, value);
      }
    });
    return query;
  }

  /** Binds what {@link #conditionsOnVectors()} names, and the tenant. */
  <T> NativeQuery<T> bindScope(NativeQuery<T> query) {
    parameters.forEach((name, value) -> {
      if (name.equals("tenant") || name.startsWith("filter_scope_")) {
        query.setParameter(name, value);
      }
    });
    return query;
  }

  private void scope(ScopeColumns scope) {
    part("scope_user", scope.user());
    part("scope_agent", scope.agent());
    part("scope_project", scope.project());
  }

  private void part(String column, String wanted) {
    if (!wanted.isEmpty()) {
      String isAdmitted = column + " IN ('', :filter_" + column + ")";
      add("v." + isAdmitted, "filter_" + column, wanted);
      onVectors.append(" AND x.").append(isAdmitted);
    }
  }

  private void label(Label least) {
    add(
        "v.label IN (:filter_labels)",
        "filter_labels",
        Arrays.stream(Label.values())
            .filter(label -> label.compareTo(least) >= 0)
            .map(VersionRow::word)
            .toList());
  }

  private void times(MemoryFilter filter) {
    if (filter.happenedFrom() != null) {
      String from = StoredTimes.ceiling(filter.happenedFrom());
      add("v.happened_at >= CAST(:filter_from AS timestamptz)", "filter_from", from);
    }
    if (filter.happenedTo() != null) {
      String to = StoredTimes.ceiling(filter.happenedTo());
      add("v.happened_at < CAST(:filter_to AS timestamptz)", "filter_to", to);
    }
    if (filter.asOf() == null) {
      conditions.append(NEWEST);
    } else {
      add(
          "v.learned_at <= CAST(:filter_as_of AS timestamptz)"
              + " AND (v.superseded_at IS NULL"
              + " OR v.superseded_at > CAST(:filter_as_of AS timestamptz))",
          "filter_as_of",
          StoredTimes.floor(filter.asOf()));
    }
    if (filter.validAt() != null) {
      add(
          "coalesce(v.valid_from, v.happened_at, '-infinity')"
              + " <= CAST(:filter_valid_at AS timestamptz)"
              + " AND (v.valid_to IS NULL OR v.valid_to > CAST(:filter_valid_at AS timestamptz))",
          "filter_valid_at",
          StoredTimes.floor(filter.validAt()));
    }
  }

  private void add(String condition, String name, Object value) {
    conditions.append(" AND ").append(condition);
    parameters.put(name, value);
  }
}
