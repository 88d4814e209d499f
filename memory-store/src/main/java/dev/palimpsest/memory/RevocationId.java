package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * Names a revocation.
 *
 * @param value {@code rvk_} and 1 to 60 letters or digits
 */
public record RevocationId(String value) {
  /** What every id of a revocation begins with. */
  public static final String PREFIX = "rvk_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public RevocationId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException("not a revocation: " + StorableText.quote(value));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
