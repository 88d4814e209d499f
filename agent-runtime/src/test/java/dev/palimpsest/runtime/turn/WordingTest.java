package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordingTest {
  @Test
  void sentencesEndAtMarksAndLines() {
    assertEquals(
        List.of("It rained.", "Did it?", "Yes", "it did…", "3.5 mm!"),
        Wording.sentences("It rained. Did it?\nYes\r\nit did… 3.5 mm!"));
    assertEquals(List.of("mint", "tea", "2", "été"), Wording.words(" Mint-tea, 2 été! "));
    assertEquals(List.of(), Wording.words("?!"));
  }

  @Test
  void onlyQuestionsAreOnlyAsking() {
    assertTrue(Wording.isAsking("Where does Mara live?"));
    assertTrue(Wording.isAsking("Really?! Where (since when?) \u201cin Oslo?\u201d"));
    assertTrue(Wording.isAsking("マラはどこに住んでいますか？"));
    assertFalse(Wording.isAsking("She moved? I thought so."));
    assertFalse(Wording.isAsking("She lives in Oslo."));
    assertFalse(Wording.isAsking("???"));
    assertFalse(Wording.isAsking("?".repeat(200_000) + "no"));
    assertFalse(Wording.isAsking(""));
  }
}
