package dev.palimpsest.engine.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * WordPiece without case and accents, as BERT's (Devlin et al. 2018): a text is cut into {@link
 * Words}, and from each the longest token that fits is taken, again and again. A word that cannot
 * be used up so is one unknown token. Spaces are not kept: the text of ids has one before every
 * token that begins a word, the first included.
 */
public final class WordPieceTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;
  private final PieceIndex index;
  private final SpecialCutter specials;
  private final int unknown;

  /**
   * A tokenizer for a vocabulary written in {@link PieceCoding#WORD_PIECE}.
   *
   * @throws IllegalArgumentException if no token plays the part of the unknown one, of the one that
   *     begins or of the one that ends a text
   */
  public WordPieceTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.index = new PieceIndex(vocabulary);
    this.specials = SpecialCutter.of(vocabulary);
    this.unknown = required(TokenRole.UNKNOWN);
    required(TokenRole.BOS);
    required(TokenRole.EOS);
  }

  private int required(TokenRole role) {
    return vocabulary
        .role(role)
        .orElseThrow(
            () -> new IllegalArgumentException("no token of the vocabulary has the part " + role));
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public TokenIds encode(String text, Special special) {
    return specials.encode(
        text,
        special,
        (plain, ids) -> {
          Words words = new Words(plain);
          for (byte[] word = words.next(); word.length > 0; word = words.next()) {
            encodeWord(word, ids);
          }
        });
  }

  private void encodeWord(byte[] word, IdBuffer ids) {
    int before = ids.size();
    for (int at = 0; at < word.length; ) {
      int id = index.longestAt(word, at, word.length);
      if (id < 0) {
        ids.truncate(before);
        ids.add(unknown);
        return;
      }
      ids.add(id);
      at += vocabulary.sharedPiece(id).length;
    }
  }

  @Override
  public String decode(TokenIds ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < ids.size(); i++) {
      bytes.writeBytes(vocabulary.sharedPiece(ids.at(i)));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
