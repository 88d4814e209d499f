package dev.palimpsest.memory.importing;

import java.util.regex.Pattern;

/**
 * Names an import.
 *
 * @param value {@code imp_} and 1 to 60 letters or digits
 */
public record ImportId(String value) {
  /** What every import id begins with. */
  public static final String PREFIX = "imp_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public ImportId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException("not an import id");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
