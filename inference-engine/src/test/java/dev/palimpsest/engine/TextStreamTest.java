package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class TextStreamTest {
  @Test
  void whatCouldBecomeAStopSequenceIsHeldBack() {
    TextStream stream = new TextStream(List.of("###", "#END"));
    assertEquals("a", append(stream, "a#"));
    assertEquals("", append(stream, "#"));
    assertEquals("##x", append(stream, "x"));
    assertEquals("", append(stream, "#EN"));
    assertEquals("#EN", append(stream, "d").substring(0, 3));
    assertFalse(stream.isStopped());
    assertEquals("y", append(stream, "y##"));
    assertEquals("", append(stream, "#z"));
    assertTrue(stream.isStopped());
    assertEquals("", stream.flush());
  }

  @Test
  void theStopSequenceThatIsCompleteFirstCounts() {
    TextStream stream = new TextStream(List.of("o early, l", "early"));
    assertEquals("so ", append(stream, "so early, later"));
    assertTrue(stream.isStopped());
    stream = new TextStream(List.of("ly", "early"));
    assertEquals("so ", append(stream, "so early, later"));
  }

  @Test
  void theEndReleasesWhatWasHeldBack() {
    TextStream stream = new TextStream(List.of("stop"));
    assertEquals("do not ", append(stream, "do not sto"));
    assertEquals("sto", stream.flush());
  }

  @Test
  void anUnfinishedCharacterIsReplacedAtTheEndOnly() {
    TextStream stream = new TextStream(List.of());
    byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
    assertEquals("", stream.append(new byte[] {euro[0]}));
    assertEquals("€", stream.append(new byte[] {euro[1], euro[2]}));
    assertEquals("", stream.append(new byte[] {euro[0], euro[1]}));
    assertEquals("\ufffd", stream.flush());
  }

  /**
   * A short alphabet makes overlaps of every kind; the expectation is a search in the whole text.
   */
  @Test
  void howTheTextIsCutIntoPiecesDoesNotMatter() {
    RandomGenerator random = Seeds.random(Seeds.seed("TextStreamTest"));
    for (int i = 0; i < Seeds.iterations(20_000); i++) {
      String text = word(random, random.nextInt(30));
      List<String> stops = List.of(word(random, random.nextInt(1, 5)), word(random, 3));
      int stop = firstOf(text, stops);
      TextStream stream = new TextStream(stops);
      StringBuilder found = new StringBuilder();
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      for (int from = 0; from < bytes.length && !stream.isStopped(); ) {
        int to = Math.min(bytes.length, from + random.nextInt(1, 4));
        found.append(stream.append(java.util.Arrays.copyOfRange(bytes, from, to)));
        from = to;
      }
      found.append(stream.flush());
      assertEquals(stop < 0 ? text : text.substring(0, stop), found.toString(), text + stops);
    }
  }

  /** Where the stop sequence begins whose end comes first, the longer of two. */
  private static int firstOf(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String head = text.substring(0, end);
      var ending = stops.stream().filter(head::endsWith).mapToInt(String::length).max();
      if (ending.isPresent()) {
        return end - ending.getAsInt();
      }
    }
    return -1;
  }

  private static String word(RandomGenerator random, int length) {
    String[] letters = {"a", "b", "é", "😀"};
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < length; i++) {
      word.append(letters[random.nextInt(letters.length)]);
    }
    return word.toString();
  }

  private static String append(TextStream stream, String piece) {
    return stream.append(piece.getBytes(StandardCharsets.UTF_8));
  }
}
