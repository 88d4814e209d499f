package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SentencesTest {
  private static final int WINDOW = 10;

  private final Sentences sentences = new Sentences(WINDOW, SentencesTest::words);

  @Test
  void whatFitsIsLeftAlone() {
    assertEquals(List.of("One two. Three."), sentences.split("One two. Three."));
    assertEquals(List.of(""), sentences.split(""));
  }

  @Test
  void aLongTextIsCutAtTheEndsOfItsSentences() {
    String text = "One two three four five. Six seven eight nine. Ten eleven twelve thirteen.";
    assertEquals(
        List.of("One two three four five. Six seven eight nine. ", "Ten eleven twelve thirteen."),
        new Sentences(15, SentencesTest::words).split(text));
  }

  @Test
  void aSentenceThatIsTooLongIsCutBetweenWords() {
    List<String> pieces = sentences.split("word ".repeat(64) + "end");
    assertTrue(pieces.size() >= 6, pieces::toString);
    pieces.forEach(piece -> assertTrue(piece.startsWith("word") || piece.startsWith("end"), piece));
  }

  @Test
  void piecesFitAndTogetherAreTheText() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      String text = text(random);
      List<String> pieces = sentences.split(text);
      assertEquals(text, String.join("", pieces), "-Dseed=" + seed);
      for (String piece : pieces) {
        boolean fits = words(piece) <= WINDOW || piece.length() < 2;
        assertTrue(fits, () -> "-Dseed=" + seed + " piece '" + piece + "'");
        boolean isWhole =
            piece.isEmpty()
                || (!Character.isLowSurrogate(piece.charAt(0))
                    && !Character.isHighSurrogate(piece.charAt(piece.length() - 1)));
        assertTrue(isWhole, () -> "-Dseed=" + seed + " half a character in '" + piece + "'");
      }
    }
  }

  private static String text(Random random) {
    List<String> parts = List.of("word", " ", " ", ". ", "🧪", "🧪🧪", "\n", "é", "? ", "한국어", "x");
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(120);
    for (int i = 0; i < length; i++) {
      text.append(parts.get(random.nextInt(parts.size())));
    }
    return text.toString();
  }

  /** A token is a character that is no space, or four of ASCII. */
  private static int words(String text) {
    return (int)
        List.of(text.split("\\s+")).stream()
            .mapToLong(word ->
                word.codePoints().filter(c -> c > 127).count()
                    + Math.ceilDiv(word.codePoints().filter(c -> c < 128).count(), 4))
            .sum();
  }
}
