package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class RestatedTest {
  private static final String THEN = "2024-02-11T10:18:00Z";
  private static final String LATER = "2025-03-02T21:36:00Z";
  private static final String COFFEE = "In the morning I have black coffee, two cups. Then I work.";
  private static final String TEA = "I gave it up. In the morning I have mint tea now. It is dull.";
  private static final String QUESTION = "What does Clara have in the morning?";

  private static MemoryLine line(String text, String speaker, String at) {
    return MemoryLine.of(MemoryLineTest.memory(text, speaker, at), words -> words);
  }

  private static void assertKept(int kept, MemoryLine older, MemoryLine newer, String question) {
    assertEquals(
        kept == 2 ? List.of(older, newer) : List.of(newer),
        Restated.without(List.of(older, newer), question));
    assertEquals(
        kept == 2 ? List.of(newer, older) : List.of(newer),
        Restated.without(List.of(newer, older), question));
  }

  @Test
  void whatIsOtherwiseNowReplacesWhatWasSaidBefore() {
    assertKept(1, line(COFFEE, "Clara", THEN), line(TEA, "Clara", LATER), QUESTION);
    assertKept(
        1,
        line("I live in Oslo.", "Mara", THEN),
        line("Things changed! I live in Bergen these days.", "Mara", LATER),
        "Where is Mara living?");
  }

  @Test
  void whatMayHoldBesideIsKept() {
    MemoryLine coffee = line(COFFEE, "Clara", THEN);
    assertKept(2, coffee, line(TEA, "Tomas", LATER), QUESTION);
    assertKept(2, coffee, line(TEA, "Clara", THEN), QUESTION);
    assertKept(2, coffee, line(TEA.replace(" now", ""), "Clara", LATER), QUESTION);
    assertKept(2, coffee, line(TEA, "Clara", LATER), "What does Clara drink?");
    assertKept(2, coffee, line("In the evening I have tea now.", "Clara", LATER), QUESTION);
    assertKept(
        2,
        line("I have a cat called Biscuit.", "Mara", THEN),
        line("I have a dog now.", "Mara", LATER),
        "What pets does Mara have?");
  }

  @Test
  void whatWasSaidAtNoKnownTimeTakesNothingBack() {
    MemoryLine coffee = line(COFFEE, "Clara", THEN);
    MemoryLine tea = MemoryLine.of(MemoryLineTest.memory(TEA, "Clara", null), words -> words);
    assertEquals(List.of(coffee, tea), Restated.without(List.of(coffee, tea), QUESTION));
  }
}
