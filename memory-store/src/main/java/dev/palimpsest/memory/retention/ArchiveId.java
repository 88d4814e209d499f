package dev.palimpsest.memory.retention;

import java.util.regex.Pattern;

/**
 * Names an archive, and its file.
 *
 * @param value {@code arc_} and 1 to 60 letters or digits
 */
public record ArchiveId(String value) {
  /** What every id of an archive begins with. */
  public static final String PREFIX = "arc_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public ArchiveId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException("not an archive id");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
