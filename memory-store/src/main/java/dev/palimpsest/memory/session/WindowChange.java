package dev.palimpsest.memory.session;

import dev.palimpsest.memory.StorableText;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Part of a session's window became shorter, or exact again. It is of the session and not of a
 * turn: it stands in the log under the newest turn, may come while that is open, and neither opens
 * nor ends it. The newest one says what holds.
 */
public sealed interface WindowChange extends TurnEvent {
  /** Which compaction was done, or undone. */
  CompactionId compaction();

  /** What it came to. */
  Saved saved();

  /**
   * The beginning of the window is kept as fewer keys from now on.
   *
   * @param policy the method's name, at most {@link TurnEvent#NAME_CHARACTERS_MAX}
   * @param ratio that was asked for, tokens before ÷ after, at least 1
   * @param turns whose words it stands for, oldest first, each once, at most {@link #TURNS_MAX}; of
   *     the last one the end may be exact
   * @param heldOut the error on queries that were held out; null where all keys are kept
   */
  record Compacted(
      CompactionId compaction,
      String policy,
      double ratio,
      List<TurnId> turns,
      Saved saved,
      @Nullable HeldOut heldOut)
      implements WindowChange {
    /** The most turns. */
    public static final int TURNS_MAX = 10_000;

    /** Refuses unstorable texts and numbers out of range; copies the list. */
    public Compacted {
      StorableText.require("policy", policy, NAME_CHARACTERS_MAX);
      turns = List.copyOf(turns);
      if (!(ratio >= 1) || !Double.isFinite(ratio)) {
        throw new IllegalArgumentException("ratio is " + ratio + "; at least 1");
      }
      if (turns.size() > TURNS_MAX || new HashSet<>(turns).size() < turns.size()) {
        throw new IllegalArgumentException("turns are at most " + TURNS_MAX + ", each once");
      }
    }
  }

  /** All of the window is exact from now on. */
  record Expanded(CompactionId compaction, Saved saved) implements WindowChange {}

  /**
   * Before and after.
   *
   * @param exact tokens at the beginning that stay as they are, not counted among the others
   * @param tokensBefore of the part
   * @param tokensAfter of the part; where it is compacted the keys that are left, the mean of the
   *     heads, rounded up
   * @param bytesBefore of the cache, those of the exact tokens among them
   * @param bytesAfter of the same
   */
  record Saved(int exact, int tokensBefore, int tokensAfter, long bytesBefore, long bytesAfter) {
    /** Refuses numbers below 0. */
    public Saved {
      if (exact < 0 || tokensBefore < 0 || tokensAfter < 0 || bytesBefore < 0 || bytesAfter < 0) {
        throw new IllegalArgumentException("tokens and bytes are at least 0");
      }
    }

    /** What undoing it comes to. */
    public Saved undone() {
      return new Saved(
          exact,
          /* tokensBefore= */ tokensAfter,
          /* tokensAfter= */ tokensBefore,
          /* bytesBefore= */ bytesAfter,
          /* bytesAfter= */ bytesBefore);
    }
  }

  /**
   * Errors on queries to which nothing was fitted, means over the heads.
   *
   * @param logMass of {@code |log(mass after ÷ mass before)|}
   * @param output of the outputs, relative
   */
  record HeldOut(double logMass, double output) {
    /** Refuses what is no finite number of at least 0. */
    public HeldOut {
      if (!(logMass >= 0 && output >= 0 && Double.isFinite(logMass + output))) {
        throw new IllegalArgumentException("errors are at least 0 and finite");
      }
    }
  }
}
