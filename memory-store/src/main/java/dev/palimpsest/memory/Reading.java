package dev.palimpsest.memory;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A text as a model has read it: one vector for the whole, and one for each token that stands in
 * the text, in order.
 *
 * @param tokens empty where the model tells none
 */
public record Reading(Embedding whole, List<Token> tokens) {
  /**
   * Words that nobody looks for. Their vectors take nearly half of the room and change little in
   * what is found.
   */
  private static final Set<String> FUNCTION_WORDS =
      Set.of(
          ("a an and are as at be but by for if in into is it no not of on or such that the their"
                  + " then there these they this to was will with i you we he she my your our his"
                  + " her its me him them us do did does have has had so just really been were am"
                  + " what which t s re ve ll m d")
              .split(" ", -1));

  /** Copies the list. */
  public Reading {
    tokens = List.copyOf(tokens);
  }

  /**
   * A word or a piece of one.
   *
   * @param from where it begins in the text, in UTF-16 units
   * @param to where it ends
   */
  public record Token(int from, int to, Embedding vector) {}

  /**
   * The vectors of the tokens that say something.
   *
   * @param text that was read
   */
  public TokenVectors content(String text) {
    return TokenVectors.of(
        tokens.stream()
            .filter(token -> saysSomething(text.substring(token.from(), token.to())))
            .map(Token::vector)
            .toList());
  }

  private static boolean saysSomething(String word) {
    return word.codePoints().anyMatch(Character::isLetterOrDigit)
        && !FUNCTION_WORDS.contains(word.toLowerCase(Locale.ROOT));
  }
}
