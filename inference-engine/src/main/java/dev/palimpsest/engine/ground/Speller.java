package dev.palimpsest.engine.ground;

import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Vocabulary;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Tokens that say a text exactly, and where in a text the borders of tokens lie. */
final class Speller {
  private static final byte[] REPLACEMENT = "\ufffd".getBytes(StandardCharsets.UTF_8);

  private final Tokenizer tokenizer;
  private final Vocabulary vocabulary;

  Speller(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.vocabulary = tokenizer.vocabulary();
  }

  /** The tokens of a space and the text, null where the vocabulary cannot say it exactly. */
  @Nullable TokenIds afterSpace(String text) {
    byte[] wanted = utf8(" " + text);
    TokenIds ids = tokenizer.encode(" " + text, Tokenizer.Special.TEXT);
    if (!says(ids, wanted)) {
      // Some tokenizers put a space before every text by themselves.
      ids = tokenizer.encode(text, Tokenizer.Special.TEXT);
    }
    return says(ids, wanted) ? ids : null;
  }

  /** The tokens of a text as they are after a word, null where it cannot be said there. */
  @Nullable TokenIds afterWord(String text) {
    TokenIds word = tokenizer.encode("a", Tokenizer.Special.TEXT);
    TokenIds both = tokenizer.encode("a" + text, Tokenizer.Special.TEXT);
    if (both.size() < word.size() || !both.slice(0, word.size()).equals(word)) {
      return null;
    }
    TokenIds ids = both.slice(word.size(), both.size());
    return says(ids, utf8(text)) ? ids : null;
  }

  private boolean says(TokenIds ids, byte[] wanted) {
    int at = 0;
    for (int i = 0; i < ids.size(); i++) {
      byte[] piece = vocabulary.piece(ids.at(i));
      int end = at + piece.length;
      if (piece.length == 0
          || vocabulary.isEndOfGeneration(ids.at(i))
          || end > wanted.length
          || !java.util.Arrays.equals(piece, 0, piece.length, wanted, at, end)) {
        return false;
      }
      at = end;
    }
    return at == wanted.length;
  }

  /** UTF-8 as tokenizers make it: half a surrogate pair is U+FFFD. */
  private static byte[] utf8(String text) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPLACE)
              .replaceWith(REPLACEMENT)
              .encode(CharBuffer.wrap(text));
      byte[] exact = new byte[bytes.remaining()];
      bytes.get(exact);
      return exact;
    } catch (CharacterCodingException e) {
      throw new IllegalStateException("malformed input is replaced", e);
    }
  }

  /**
   * Where the borders of tokens lie in the text that they say, in UTF-16 units: before each token
   * and after the last. A border inside a character is the complement ({@code ~}) of where that
   * character begins.
   */
  int[] borders(TokenIds ids) {
    int[] borders = new int[ids.size() + 1];
    int units = 0;
    int open = 0;
    int width = 0;
    for (int i = 0; i < ids.size(); i++) {
      for (byte each : vocabulary.piece(ids.at(i))) {
        int bits = each & 0xff;
        if ((bits & 0xc0) != 0x80) {
          open = bits >= 0xf0 ? 4 : bits >= 0xe0 ? 3 : bits >= 0xc0 ? 2 : 1;
          width = open == 4 ? 2 : 1;
        }
        open--;
        units += open == 0 ? width : 0;
      }
      borders[i + 1] = open > 0 ? ~units : units;
    }
    return borders;
  }
}
