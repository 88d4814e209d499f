package dev.palimpsest.engine.token;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Small vocabularies for tests, put together token by token. */
final class ToyVocabulary {
  private final List<Token> tokens = new ArrayList<>();
  private final Map<TokenRole, Integer> roles;

  ToyVocabulary(Map<TokenRole, Integer> roles) {
    this.roles = roles;
  }

  ToyVocabulary with(String text, TokenType type, float score) {
    tokens.add(new Token(text, type, score));
    return this;
  }

  ToyVocabulary with(String text, float score) {
    return with(text, TokenType.NORMAL, score);
  }

  /** The 256 tokens of SentencePiece for single bytes. */
  ToyVocabulary withByteTokens() {
    for (int b = 0; b < 256; b++) {
      with("<0x%02X>".formatted(b), TokenType.BYTE, 0);
    }
    return this;
  }

  /** The 256 letters of byte-level BPE. */
  ToyVocabulary withByteLetters() {
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      with(String.valueOf((char) (printable ? b : next++)), 0);
    }
    return this;
  }

  int size() {
    return tokens.size();
  }

  int id(String text) {
    for (int id = 0; id < tokens.size(); id++) {
      if (tokens.get(id).text().equals(text)) {
        return id;
      }
    }
    throw new IllegalArgumentException("no token " + text);
  }

  Vocabulary build(PieceCoding coding) {
    return new Vocabulary(tokens, coding, roles, true, true);
  }
}
