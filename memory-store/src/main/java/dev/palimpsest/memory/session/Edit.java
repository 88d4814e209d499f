package dev.palimpsest.memory.session;

import org.jspecify.annotations.Nullable;

/**
 * What a patch does to one field: an absent member keeps it, a null clears it, a value replaces it.
 */
public sealed interface Edit<T> {
  /** The field stays as it is. */
  record Keep<T>() implements Edit<T> {}

  /** The field becomes absent. */
  record Clear<T>() implements Edit<T> {}

  /** The field takes this value. */
  record Put<T>(T value) implements Edit<T> {}

  /** The field after the edit. */
  default @Nullable T applyTo(@Nullable T before) {
    return switch (this) {
      case Keep<T> keep -> before;
      case Clear<T> clear -> null;
      case Put<T>(T value) -> value;
    };
  }
}
