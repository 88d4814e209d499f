package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokens of one tag. After {@link #tokens} the position stands behind the closing
 * delimiter.
 */
final class ExpressionLexer {
  private static final String TWO_CHAR_OPERATORS = "// ** == != >= <=";
  private static final String ONE_CHAR_OPERATORS = "+-*/%~[](){}<>=.:|,";

  private final Source source;
  private final String text;
  private int position;
  private int brackets;

  ExpressionLexer(Source source) {
    this.source = source;
    this.text = source.text();
  }

  /** Offset behind the last tag read. */
  int position() {
    return position;
  }

  /**
   * Reads up to the closing delimiter, which counts only outside brackets, so that {@code {{ {'a':
   * {}} }}} works. The last token is always {@link Token.Kind#END}.
   */
  List<Token> tokens(int start, String close) {
    position = start;
    brackets = 0;
    List<Token> tokens = new ArrayList<>();
    while (true) {
      position = Whitespace.skip(text, position);
      if (position >= text.length()) {
        throw source.error(start, "tag", "'" + close + "' is missing");
      }
      if (brackets == 0 && atClose(close)) {
        tokens.add(new Token(Token.Kind.END, close, position));
        skipClose(close);
        return tokens;
      }
      tokens.add(next(tokens.isEmpty() ? null : tokens.getLast()));
    }
  }

  private boolean atClose(String close) {
    char sign = text.charAt(position);
    boolean signed = sign == '-' || (sign == '+' && close.equals("%}"));
    return text.startsWith(close, signed ? position + 1 : position);
  }

  /** A minus eats all white space that follows; without a sign a statement eats one line end. */
  private void skipClose(String close) {
    char sign = text.charAt(position);
    position += close.length() + (sign == '-' || sign == '+' ? 1 : 0);
    if (sign == '-') {
      position = Whitespace.skip(text, position);
    } else if (sign != '+' && close.equals("%}") && text.startsWith("\n", position)) {
      position++;
    }
  }

  private Token next(@Nullable Token previous) {
    int start = position;
    char first = text.charAt(start);
    if (first == '\'' || first == '"') {
      return string(first);
    }
    if (isDigit(start)) {
      return number(previous != null && previous.isOperator("."));
    }
    if (Character.isUnicodeIdentifierStart(first) || first == '_') {
      return name();
    }
    return operator(first);
  }

  private Token name() {
    int start = position;
    while (position < text.length()
        && Character.isUnicodeIdentifierPart(text.charAt(position))
        && !Character.isIdentifierIgnorable(text.charAt(position))) {
      position++;
    }
    if (position - start > Limits.NAME_CHARS) {
      throw source.error(start, "tag", "a name longer than " + Limits.NAME_CHARS + " characters");
    }
    return new Token(Token.Kind.NAME, text.substring(start, position), start);
  }

  private Token number(boolean afterDot) {
    int start = position;
    Token.Kind kind = Token.Kind.INTEGER;
    digits();
    if (!afterDot && text.startsWith(".", position) && isDigit(position + 1)) {
      kind = Token.Kind.DECIMAL;
      position++;
      digits();
    }
    if (!afterDot && exponentDigits() > 0) {
      kind = Token.Kind.DECIMAL;
      position = exponentDigits();
      digits();
    }
    return new Token(kind, text.substring(start, position).replace("_", ""), start);
  }

  /** Offset of the first digit of an exponent that begins here, or 0 where none begins. */
  private int exponentDigits() {
    if (!text.startsWith("e", position) && !text.startsWith("E", position)) {
      return 0;
    }
    boolean signed = text.startsWith("+", position + 1) || text.startsWith("-", position + 1);
    int first = position + (signed ? 2 : 1);
    return isDigit(first) ? first : 0;
  }

  private void digits() {
    while (isDigit(position) || (text.startsWith("_", position) && isDigit(position + 1))) {
      position++;
    }
  }

  private boolean isDigit(int at) {
    return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }

  private Token string(char quote) {
    int start = position;
    int end = start + 1;
    while (end < text.length() && text.charAt(end) != quote) {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= text.length()) {
      throw source.error(start, "string", "the closing quote is missing");
    }
    position = end + 1;
    return new Token(Token.Kind.STRING, Escapes.resolve(source, start + 1, end), start);
  }

  private Token operator(char first) {
    int start = position;
    String two = text.substring(start, Math.min(start + 2, text.length()));
    boolean isTwo = two.length() == 2 && !two.contains(" ") && TWO_CHAR_OPERATORS.contains(two);
    if (!isTwo && ONE_CHAR_OPERATORS.indexOf(first) < 0) {
      throw source.error(start, "tag", "unexpected character '" + first + "'");
    }
    position += isTwo ? 2 : 1;
    balance(first);
    return new Token(Token.Kind.OPERATOR, isTwo ? two : String.valueOf(first), start);
  }

  private void balance(char bracket) {
    if ("([{".indexOf(bracket) >= 0) {
      brackets++;
    } else if (")]}".indexOf(bracket) >= 0 && --brackets < 0) {
      throw source.error(position - 1, "tag", "'" + bracket + "' closes nothing");
    }
  }
}
