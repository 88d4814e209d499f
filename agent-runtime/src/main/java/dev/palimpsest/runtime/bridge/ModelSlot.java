package dev.palimpsest.runtime.bridge;

import java.util.Optional;

/** Whether a model serves. Decided once, at start. */
public sealed interface ModelSlot {
  /**
   * A model serves.
   *
   * @param model the one
   */
  record Loaded(TextModel model) implements ModelSlot {}

  /**
   * None does; everything but turns works.
   *
   * @param reason what is missing and how to give it
   * @param isBroken whether one was asked for and could not be loaded
   */
  record Missing(String reason, boolean isBroken) implements ModelSlot {}

  /** The model, if there is one. */
  default Optional<TextModel> find() {
    return switch (this) {
      case Loaded(TextModel loaded) -> Optional.of(loaded);
      case Missing missing -> Optional.empty();
    };
  }
}
