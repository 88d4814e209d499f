package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Scope;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import org.jspecify.annotations.Nullable;

/** A scope as three columns, {@code ''} where a part is absent. */
@Embeddable
record ScopeColumns(
    @Column(name = "scope_user", nullable = false, updatable = false) String user,
    @Column(name = "scope_agent", nullable = false, updatable = false) String agent,
    @Column(name = "scope_project", nullable = false, updatable = false) String project) {

  static ScopeColumns of(Scope scope) {
    return new ScopeColumns(column(scope.user()), column(scope.agent()), column(scope.project()));
  }

  Scope scope() {
    return new Scope(part(user), part(agent), part(project));
  }

  private static String column(@Nullable String part) {
    return part == null ? "" : part;
  }

  private static @Nullable String part(String column) {
    return column.isEmpty() ? null : column;
  }
}
