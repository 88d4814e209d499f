package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * The public name of an API key.
 *
 * @param value {@code key_} and 1 to 60 letters or digits
 */
public record KeyId(String value) {
  /** What every key id begins with. */
  public static final String PREFIX = "key_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public KeyId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException("not a key id: " + StorableText.quote(value));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
