package dev.palimpsest.memory.session;

import java.util.regex.Pattern;

/**
 * The name of a session.
 *
 * @param value {@code ses_} and 1 to 60 letters or digits
 */
public record SessionId(String value) {
  /** What every session id begins with. */
  public static final String PREFIX = "ses_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public SessionId {
    if (!isOne(value)) {
      throw new IllegalArgumentException(
          "a session id is " + PREFIX + " and 1 to 60 letters or digits");
    }
  }

  /** Whether the text could name a session. */
  public static boolean isOne(String text) {
    return SHAPE.matcher(text).matches();
  }

  @Override
  public String toString() {
    return value;
  }
}
