package dev.palimpsest.runtime.bridge;

import org.jspecify.annotations.Nullable;

/** A model cannot be loaded, or cannot read what it was given; says what it objects to. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Wraps what the model's own code said. */
  public ModelException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
