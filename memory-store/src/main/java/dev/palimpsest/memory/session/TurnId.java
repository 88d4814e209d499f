package dev.palimpsest.memory.session;

import java.util.regex.Pattern;

/**
 * The name of a turn.
 *
 * @param value {@code trn_} and 1 to 60 letters or digits
 */
public record TurnId(String value) {
  /** What every turn id begins with. */
  public static final String PREFIX = "trn_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public TurnId {
    if (!isOne(value)) {
      throw new IllegalArgumentException(
          "a turn id is " + PREFIX + " and 1 to 60 letters or digits");
    }
  }

  /** Whether the text could name a turn. */
  public static boolean isOne(String text) {
    return SHAPE.matcher(text).matches();
  }

  @Override
  public String toString() {
    return value;
  }
}
