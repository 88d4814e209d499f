package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenRole;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Formats as they are stored with a turn, and the rules that are made of them. */
class AnswerFormatTest {
  private static final List<AnswerFormat> FORMATS =
      List.of(
          AnswerFormat.anyObject(),
          new AnswerFormat.Json("{\"enum\":[1.50,\"a\"]}"),
          new AnswerFormat.Gbnf("root ::= \"\\\"\" [^\\x00-\\x1F] # 日\n"),
          new AnswerFormat.OneOf(List.of("yes", "\"no\"", "日本\n")));

  @Test
  void whatIsStoredIsReadAsItWas() {
    for (AnswerFormat each : FORMATS) {
      assertEquals(each, AnswerFormat.of(each.stored()));
    }
  }

  @Test
  void whatNoAnswerCanBeHeldToIsRefused() {
    for (String wrong :
        List.of("", "[", "7", "null", "[]", "[\"\"]", "\"root\"", "{\"pattern\":\"a\"}")) {
      assertThrows(IllegalArgumentException.class, () -> AnswerFormat.of(wrong), wrong);
    }
    String line = "root ::= " + "\"\\\"\" ".repeat(12_000);
    assertTrue(line.length() < 1 << 16);
    IllegalArgumentException tooLong =
        assertThrows(IllegalArgumentException.class, () -> new AnswerFormat.Gbnf(line));
    assertTrue(String.valueOf(tooLong.getMessage()).contains("as JSON"), tooLong.getMessage());
  }

  @Test
  void rulesAreKeptForTheLastFormats() {
    List<Token> tokens = new ArrayList<>();
    tokens.add(new Token("</s>", TokenType.CONTROL, 0));
    for (int b = 0; b < 256; b++) {
      tokens.add(new Token("<0x%02X>".formatted(b), TokenType.BYTE, 0));
    }
    Shapes shapes =
        new Shapes(
            new Vocabulary(
                tokens, PieceCoding.SENTENCE_PIECE, Map.of(TokenRole.EOS, 0), false, false));
    for (AnswerFormat each : FORMATS) {
      TokenRules rules = shapes.of(each);
      assertSame(rules, shapes.of(AnswerFormat.of(each.stored())));
    }
    TokenRules first = shapes.of(FORMATS.getFirst());
    for (int i = 0; i < 8; i++) {
      TokenRules other = shapes.of(new AnswerFormat.OneOf(List.of("choice " + i)));
      assertNotSame(first, other);
    }
    assertNotSame(first, shapes.of(FORMATS.getFirst()));
  }
}
