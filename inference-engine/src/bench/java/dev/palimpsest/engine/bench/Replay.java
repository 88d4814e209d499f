package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.draft.Drafter;
import dev.palimpsest.engine.draft.StepCosts;

/** How recorded tokens are guessed while they are written again, and how often rightly. */
final class Replay {
  private final Drafter drafter;
  private final StepCosts costs;
  private final int[] guesses;
  private long tokens;
  private long steps;

  /**
   * Tokens of a session in a row.
   *
   * @param isWritten whether they were generated; else they were read
   */
  @SuppressWarnings("ArrayRecordComponent") // a benchmark's own, compared by nobody
  record Piece(int[] tokens, boolean isWritten) {}

  Replay(Drafter drafter, StepCosts costs, int draftMax) {
    this.drafter = drafter;
    this.costs = costs;
    this.guesses = new int[draftMax];
  }

  void read(int token) {
    drafter.read(token);
  }

  /** Guesses what follows, at most so much. */
  int propose(int most) {
    return drafter.propose(guesses, Math.min(guesses.length, most), costs.ofRow(1));
  }

  int guess(int index) {
    return guesses[index];
  }

  /** Takes note of a step that gave some tokens. */
  void stepped(int proposed, int right, long nanos) {
    costs.stepped(1 + proposed, nanos);
    if (proposed > 0) {
      drafter.judged(proposed, right);
    }
    tokens += 1 + right;
    steps++;
  }

  long tokens() {
    return tokens;
  }

  long steps() {
    return steps;
  }
}
