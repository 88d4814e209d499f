package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
