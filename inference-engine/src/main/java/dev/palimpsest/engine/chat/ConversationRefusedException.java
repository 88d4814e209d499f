package dev.palimpsest.engine.chat;

/**
 * The template works and does not accept this conversation: it called {@code raise_exception}. The
 * reason is for the one who sent the messages.
 */
public final class ConversationRefusedException extends ChatTemplateException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  ConversationRefusedException(String reason, int line, int column) {
    super(reason, line, column, "raise_exception");
    this.reason = reason;
  }

  /** The template's own words, at most {@link Limits#REFUSAL_CHARS} characters. */
  public String reason() {
    return reason;
  }
}
