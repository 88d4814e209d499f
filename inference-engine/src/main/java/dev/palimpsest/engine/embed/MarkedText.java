package dev.palimpsest.engine.embed;

import dev.palimpsest.engine.token.TokenIds;

/**
 * A text as a model reads it.
 *
 * @param ids its tokens, with the marks around it
 * @param secondFrom where the second of two texts begins; the number of tokens where there is one
 * @param cutTokens how many tokens more it would have had
 */
record MarkedText(TokenIds ids, int secondFrom, int cutTokens) {
  static MarkedText of(TokenIds ids, int cutTokens) {
    return new MarkedText(ids, ids.size(), cutTokens);
  }
}
