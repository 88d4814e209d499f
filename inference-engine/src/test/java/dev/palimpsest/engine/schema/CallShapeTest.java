package dev.palimpsest.engine.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallShapeTest {
  private static final Map<String, Object> CALL =
      Map.of("anyOf", List.of(Map.of("const", "up"), Map.of("type", "integer")));

  private final Vocabulary vocabulary = JsonTokens.vocabulary();
  private final TokenOrder tokens = new TokenOrder(vocabulary);

  @Test
  void whatIsNoCallIsFreeAndEndsAnywhere() {
    for (String text :
        List.of("", "Hello.", "a < b", "<tool", "<<tool_cal", "日本é", "</call>", "<call")) {
      assertTrue(isSaid(text), text);
    }
  }

  @Test
  void aCallIsOfItsSchemaAndEndsTheText() {
    for (String text :
        List.of(
            "<call>\"up\"</call>",
            "I will.\n<call>\n12\n</call>",
            "<<call>\"up\"</call>",
            "<ca<call>-7</call>")) {
      assertTrue(isSaid(text), text);
    }
    for (String text :
        List.of(
            "<call>up",
            "<call>\"down\"",
            "<call>\"up\" ",
            "<call>\n\n",
            "<call>\"up\"</call>x",
            "<call>\"up\"<call>")) {
      assertFalse(isSaid(text), text);
    }
    for (String text : List.of("<call>", "<call>\"up\"", "<call>\"up\"</call")) {
      TokenSet next = after(text);
      assertFalse(next.contains(JsonTokens.END), text);
      assertTrue(next.count() > 0, text);
    }
    TokenSet end = after("<call>\"up\"</call>");
    assertEquals(1, end.count());
  }

  @Test
  void aTokenThatEndsTheMarkMustGoOnAsACall() {
    TokenSet next = after("<call");
    assertTrue(next.contains(JsonTokens.FIRST_BYTE + '>'));
    assertTrue(after("x").contains(JsonTokens.FIRST_BYTE + '{'));
    assertFalse(after("<call>").contains(JsonTokens.FIRST_BYTE + '{'));
  }

  @Test
  void aMarkWhoseFirstCharacterComesAgainIsRefused() {
    for (String mark : List.of("", "<a<", "éa")) {
      assertThrows(
          IllegalArgumentException.class, () -> new CallShape(mark, CALL, "</call>", tokens));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new CallShape("<call>", Map.of("pattern", "x"), "</call>", tokens));
  }

  private TokenSet after(String text) {
    TokenConstraint walk = new CallShape("<call>", CALL, "</call>", tokens).begin();
    for (int id : JsonTokens.spelled(text)) {
      walk.accept(id);
    }
    TokenSet allowed = new TokenSet(vocabulary.size());
    walk.allow(allowed);
    return allowed;
  }

  /** Whether a text can be said byte by byte, and the answer can end after it. */
  private boolean isSaid(String text) {
    TokenConstraint walk = new CallShape("<call>", CALL, "</call>", tokens).begin();
    TokenSet allowed = new TokenSet(vocabulary.size());
    for (int id : JsonTokens.spelled(text)) {
      allowed.clear();
      walk.allow(allowed);
      if (!allowed.contains(id)) {
        return false;
      }
      walk.accept(id);
    }
    allowed.clear();
    walk.allow(allowed);
    return allowed.contains(JsonTokens.END);
  }
}
