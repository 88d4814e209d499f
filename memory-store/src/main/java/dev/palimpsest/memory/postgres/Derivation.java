package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.VersionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a version comes from, as it is written.
 *
 * @param sources in their order
 * @param offset byte of the import's file, or null
 * @param revoked from its first moment on; null: it may be recalled
 */
record Derivation(List<Source> sources, @Nullable Long offset, @Nullable Revoked revoked) {
  /** What is made of nothing and no import. */
  static final Derivation NONE = new Derivation(List.of(), null, null);

  /**
   * What a version was made of.
   *
   * @param label null where it is not there, because it was erased
   */
  record Source(MadeOf from, @Nullable Label label) {
    VersionId version() {
      return from.version();
    }
  }

  /** What is known of a version that is there. */
  record State(Label label, @Nullable Revoked revoked) {}

  Derivation {
    sources = List.copyOf(sources);
  }

  /**
   * Made of these; what is made of something revoked is revoked.
   *
   * @param known the versions that are there
   */
  static Derivation of(List<MadeOf> parts, @Nullable Long offset, Map<VersionId, State> known) {
    if (parts.isEmpty()) {
      return offset == null ? NONE : new Derivation(List.of(), offset, null);
    }
    List<Source> sources = new ArrayList<>();
    Revoked revoked = null;
    for (MadeOf part : parts) {
      State state = known.get(part.version());
      sources.add(new Source(part, state == null ? null : state.label()));
      revoked = revoked == null && state != null ? state.revoked() : revoked;
    }
    return new Derivation(sources, offset, revoked);
  }

  /** The first source that is trusted less than this; null where there is none. */
  @Nullable Source below(Label label) {
    for (Source source : sources) {
      if (source.label != null && source.label.compareTo(label) < 0) {
        return source;
      }
    }
    return null;
  }

  /** Without any source that is trusted less; else an {@link IllegalArgumentException}. */
  Derivation requireLabel(Label label) {
    Source lower = below(label);
    if (lower != null) {
      throw new IllegalArgumentException(
          "label is above that of " + lower.version() + ", which it was made of");
    }
    return this;
  }

  Derivation revoked(@Nullable Revoked memory) {
    return memory == null ? this : new Derivation(sources, offset, memory);
  }

  List<MadeOf> parts() {
    return sources.stream().map(Source::from).toList();
  }
}
