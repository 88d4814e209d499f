package dev.palimpsest.runtime.bridge;

/**
 * One message of a conversation, as the model is to read it.
 *
 * @param role who says it
 * @param text the words
 */
public record Message(Role role, String text) {
  /** Who speaks. */
  public enum Role {
    /** Instructions, first if there are any. */
    SYSTEM,
    /** What is remembered, one memory a line, before the question that it is recalled for. */
    MEMORY,
    /** The person. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /** What the person says. */
  public static Message user(String text) {
    return new Message(Role.USER, text);
  }

  /** What is remembered, one memory a line. */
  public static Message memory(String lines) {
    return new Message(Role.MEMORY, lines);
  }

  /** What the model said. */
  public static Message assistant(String text) {
    return new Message(Role.ASSISTANT, text);
  }
}
