package dev.palimpsest.engine.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.palimpsest.engine.token.Tokenizer.Special;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WordPieceTokenizerTest {
  private static final Map<TokenRole, Integer> ROLES =
      Map.of(TokenRole.UNKNOWN, 0, TokenRole.BOS, 1, TokenRole.EOS, 2);

  private final ToyVocabulary toy =
      new ToyVocabulary(ROLES)
          .with("[UNK]", TokenType.UNKNOWN, 0)
          .with("[CLS]", TokenType.CONTROL, 0)
          .with("[SEP]", TokenType.CONTROL, 0)
          .with("\u2581un", 0)
          .with("\u2581u", 0)
          .with("aff", 0)
          .with("able", 0)
          .with("a", 0)
          .with("\u2581!", 0)
          .with("\u2581$", 0)
          .with("\u2581\u4e2d", 0)
          .with("\u2581a", 0);
  private final Tokenizer tokenizer = new WordPieceTokenizer(toy.build(PieceCoding.WORD_PIECE));

  private TokenIds ids(String... pieces) {
    int[] ids = new int[pieces.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = toy.id(pieces[i]);
    }
    return TokenIds.of(ids);
  }

  private void assertEncoded(String text, String... pieces) {
    assertEquals(ids(pieces), tokenizer.encode(text, Special.TEXT), text);
  }

  @Test
  void theLongestPieceThatFitsIsTakenFromTheFront() {
    assertEncoded("unaffable", "\u2581un", "aff", "able");
    assertEncoded("uaa", "\u2581u", "a", "a");
    assertEncoded("una\u00e0 \u00c0", "\u2581un", "a", "a", "\u2581a");
  }

  @Test
  void aWordThatIsNotUsedUpIsUnknownAsAWhole() {
    assertEncoded("unaffx a", "[UNK]", "\u2581a");
    assertEncoded("able", "[UNK]");
  }

  @Test
  void punctuationSymbolsAndIdeographsStandAlone() {
    assertEncoded("a!a$a", "\u2581a", "\u2581!", "\u2581a", "\u2581$", "\u2581a");
    assertEncoded("\u4e2d\u4e2da", "\u2581\u4e2d", "\u2581\u4e2d", "\u2581a");
  }

  @Test
  void whatIsNotSeenIsLeftOut() {
    assertEncoded(" \t\u3000 ");
    assertEncoded("\u0000\u200d\ufffd");
    assertEncoded("u\u200dn\u00adaff", "\u2581un", "aff");
  }

  @Test
  void marksAreCutOutOfWhatATemplateWrote() {
    assertEquals(ids("[CLS]", "\u2581a", "[SEP]"), tokenizer.encodePrompt("a"));
    assertEquals(ids("\u2581a", "[SEP]", "\u2581a"), tokenizer.encode("a[SEP]a", Special.PARSE));
    assertEncoded("a[SEP]", "\u2581a", "[UNK]", "[UNK]", "[UNK]");
  }

  @Test
  void wordsAreShownWithASpaceBeforeThem() {
    assertEquals(
        " unaffable a!".replace("!", " !"),
        tokenizer.decode(ids("[CLS]", "\u2581un", "aff", "able", "\u2581a", "\u2581!", "[SEP]")));
    assertEquals("[UNK]", tokenizer.decode(ids("[UNK]")));
  }

  @Test
  void longWordsTakeTimeInTheirLength() {
    String word = "u" + "a".repeat(2_000_000);
    TokenIds found =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20), () -> tokenizer.encode(word, Special.TEXT));
    assertEquals(2_000_001, found.size());
  }

  @Test
  void aVocabularyWithoutItsMarksIsRefused() {
    Vocabulary plain =
        new ToyVocabulary(Map.of(TokenRole.UNKNOWN, 0))
            .with("[UNK]", TokenType.UNKNOWN, 0)
            .build(PieceCoding.WORD_PIECE);
    assertThrows(IllegalArgumentException.class, () -> new WordPieceTokenizer(plain));
  }
}
