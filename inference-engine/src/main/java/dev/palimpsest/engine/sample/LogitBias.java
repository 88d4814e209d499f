package dev.palimpsest.engine.sample;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Numbers that are added to the logits of single tokens, after penalties. A token that the
 * vocabulary does not have, or that a constraint does not allow, changes nothing.
 *
 * @param entries at most {@value #ENTRIES_MAX}, each token once
 */
public record LogitBias(List<Entry> entries) {
  /** The most tokens. */
  public static final int ENTRIES_MAX = 1024;

  /** The largest number; far beyond what any other logit can make up for. */
  public static final float BIAS_MAX = 1000;

  /** Nothing is added. */
  public static final LogitBias NONE = new LogitBias(List.of());

  /**
   * One token's number.
   *
   * @param token its id, at least 0
   * @param bias between plus and minus {@value #BIAS_MAX}
   */
  public record Entry(int token, float bias) {
    /** Checks the ranges. */
    public Entry {
      if (token < 0) {
        throw new IllegalArgumentException("logit_bias names the token " + token);
      }
      if (!(Math.abs(bias) <= BIAS_MAX)) {
        throw new IllegalArgumentException(
            "logit_bias must be " + -BIAS_MAX + " to " + BIAS_MAX + ", not " + bias);
      }
    }
  }

  /** Checks the number of tokens and that none comes twice; copies the list. */
  public LogitBias {
    entries = List.copyOf(entries);
    if (entries.size() > ENTRIES_MAX) {
      throw new IllegalArgumentException(
          "logit_bias has at most " + ENTRIES_MAX + " tokens, not " + entries.size());
    }
    Set<Integer> tokens = new HashSet<>();
    for (Entry entry : entries) {
      if (!tokens.add(entry.token())) {
        throw new IllegalArgumentException(
            "logit_bias names the token " + entry.token() + " twice");
      }
    }
  }
}
