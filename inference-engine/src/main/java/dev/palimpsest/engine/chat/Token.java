package dev.palimpsest.engine.chat;

/**
 * One token inside a tag.
 *
 * @param text the name, the digits, the operator, or the string with its escapes resolved
 * @param offset where it begins in the source
 */
record Token(Kind kind, String text, int offset) {
  enum Kind {
    NAME,
    STRING,
    INTEGER,
    DECIMAL,
    OPERATOR,
    END
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  /** How an error message shows it. */
  String shown() {
    return kind == Kind.END ? "the end of the tag" : "'" + text + "'";
  }
}
