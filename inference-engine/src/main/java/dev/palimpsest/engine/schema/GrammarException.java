package dev.palimpsest.engine.schema;

/** A text that is no grammar, or one that asks for too much. */
public final class GrammarException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;

  GrammarException(int line, int column, String problem) {
    super("line " + line + ", column " + column + ": " + problem);
    this.line = line;
    this.column = column;
  }

  /** The line where it is wrong, from 1. */
  public int line() {
    return line;
  }

  /** The character of the line where it is wrong, from 1. */
  public int column() {
    return column;
  }
}
