package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.Scope;
import org.jspecify.annotations.Nullable;

/** The scope of a record: what the import says, and where it says nothing what the record does. */
final class Scopes {
  private Scopes() {}

  /** The import's word stands above the record's, since it may be what its key is bound to. */
  static Scope of(Scope ofImport, @Nullable Json ofRecord) throws UnusableException {
    if (ofRecord == null) {
      return ofImport;
    }
    if (!(ofRecord instanceof Json.Members members)) {
      throw Fields.shape("'scope' is not an object.");
    }
    Fields scope = new Fields(members);
    return new Scope(
        first(ofImport.user(), scope, "user"),
        first(ofImport.agent(), scope, "agent"),
        first(ofImport.project(), scope, "project"));
  }

  private static @Nullable String first(@Nullable String given, Fields scope, String name)
      throws UnusableException {
    String own = scope.name(name);
    if (own != null && own.length() > Scope.CHARACTERS_MAX) {
      throw new UnusableException(
          RejectionReason.RECORD_TOO_LARGE,
          "'scope." + name + "' has more than " + Scope.CHARACTERS_MAX + " characters.");
    }
    return given == null ? own : given;
  }
}
