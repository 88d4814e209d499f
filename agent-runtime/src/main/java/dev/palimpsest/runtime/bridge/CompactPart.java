package dev.palimpsest.runtime.bridge;

import dev.palimpsest.compress.HeadError;
import dev.palimpsest.memory.session.TurnId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of a session's window that is kept as fewer keys.
 *
 * @param policy the method's name
 * @param ratio that was asked for, tokens before ÷ after
 * @param turns whose words it stands for; of the last one the end may be exact
 * @param saved what it came to
 * @param error on queries that were held out, mean over the heads; null where all keys are kept
 */
public record CompactPart(
    String policy, double ratio, Set<TurnId> turns, Saved saved, @Nullable HeadError error) {
  /** Copies the set. */
  public CompactPart {
    turns = Set.copyOf(turns);
  }

  /**
   * Before and after.
   *
   * @param exact tokens at the beginning that stay as they are, not counted among the others
   * @param tokensBefore tokens for which it stands
   * @param tokensAfter keys that are left of them, the mean of the heads, rounded up
   * @param bytesBefore of the cache, exactly, those of the exact tokens among them
   * @param bytesAfter that it takes now
   */
  public record Saved(
      int exact, int tokensBefore, int tokensAfter, long bytesBefore, long bytesAfter) {
    /** What giving it up comes to. */
    public Saved undone() {
      return new Saved(
          exact,
          /* tokensBefore= */ tokensAfter,
          /* tokensAfter= */ tokensBefore,
          /* bytesBefore= */ bytesAfter,
          /* bytesAfter= */ bytesBefore);
    }
  }
}
