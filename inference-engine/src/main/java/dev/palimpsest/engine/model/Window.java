package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;

/**
 * How far back the layers see.
 *
 * @param tokens what a row sees at most, itself included
 * @param globalEvery every so many layers one sees everything; 0 where none does
 */
public record Window(int tokens, int globalEvery) {
  private static final int UNLIMITED = Integer.MAX_VALUE;

  /** Checks the numbers. */
  public Window {
    if (tokens < 1 || globalEvery < 0) {
      throw new IllegalArgumentException("no window of " + tokens + " tokens");
    }
  }

  /** Reads the window of a model file, which may have none. */
  static Window of(Metadata metadata, String prefix, int globalEvery) {
    String key = prefix + "attention.sliding_window";
    long tokens = metadata.numberOr(key, 0);
    if (tokens < 0) {
      throw metadata.refuse(key, tokens + " is no number of tokens");
    }
    return new Window(tokens == 0 ? UNLIMITED : (int) Math.min(tokens, UNLIMITED), globalEvery);
  }

  /** Whether a layer sees everything. */
  public boolean isGlobal(int layer) {
    return globalEvery > 0 && (layer + 1) % globalEvery == 0;
  }

  /** What a row of a layer sees at most, itself included. */
  public int tokens(int layer) {
    return isGlobal(layer) ? UNLIMITED : tokens;
  }
}
