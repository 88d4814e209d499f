package dev.palimpsest.memory.session;

import java.util.regex.Pattern;

/**
 * The name of one compaction of a session's window; what is left of the cache is kept under it.
 *
 * @param value {@code cmp_} and 1 to 60 letters or digits
 */
public record CompactionId(String value) {
  /** What every id of a compaction begins with. */
  public static final String PREFIX = "cmp_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public CompactionId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a compaction id is " + PREFIX + " and 1 to 60 letters or digits");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
