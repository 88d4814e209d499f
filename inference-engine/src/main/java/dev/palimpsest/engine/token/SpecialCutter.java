package dev.palimpsest.engine.token;

import dev.palimpsest.engine.token.Tokenizer.Special;
import java.util.function.BiConsumer;

/**
 * Cuts special tokens out of a text before what lies between them is encoded.
 *
 * @param always those that are cut out of any text
 * @param parsed those that are cut out of what a chat template has written
 */
record SpecialCutter(SpecialTokens always, SpecialTokens parsed) {
  static SpecialCutter of(Vocabulary vocabulary) {
    return new SpecialCutter(
        SpecialTokens.of(vocabulary, Special.TEXT), SpecialTokens.of(vocabulary, Special.PARSE));
  }

  /**
   * The ids of a text.
   *
   * @param plain adds the ids of what holds no special token
   */
  TokenIds encode(String text, Special special, BiConsumer<String, IdBuffer> plain) {
    SpecialTokens tokens = special == Special.PARSE ? parsed : always;
    IdBuffer ids = new IdBuffer();
    tokens.encode(PlainText.of(text), ids, between -> plain.accept(between, ids));
    return ids.toIds();
  }
}
