package dev.palimpsest.runtime.bridge;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whether models serve. Decided once, at start. */
public sealed interface ModelSlot {
  /**
   * Models serve.
   *
   * @param models the first answers where none is asked for
   */
  record Loaded(List<TextModel> models) implements ModelSlot {
    /** Copies; there is at least one. */
    public Loaded {
      models = List.copyOf(models);
      if (models.isEmpty()) {
        throw new IllegalArgumentException("no model is loaded");
      }
    }

    /** The one that answers where none is asked for. */
    public TextModel first() {
      return models.getFirst();
    }
  }

  /**
   * None does; everything but turns works.
   *
   * @param reason what is missing and how to give it
   * @param isBroken whether one was asked for and could not be loaded
   */
  record Missing(String reason, boolean isBroken) implements ModelSlot {}

  /** A single model. */
  static ModelSlot of(TextModel model) {
    return new Loaded(List.of(model));
  }

  /** All that serve. */
  default List<TextModel> all() {
    return switch (this) {
      case Loaded(List<TextModel> models) -> models;
      case Missing missing -> List.of();
    };
  }

  /**
   * The model of a name.
   *
   * @param id null for the one that answers where none is asked for
   * @return empty where it is not loaded
   */
  default Optional<TextModel> find(@Nullable String id) {
    return all().stream().filter(model -> id == null || model.card().id().equals(id)).findFirst();
  }

  /** The names of all that serve, for a sentence about one that does not. */
  default String names() {
    return all().stream()
        .map(model -> "'" + model.card().id() + "'")
        .collect(Collectors.joining(", "));
  }
}
