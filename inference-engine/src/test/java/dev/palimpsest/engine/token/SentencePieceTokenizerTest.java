package dev.palimpsest.engine.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.token.Tokenizer.Special;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** SentencePiece-style encoding with vocabularies small enough to follow by hand. */
final class SentencePieceTokenizerTest {
  private static final String MARK = "\u2581";
  private static final int HOSTILE_LENGTH = 10_000_000;

  private static ToyVocabulary words() {
    return new ToyVocabulary(Map.of(TokenRole.BOS, 1, TokenRole.EOS, 2))
        .with("<unk>", TokenType.UNKNOWN, 0)
        .with("<s>", TokenType.CONTROL, 0)
        .with("</s>", TokenType.CONTROL, 0)
        .with(MARK, -10)
        .with("a", -11)
        .with("b", -12)
        .with("ab", -1)
        .with("ba", -2)
        .with(MARK + "a", -3)
        .with(MARK + "ab", -4)
        .with("aba", -0.5f)
        .with("<t>", TokenType.USER_DEFINED, 0)
        .with("<t><t>", TokenType.USER_DEFINED, 0)
        .with("s", -13)
        .with("<", -14)
        .with(">", -15)
        .with("<s", -0.1f);
  }

  private static Tokenizer tokenizer(ToyVocabulary toy, boolean addsSpace) {
    return new SentencePieceTokenizer(toy.build(PieceCoding.SENTENCE_PIECE), addsSpace);
  }

  private static void assertPieces(
      String text, Special special, ToyVocabulary toy, boolean addsSpace, String... pieces) {
    TokenIds expected = TokenIds.of();
    for (String piece : pieces) {
      expected = expected.concat(TokenIds.of(toy.id(piece)));
    }
    assertEquals(expected, tokenizer(toy, addsSpace).encode(text, special), text);
  }

  @Test
  void bestScoreMergesFirstAndTheLeftmostOfEquals() {
    assertPieces("ab", Special.TEXT, words(), true, MARK + "ab");
    assertPieces("aba", Special.TEXT, words(), false, "aba");
    assertPieces("bab", Special.TEXT, words(), false, "b", "ab");
    assertPieces("baba", Special.TEXT, words(), false, "b", "aba");
    ToyVocabulary equal = words().with("bb", -1);
    assertPieces("abb", Special.TEXT, equal, false, "ab", "b");
    assertPieces("bbab", Special.TEXT, equal, false, "bb", "ab");
  }

  @Test
  void theTwoZerosAreTheSameScore() {
    ToyVocabulary zeros =
        new ToyVocabulary(Map.of())
            .with("<unk>", TokenType.UNKNOWN, 0)
            .with("a", -1)
            .with("b", -1)
            .with("c", -1)
            .with("ab", -0.0f)
            .with("bc", 0.0f);
    assertPieces("abc", Special.TEXT, zeros, false, "ab", "c");
  }

  @Test
  void spaceStandsBeforeTheTextAndAfterEverySpecialToken() {
    assertPieces("a<s>a", Special.PARSE, words(), true, MARK + "a", "<s>", MARK + "a");
    assertPieces("a<s>a", Special.PARSE, words(), false, "a", "<s>", "a");
    assertPieces("", Special.PARSE, words(), true);
    assertPieces(MARK + "a", Special.TEXT, words(), false, MARK + "a");
  }

  @Test
  void controlTokenIsNeverMadeOfText() {
    assertPieces("<s>", Special.TEXT, words(), false, "<s", ">");
    assertPieces("<s>", Special.PARSE, words(), false, "<s>");
  }

  @Test
  void userDefinedTokenIsCutOutOfAnyTextAndTheLongestWins() {
    assertPieces("a<t><t><t>", Special.TEXT, words(), false, "a", "<t><t>", "<t>");
  }

  @Test
  void characterWithoutATokenBecomesUnknownOnceOrItsBytes() {
    assertPieces("a\u20ac", Special.TEXT, words(), false, "a", "<unk>");
    ToyVocabulary bytes = words().withByteTokens();
    assertPieces("a\u20ac", Special.TEXT, bytes, false, "a", "<0xE2>", "<0x82>", "<0xAC>");
    assertPieces("\ud800", Special.TEXT, bytes, false, "<0xEF>", "<0xBF>", "<0xBD>");
  }

  @Test
  void promptGetsBeginAndEnd() {
    Tokenizer tokenizer = tokenizer(words(), true);
    TokenIds ids = tokenizer.encodePrompt("a");
    assertEquals(TokenIds.of(1, words().id(MARK + "a"), 2), ids);
    assertEquals("a", tokenizer.decode(ids));
  }

  @Test
  void vocabularyThatCannotSayEverythingIsRefused() {
    ToyVocabulary mute = new ToyVocabulary(Map.of()).with("a", 0);
    assertThrows(IllegalArgumentException.class, () -> tokenizer(mute, true));
  }

  /** The same rule written down naively: look at all pairs, merge the best, begin again. */
  @Test
  void randomVocabulariesMergeAsTheNaiveRuleDoes() {
    long seed = Seeds.seed("random vocabularies");
    for (int round = 0; round < Seeds.iterations(500); round++) {
      RandomGenerator random = Seeds.random(seed + round);
      ToyVocabulary toy = new ToyVocabulary(Map.of()).with("<unk>", TokenType.UNKNOWN, 0);
      Map<String, Float> scores = new HashMap<>();
      boolean apart = random.nextBoolean();
      for (int n = 0; n < 30; n++) {
        String piece = letters(random, random.nextInt(1, 5));
        if (apart && piece.lastIndexOf(MARK) > 0) {
          piece = piece.replace(MARK, "a");
        }
        if (scores.putIfAbsent(piece, (float) random.nextInt(-4, 4)) == null) {
          toy.with(piece, scores.get(piece));
        }
      }
      String text = letters(random, random.nextInt(30));
      List<String> pieces = naive(text, scores);
      pieces.replaceAll(piece -> scores.containsKey(piece) ? piece : "<unk>");
      assertPieces(text, Special.TEXT, toy, false, pieces.toArray(String[]::new));
    }
  }

  private static String letters(RandomGenerator random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(random.nextInt(3) == 0 ? MARK : random.nextBoolean() ? "a" : "b");
    }
    return text.toString();
  }

  private static List<String> naive(String text, Map<String, Float> scores) {
    List<String> symbols = new ArrayList<>(text.chars().mapToObj(Character::toString).toList());
    while (true) {
      int best = -1;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        Float score = scores.get(symbols.get(i) + symbols.get(i + 1));
        if (score != null && score > bestScore) {
          best = i;
          bestScore = score;
        }
      }
      if (best < 0) {
        return symbols;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }

  /** Work, not time, is bounded: at most three pairs for each letter pass through the heap. */
  @Test
  void tenMegabytesOfOneLetterTakeLinearlyManySteps() {
    ToyVocabulary toy = words().with("aa", -5).with("aaaa", -6);
    SentencePieceTokenizer tokenizer =
        new SentencePieceTokenizer(toy.build(PieceCoding.SENTENCE_PIECE), false);
    Merger merger = new Merger();
    TokenIds ids = tokenizer.encode("a".repeat(HOSTILE_LENGTH), Special.TEXT, merger);
    assertEquals(HOSTILE_LENGTH / 4, ids.size());
    assertEquals(toy.id("aaaa"), ids.at(0));
    assertTrue(merger.steps() <= 3L * HOSTILE_LENGTH, () -> merger.steps() + " steps");
  }
}
