package dev.palimpsest.engine.embed;

import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Vocabulary;

/**
 * What a vocabulary puts around a text.
 *
 * @param before nothing or the token that begins a text
 * @param after nothing or the token that ends a text
 */
record Marks(TokenIds before, TokenIds after) {
  static Marks of(Vocabulary vocabulary) {
    return new Marks(
        vocabulary.addsBos() ? TokenIds.of(vocabulary.bos().orElseThrow()) : TokenIds.of(),
        vocabulary.addsEos() ? TokenIds.of(vocabulary.eos().orElseThrow()) : TokenIds.of());
  }

  /** How many there are around one text. */
  int count() {
    return before.size() + after.size();
  }

  /** A text with its marks, cut so that both fit. */
  MarkedText around(TokenIds ids, int tokensMax) {
    int kept = Math.min(ids.size(), tokensMax - before.size() - after.size());
    TokenIds marked = before.concat(ids.slice(0, kept)).concat(after);
    return MarkedText.of(marked, ids.size() - kept);
  }

  /**
   * Two texts, each with the end's mark; the first is cut to half of the room, the second to the
   * rest.
   */
  MarkedText around(TokenIds first, TokenIds second, int tokensMax) {
    int room = tokensMax - before.size() - 2 * after.size();
    int ofFirst = Math.min(first.size(), room / 2);
    int ofSecond = Math.min(second.size(), room - ofFirst);
    TokenIds head = before.concat(first.slice(0, ofFirst)).concat(after);
    TokenIds ids = head.concat(second.slice(0, ofSecond)).concat(after);
    int cut = first.size() - ofFirst + second.size() - ofSecond;
    return new MarkedText(ids, head.size(), cut);
  }
}
