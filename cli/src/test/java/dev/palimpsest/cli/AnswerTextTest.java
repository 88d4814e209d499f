package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class AnswerTextTest {
  @Test
  void repeatedAnswerShowsOnlyItsRestHoweverItIsCut() {
    String whole = "abcabcabd";
    for (int shown = 0; shown <= whole.length(); shown++) {
      for (int size = 1; size <= whole.length(); size++) {
        AnswerText answer = new AnswerText();
        StringBuilder seen = new StringBuilder(answer.next(whole.substring(0, shown)).text());
        answer.repeat();
        for (int at = 0; at < whole.length(); at += size) {
          String piece = whole.substring(at, Math.min(whole.length(), at + size));
          seen.append(answer.next(piece).text());
        }
        assertEquals(whole, seen.toString(), shown + " shown, pieces of " + size);
      }
    }
  }

  @Test
  void answerThatTurnsOutDifferentIsShownWholeAndSaid() {
    AnswerText answer = new AnswerText();
    assertEquals(new AnswerText.Piece("The cat", false), answer.next("The cat"));
    answer.repeat();
    assertEquals(new AnswerText.Piece("", false), answer.next("The "));
    assertEquals(new AnswerText.Piece("The dog", true), answer.next("dog"));
    assertEquals(new AnswerText.Piece(" barks", false), answer.next(" barks"));
  }

  @Test
  void storedAnswerGivesWhatIsMissing() {
    AnswerText answer = new AnswerText();
    AnswerText.Piece first = answer.next("One ");
    assertEquals("One ", first.text());
    answer.repeat();
    assertEquals(new AnswerText.Piece("two", false), answer.whole("One two"));
    assertEquals(new AnswerText.Piece("", false), answer.whole("One two"));
    assertEquals(new AnswerText.Piece("Three", true), answer.whole("Three"));
  }

  @Test
  void textBeyondTheComparedLengthStillPasses() {
    AnswerText answer = new AnswerText();
    String long1 = "x".repeat(AnswerText.COMPARED_CHARS_MAX);
    assertEquals(long1, answer.next(long1).text());
    assertEquals("y", answer.next("y").text());
    assertEquals(new AnswerText.Piece("", false), answer.whole("z"));
  }
}
