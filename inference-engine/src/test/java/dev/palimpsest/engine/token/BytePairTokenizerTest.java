package dev.palimpsest.engine.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.token.Tokenizer.Special;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Byte-level BPE with vocabularies small enough to follow by hand. */
final class BytePairTokenizerTest {
  private static final String SPACE = "\u0120";
  private static final int HOSTILE_LENGTH = 10_000_000;

  private static ToyVocabulary letters() {
    return new ToyVocabulary(Map.of()).withByteLetters();
  }

  private static BytePairTokenizer tokenizer(
      ToyVocabulary toy, PreTokenizer cutter, String... merges) {
    return new BytePairTokenizer(toy.build(PieceCoding.BYTE_LEVEL), cutter, List.of(merges));
  }

  private static void assertPieces(
      Tokenizer tokenizer, ToyVocabulary toy, String text, String... pieces) {
    TokenIds expected = TokenIds.of();
    for (String piece : pieces) {
      expected = expected.concat(TokenIds.of(toy.id(piece)));
    }
    TokenIds ids = tokenizer.encode(text, Special.TEXT);
    assertEquals(expected, ids, text);
    assertEquals(text, tokenizer.decode(ids));
  }

  @Test
  void mergesApplyInTheirOrderAndNotAcrossCuts() {
    ToyVocabulary toy =
        letters().with("bc", 0).with("ab", 0).with("abc", 0).with(SPACE + "a", 0).with("a1", 0);
    Tokenizer tokenizer =
        tokenizer(toy, PreTokenizer.QWEN2, "b c", "a b", "a bc", SPACE + " a", "a 1");
    assertPieces(tokenizer, toy, "abc", "abc");
    assertPieces(tokenizer, toy, "abd", "ab", "d");
    assertPieces(tokenizer, toy, "b a", "b", SPACE + "a");
    assertPieces(tokenizer, toy, "a1", "a", "1");
  }

  @Test
  void wholePieceIsTakenBeforeMergesOnlyWhereTheVocabularyWantsThat() {
    ToyVocabulary toy = letters().with("ab", 0).with("abc", 0);
    assertPieces(tokenizer(toy, PreTokenizer.LLAMA3, "a b"), toy, "abc", "abc");
    assertPieces(tokenizer(toy, PreTokenizer.QWEN2, "a b"), toy, "abc", "ab", "c");
  }

  @Test
  void everyByteOfEveryCharacterIsEncoded() {
    ToyVocabulary toy = letters();
    Tokenizer tokenizer = tokenizer(toy, PreTokenizer.LLAMA3);
    String text = "\u0000\u00ad\u00a0~\u007f\u0143 \u20ac\ud83e\udd99\n";
    assertEquals(text, tokenizer.decode(tokenizer.encode(text, Special.TEXT)));
    assertEquals(
        tokenizer.encode("a\ufffdb", Special.TEXT), tokenizer.encode("a\udc00b", Special.TEXT));
  }

  @Test
  void byteWithoutATokenBecomesUnknownOrNothing() {
    ToyVocabulary none = new ToyVocabulary(Map.of()).with("a", 0);
    assertEquals(TokenIds.of(0, 0), tokenizer(none, PreTokenizer.GPT2).encode("aba", Special.TEXT));
    ToyVocabulary unknown =
        new ToyVocabulary(Map.of(TokenRole.UNKNOWN, 1))
            .with("a", 0)
            .with("<unk>", TokenType.UNKNOWN, 0);
    assertEquals(
        TokenIds.of(0, 1, 0), tokenizer(unknown, PreTokenizer.GPT2).encode("aba", Special.TEXT));
  }

  @Test
  void controlTokenIsNeverMergedFromText() {
    ToyVocabulary toy = letters().with("<x", 0).with("<x>", TokenType.CONTROL, 0);
    BytePairTokenizer tokenizer = tokenizer(toy, PreTokenizer.GPT2, "< x", "<x >");
    int control = toy.id("<x>");
    assertEquals(TokenIds.of(control), tokenizer.encode("<x>", Special.PARSE));
    TokenIds ids = tokenizer.encode("<x><x>", Special.TEXT);
    for (int i = 0; i < ids.size(); i++) {
      assertTrue(ids.at(i) != control);
    }
    assertEquals("<x><x>", tokenizer.decode(ids));
  }

  @Test
  void mergeOfWhatIsNoTokenIsRefused() {
    for (String merge : List.of("a zz", "a b", "ab", "a ", " a", "")) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> tokenizer(letters(), PreTokenizer.GPT2, merge));
      assertTrue(String.valueOf(e.getMessage()).startsWith("merge 0 "), merge);
    }
  }

  @Test
  void vocabularyWhosePiecesMeetInOnePlaceIsRefused() {
    ToyVocabulary toy = new ToyVocabulary(Map.of());
    int entries = Hashing.STEPS_MAX + 3;
    int mask = Hashing.tableSize(entries) - 1;
    for (int n = 0; toy.size() < entries; n++) {
      byte[] piece = Integer.toString(n, 36).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      if ((PieceIndex.hash(piece, 0, piece.length) & mask) == 0) {
        toy.with(Integer.toString(n, 36), 0);
      }
    }
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> tokenizer(toy, PreTokenizer.GPT2));
    assertTrue(String.valueOf(e.getMessage()).contains("meet in one place"));
  }

  /** The same rule written down naively: find the pair of the first merge, merge, begin again. */
  @Test
  void randomMergesApplyAsTheNaiveRuleDoes() {
    long seed = Seeds.seed("random merges");
    for (int round = 0; round < Seeds.iterations(500); round++) {
      RandomGenerator random = Seeds.random(seed + round);
      ToyVocabulary toy = letters();
      List<String> pieces = new ArrayList<>(List.of("a", "b", "c"));
      Set<String> merges = new LinkedHashSet<>();
      for (int n = 0; n < 20; n++) {
        String left = pieces.get(random.nextInt(pieces.size()));
        String right = pieces.get(random.nextInt(pieces.size()));
        merges.add(left + " " + right);
        if (!pieces.contains(left + right)) {
          pieces.add(left + right);
          toy.with(left + right, 0);
        }
      }
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(40); n > 0; n--) {
        text.append((char) ('a' + random.nextInt(3)));
      }
      Tokenizer tokenizer = tokenizer(toy, PreTokenizer.QWEN2, merges.toArray(String[]::new));
      List<String> expected = naive(text.toString(), List.copyOf(merges));
      assertPieces(tokenizer, toy, text.toString(), expected.toArray(String[]::new));
    }
  }

  private static List<String> naive(String text, List<String> merges) {
    List<String> symbols = new ArrayList<>(text.chars().mapToObj(Character::toString).toList());
    while (true) {
      int best = -1;
      int bestRank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        int rank = merges.indexOf(symbols.get(i) + " " + symbols.get(i + 1));
        if (rank >= 0 && rank < bestRank) {
          best = i;
          bestRank = rank;
        }
      }
      if (best < 0) {
        return symbols;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }

  /** Work, not time, is bounded: at most three pairs for each byte pass through the heap. */
  @Test
  void tenMegabytesOfOneCharacterTakeLinearlyManySteps() {
    ToyVocabulary toy = letters().with("aa", 0).with("aaaa", 0).with(SPACE + SPACE, 0);
    BytePairTokenizer tokenizer =
        tokenizer(toy, PreTokenizer.LLAMA3, "a a", "aa aa", SPACE + " " + SPACE);
    Merger merger = new Merger();
    TokenIds ids = tokenizer.encode("a".repeat(HOSTILE_LENGTH), Special.TEXT, merger);
    assertEquals(HOSTILE_LENGTH / 4, ids.size());
    assertTrue(merger.steps() <= 3L * HOSTILE_LENGTH, () -> merger.steps() + " steps");
    Merger spaces = new Merger();
    ids = tokenizer.encode(" ".repeat(HOSTILE_LENGTH), Special.TEXT, spaces);
    assertEquals(HOSTILE_LENGTH / 2, ids.size());
    assertTrue(spaces.steps() <= 3L * HOSTILE_LENGTH, () -> spaces.steps() + " steps");
  }
}
