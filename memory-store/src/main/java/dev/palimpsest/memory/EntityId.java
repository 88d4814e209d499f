package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * Names an entity.
 *
 * @param value {@code ent_} and 1 to 60 letters or digits
 */
public record EntityId(String value) {
  /** What every id of an entity begins with. */
  public static final String PREFIX = "ent_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public EntityId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException("not an entity id: " + StorableText.quote(value));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
