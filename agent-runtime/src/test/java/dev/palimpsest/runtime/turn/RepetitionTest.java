package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RepetitionTest {
  private static final List<String> KNOWN =
      List.of("I moved to Oslo. It is cold here!", "Mara works as a potter.");

  @Test
  void whatStandsInOthersSentenceBySentenceIsOnlyRepeated() {
    for (String text :
        List.of(
            "I moved to Oslo.",
            "Oslo",
            "  mara WORKS as a potter ",
            "It is cold here. Mara works as a potter.",
            "to Oslo\nas a potter",
            "",
            " … !")) {
      assertTrue(Repetition.isOnlyRepeating(text, KNOWN), text);
    }
  }

  @Test
  void whatSaysAnythingElseIsNotOnlyRepeated() {
    for (String text :
        List.of(
            "Bergen",
            "You moved to Oslo.",
            "I moved to Oslo. You like it.",
            "Mara works as a pot",
            "moved Oslo")) {
      assertFalse(Repetition.isOnlyRepeating(text, KNOWN), text);
    }
    assertFalse(Repetition.isOnlyRepeating("Oslo", List.of()));
  }

  @Test
  void aQuotedSentenceIsFoundInsideAnother() {
    assertTrue(Repetition.repeats("It is cold here! Really.", "You said: it is cold here."));
    assertFalse(Repetition.repeats("I moved to Oslo.", "You moved to Oslo."));
  }
}
