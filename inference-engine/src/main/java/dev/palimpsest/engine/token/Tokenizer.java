package dev.palimpsest.engine.token;

/** Turns text into the ids of one vocabulary. Immutable, for any thread. */
public interface Tokenizer {
  /** What becomes of special tokens that are written out in a text. */
  enum Special {
    /** They are ordinary text: for whatever a user or a tool has written. */
    TEXT,
    /** They become the tokens they name: for what a chat template has written. */
    PARSE
  }

  /** The vocabulary whose ids are used. */
  Vocabulary vocabulary();

  /**
   * The ids of a text, with nothing added before or after. A lone surrogate counts as U+FFFD. Time
   * is O(n log n), memory O(n) in the length of the text.
   */
  TokenIds encode(String text, Special special);

  /**
   * The text of ids, without the space that encoding put before it (WordPiece, which keeps no
   * spaces, puts one before every word and leaves it there). Broken characters become U+FFFD; a
   * stream of tokens is better decoded piece by piece with {@link Utf8Decoder}.
   */
  String decode(TokenIds ids);

  /** The ids of a prompt: special tokens parsed, BOS and EOS added as the vocabulary says. */
  default TokenIds encodePrompt(String text) {
    TokenIds ids = encode(text, Special.PARSE);
    Vocabulary vocabulary = vocabulary();
    if (vocabulary.addsBos()) {
      ids = TokenIds.of(vocabulary.bos().orElseThrow()).concat(ids);
    }
    if (vocabulary.addsEos()) {
      ids = ids.concat(TokenIds.of(vocabulary.eos().orElseThrow()));
    }
    return ids;
  }
}
