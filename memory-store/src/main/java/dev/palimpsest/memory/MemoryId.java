package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * Names a memory for good; all its versions share it.
 *
 * @param value {@code mem_} and 1 to 60 letters or digits
 */
public record MemoryId(String value) {
  /** What every memory id begins with. */
  public static final String PREFIX = "mem_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public MemoryId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException("not a memory id: " + StorableText.quote(value));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
