package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.Entity;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.runtime.guard.Names;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entity as JSON; the same members wherever one is shown.
 *
 * @param createdAt when it was first found
 * @param memories how many name it
 * @param mergedInto the entity that it stands for; absent where it stands for itself
 */
record EntityView(
    String id,
    String name,
    String kind,
    Scope scope,
    Instant createdAt,
    long memories,
    List<AliasView> aliases,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mergedInto) {
  static EntityView of(Entity entity) {
    return new EntityView(
        entity.id().value(),
        entity.name(),
        Names.of(entity.kind()),
        entity.scope(),
        entity.learnedAt(),
        entity.memories(),
        entity.aliases().stream().map(AliasView::of).toList(),
        entity.mergedInto() == null ? null : entity.mergedInto().value());
  }

  /**
   * Another name.
   *
   * @param entity that had it to itself
   * @param stated the words that say so; absent for other reasons
   */
  record AliasView(
      String entity,
      String name,
      String reason,
      Instant mergedAt,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable StatementView stated) {
    static AliasView of(Entity.Alias alias) {
      return new AliasView(
          alias.id().value(),
          alias.name(),
          Names.of(alias.reason()),
          alias.since(),
          StatementView.of(alias.stated()));
    }
  }

  /** Where words stand that say that a name is an alias. */
  record StatementView(String memory, int version, int start, int end) {
    static @Nullable StatementView of(Entity.@Nullable Statement stated) {
      return stated == null
          ? null
          : new StatementView(
              stated.memory().id().value(),
              stated.memory().version(),
              stated.span().start(),
              stated.span().end());
    }
  }

  /**
   * Where a name stands.
   *
   * @param entity whose name it is by itself
   * @param field {@code text} or {@code speaker} of the memory
   * @param quote the words there
   */
  record LinkView(
      String memory, int version, String entity, String field, int start, int end, String quote) {
    static LinkView of(Entities.Link link) {
      return new LinkView(
          link.memory().id().value(),
          link.memory().version(),
          link.entity().value(),
          Names.of(link.field()),
          link.span().start(),
          link.span().end(),
          link.quote());
    }
  }
}
