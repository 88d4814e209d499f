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
    /** The person. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /** What the person says. */
  public static Message user(String text) {
    return new Message(Role.USER, text);
  }

  /** What the model said. */
  public static Message assistant(String text) {
    return new Message(Role.ASSISTANT, text);
  }
}
