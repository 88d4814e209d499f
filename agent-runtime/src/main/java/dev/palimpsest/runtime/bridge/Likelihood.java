package dev.palimpsest.runtime.bridge;

import java.util.List;

/**
 * A token with what the model thought of it, before anything that sampling does.
 *
 * @param text the token, where it is half a character with U+FFFD in its place
 * @param bytes the token in UTF-8, each 0 to 255
 * @param logProbability natural logarithm, at most 0
 * @param top the likeliest tokens at its place, best first; empty where not asked for
 */
public record Likelihood(
    String text, List<Integer> bytes, double logProbability, List<Likelihood> top) {
  /** Copies the lists. */
  public Likelihood {
    bytes = List.copyOf(bytes);
    top = List.copyOf(top);
  }
}
