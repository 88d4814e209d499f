package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenRole;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Vocabularies of all bytes and of pieces that begin and end anywhere, also within characters. */
final class GrammarTokens {
  static final int END = 0;

  /** The token of a byte is this many further. */
  static final int FIRST_BYTE = 1;

  private static final int BYTES = 256;

  private GrammarTokens() {}

  /** Pieces of a text, whole characters or not. */
  static Vocabulary of(String text, int pieces, RandomGenerator random) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Set<String> written = new LinkedHashSet<>();
    for (int i = 0; i < pieces; i++) {
      int from = random.nextInt(bytes.length - 1);
      int to = Math.min(bytes.length, from + random.nextInt(2, 7));
      written.add(letters(Arrays.copyOfRange(bytes, from, to)));
    }
    return of(written);
  }

  /** All bytes and these pieces, whose letters stand for bytes. */
  static Vocabulary of(Iterable<String> pieces) {
    List<Token> tokens = new ArrayList<>();
    tokens.add(new Token("<|im_end|>", TokenType.CONTROL, 0));
    for (int b = 0; b < BYTES; b++) {
      tokens.add(new Token(letters(new byte[] {(byte) b}), TokenType.NORMAL, 0));
    }
    pieces.forEach(each -> tokens.add(new Token(each, TokenType.NORMAL, 0)));
    return new Vocabulary(tokens, PieceCoding.BYTE_LEVEL, Map.of(TokenRole.EOS, END), false, false);
  }

  /** One letter for each byte, as byte-level vocabularies write them. */
  static String letters(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte each : bytes) {
      text.append(letter(Byte.toUnsignedInt(each)));
    }
    return text.toString();
  }

  private static char letter(int value) {
    int hidden = 0;
    for (int each = 0; each < value; each++) {
      hidden += isHidden(each) ? 1 : 0;
    }
    return (char) (isHidden(value) ? BYTES + hidden : value);
  }

  private static boolean isHidden(int value) {
    return value <= ' ' || (value >= 0x7F && value <= 0xA0) || value == 0xAD;
  }

  /** Tokens that spell bytes, cut up anyhow. */
  static List<Integer> spelled(byte[] bytes, Vocabulary vocabulary, RandomGenerator random) {
    List<Integer> ids = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int id = FIRST_BYTE + Byte.toUnsignedInt(bytes[at]);
      for (int tries = 0; tries < 8; tries++) {
        int other = random.nextInt(FIRST_BYTE, vocabulary.size());
        byte[] piece = vocabulary.piece(other);
        if (at + piece.length <= bytes.length
            && Arrays.equals(piece, Arrays.copyOfRange(bytes, at, at + piece.length))) {
          id = other;
        }
      }
      ids.add(id);
      at += vocabulary.piece(id).length;
    }
    return ids;
  }
}
