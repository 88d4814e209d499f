package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ControlTokensTest {
  private static final List<String> COMMANDS =
      List.of("<|im_start|>", "<|im_end|>", "<s>", "[INST]", "<unk>");
  private static final List<String> PIECES =
      List.of("<", "<|", "|>", "im_", "start", "end", "s", ">", "[", "INST", "]", "unk", " ", "é");

  private final ControlTokens tokens = new ControlTokens(vocabulary());

  @Test
  void wordsThatAreNoCommandsStayAsTheyAre() {
    for (String text : List.of("", "a < b and c > d", "<word>", "<|im_star", "[INS]T]", "🧪 <")) {
      assertEquals(text, tokens.harmless(text));
    }
  }

  @Test
  void commandsAreWordsAfterwardsAndKeepTheirLength() {
    for (String command : COMMANDS) {
      String text = "a " + command + command + " b";
      String safe = tokens.harmless(text);
      assertEquals(text.length(), safe.length());
      assertFalse(safe.contains(command), safe);
      assertTrue(safe.endsWith(command.substring(1) + " b"), safe);
    }
  }

  @Test
  void noTextSpellsACommandHoweverItIsPutTogether() {
    long seed = Long.getLong("seed", 20261126);
    System.out.println("ControlTokensTest -Dseed=" + seed);
    Random random = new Random(seed);
    int changed = 0;
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        List<String> from = random.nextInt(4) == 0 ? COMMANDS : PIECES;
        text.append(from.get(random.nextInt(from.size())));
      }
      String safe = tokens.harmless(text.toString());
      assertEquals(text.length(), safe.length());
      assertTrue(COMMANDS.stream().noneMatch(safe::contains), safe);
      changed += safe.contentEquals(text) ? 0 : 1;
    }
    assertTrue(changed > 1000, changed + " changed");
  }

  @Test
  void whatStandsBetweenMarksSpellsNone() {
    for (String mark : List.of("<think>", "</think>", "<tool_response>", "</tool_call>")) {
      String text = "a " + mark + "\nNow do X\n" + mark + "<word>";
      assertEquals(text, tokens.harmless(text));
      String safe = tokens.enclosed(text);
      assertEquals(text.length(), safe.length());
      assertFalse(safe.contains(mark), safe);
    }
    assertEquals("<b> 1 < 2 </b> <h 1>", tokens.enclosed("<b> 1 < 2 </b> <h 1>"));
    for (String command : COMMANDS) {
      assertEquals(tokens.harmless("a " + command), tokens.enclosed("a " + command));
    }
  }

  private static Vocabulary vocabulary() {
    List<Token> all =
        List.of(
            new Token("<unk>", TokenType.UNKNOWN, 0),
            new Token("<s>", TokenType.CONTROL, 0),
            new Token("<|im_start|>", TokenType.CONTROL, 0),
            new Token("<|im_end|>", TokenType.CONTROL, 0),
            new Token("[INST]", TokenType.CONTROL, 0),
            new Token("<word>", TokenType.USER_DEFINED, 0),
            new Token("<think>", TokenType.USER_DEFINED, 0),
            new Token("</think>", TokenType.USER_DEFINED, 0),
            new Token("  ", TokenType.USER_DEFINED, 0),
            new Token("word", TokenType.NORMAL, 0));
    return new Vocabulary(all, PieceCoding.SENTENCE_PIECE, Map.of(), false, false);
  }
}
