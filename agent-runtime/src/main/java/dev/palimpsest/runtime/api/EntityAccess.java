package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.Entity;
import dev.palimpsest.memory.EntityId;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.util.Optional;

/** Finds entities for a caller, who sees no more of others' than that nothing is there. */
final class EntityAccess {
  private final Entities entities;

  EntityAccess(Entities entities) {
    this.entities = entities;
  }

  /** An entity; empty when the caller sees none of that id. */
  Optional<Entity> seen(Caller caller, String id) {
    return id(id)
        .flatMap(known -> entities.find(caller.tenant(), known))
        .filter(entity -> caller.sight().admits(entity.scope()));
  }

  /**
   * An entity.
   *
   * @throws ProblemException 404
   */
  Entity find(Caller caller, String id) {
    return seen(caller, id).orElseThrow(EntityAccess::none);
  }

  /**
   * An entity that the caller may change. What its names are is seen by all for whom it is, so a
   * key of one user changes that user's own alone.
   *
   * @throws ProblemException 404, or 403 for one that is others' too
   */
  Entity own(Caller caller, String id) {
    Entity entity = find(caller, id);
    if (caller.user() != null && !caller.user().equals(entity.scope().user())) {
      throw new ProblemException(
          ProblemKind.FORBIDDEN, "The key is bound to a user, and this entity is others' too.");
    }
    return entity;
  }

  static ProblemException none() {
    return new ProblemException(ProblemKind.NOT_FOUND, "There is no such entity.");
  }

  /** What is no id of an entity names none. */
  private static Optional<EntityId> id(String id) {
    try {
      return Optional.of(new EntityId(id));
    } catch (IllegalArgumentException e) {
      // Whoever asks for nonsense learns what whoever asks for the unknown learns.
      return Optional.empty();
    }
  }
}
