package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenRole;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A vocabulary of all bytes and of pieces that cross the borders of JSON in every way. */
final class JsonTokens {
  static final int END = 1;

  /** The token of a byte is this many further. */
  static final int FIRST_BYTE = 2;

  private static final List<String> PIECES =
      List.of(
          "{\"", "\":", "\": ", "\",\"", "\", \"", "\"}", "\"]", "[[", "]]", "}]", "}}", "},{",
          " {", " [", " \"", ":1", ":{", ":[", "true", "false", "null", "tru", "12", "-1", ".5",
          "e1", "00", "ab", "abc", "a\":", "\"a\"", "\\\"", "\\u00", "\\n", "é", "🧪", "日本", "[1,",
          "1]", "1}", "[]", "{}", "[\"", "\"\"", ",\"b", "red", "\"red\"", " red", "0.", "1e", ", ",
          "  ", "\n");

  private JsonTokens() {}

  static Vocabulary vocabulary() {
    List<Token> tokens = new ArrayList<>();
    tokens.add(new Token("<s>", TokenType.CONTROL, 0));
    tokens.add(new Token("</s>", TokenType.CONTROL, 0));
    for (int b = 0; b < 256; b++) {
      tokens.add(new Token("<0x%02X>".formatted(b), TokenType.BYTE, 0));
    }
    PIECES.forEach(piece -> tokens.add(new Token(piece, TokenType.NORMAL, 0)));
    return new Vocabulary(
        tokens, PieceCoding.SENTENCE_PIECE, Map.of(TokenRole.EOS, END), false, false);
  }

  /** The tokens of single bytes that spell a text. */
  static int[] spelled(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      ids[i] = FIRST_BYTE + Byte.toUnsignedInt(bytes[i]);
    }
    return ids;
  }
}
