package dev.palimpsest.engine.chat;

/**
 * A template that cannot be parsed or rendered: unknown construct, wrong type, limit reached. Names
 * the line, the column and the construct at which it happened.
 *
 * <p>Not final, because a conversation that a template refuses is a special case which callers
 * answer differently, and a caller that does not tell them apart shall still catch both.
 */
public class ChatTemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;
  private final String construct;

  ChatTemplateException(String message, int line, int column, String construct) {
    super("line " + line + ", column " + column + ", " + construct + ": " + message);
    this.line = line;
    this.column = column;
    this.construct = construct;
  }

  /** Line in the template, counted from 1. */
  public final int line() {
    return line;
  }

  /** Column in the line, counted from 1 in UTF-16 units. */
  public final int column() {
    return column;
  }

  /** What was being read or evaluated, for example {@code filter 'tojson'}. */
  public final String construct() {
    return construct;
  }
}
