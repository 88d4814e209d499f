package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * Whose data it is: the leading column of every key in the database and the unit of row-level
 * security.
 *
 * @param value 1 to 63 characters of {@code a-z 0-9 _ -}
 */
public record TenantId(String value) implements Comparable<TenantId> {
  private static final Pattern SHAPE = Pattern.compile("[a-z0-9_-]{1,63}");

  /** The tenant of a service that was not told of any other. */
  public static final TenantId DEFAULT = new TenantId("default");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public TenantId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a tenant is 1 to 63 characters of a-z, 0-9, _ and -, not " + StorableText.quote(value));
    }
  }

  @Override
  public int compareTo(TenantId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
