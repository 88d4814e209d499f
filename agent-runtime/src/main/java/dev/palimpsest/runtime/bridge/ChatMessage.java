package dev.palimpsest.runtime.bridge;

/**
 * One message of a conversation, as the model is to read it.
 *
 * @param role who says it
 * @param text the words
 */
public record ChatMessage(Role role, String text) {
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
  public static ChatMessage user(String text) {
    return new ChatMessage(Role.USER, text);
  }

  /** What the model said. */
  public static ChatMessage assistant(String text) {
    return new ChatMessage(Role.ASSISTANT, text);
  }
}
