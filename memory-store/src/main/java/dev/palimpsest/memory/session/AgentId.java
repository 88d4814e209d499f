package dev.palimpsest.memory.session;

import java.util.regex.Pattern;

/**
 * The name of an agent.
 *
 * @param value {@code agt_} and 1 to 60 letters or digits
 */
public record AgentId(String value) {
  /** What every agent id begins with. */
  public static final String PREFIX = "agt_";

  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[0-9A-Za-z]{1,60}");

  /** Refuses any other spelling with an {@link IllegalArgumentException}. */
  public AgentId {
    if (!isOne(value)) {
      throw new IllegalArgumentException(
          "an agent id is " + PREFIX + " and 1 to 60 letters or digits");
    }
  }

  /** Whether the text could name an agent. */
  public static boolean isOne(String text) {
    return SHAPE.matcher(text).matches();
  }

  @Override
  public String toString() {
    return value;
  }
}
