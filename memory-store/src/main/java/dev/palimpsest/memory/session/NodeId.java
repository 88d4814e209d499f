package dev.palimpsest.memory.session;

import java.util.regex.Pattern;

/**
 * The name of a service node, kept in its data folder, so that a restarted node takes its own
 * leases at once.
 *
 * @param value 1 to 64 characters of {@code A-Z a-z 0-9 _ . -}
 */
public record NodeId(String value) {
  private static final Pattern SHAPE = Pattern.compile("[0-9A-Za-z_.-]{1,64}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public NodeId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a node id is 1 to 64 letters, digits, underscores, dots or hyphens");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
