package dev.palimpsest.engine.draft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.token.TokenIds;
import org.junit.jupiter.api.Test;

class DrafterTest {
  private static final double CHEAP = 0.01;

  private final Phrases phrases = new Phrases(64);
  private final Drafter drafter = new Drafter(phrases, new Payoff());
  private final int[] guesses = new int[16];

  private String guess(String text, int most) {
    text.chars().forEach(drafter::read);
    int count = drafter.propose(guesses, most, CHEAP);
    return new String(guesses, 0, count);
  }

  @Test
  void whatStoodBeforeIsProposed() {
    assertEquals("ada", guess("name: ada, name: ", 3));
  }

  @Test
  void thePlaceWhereItStoodLastIsTaken() {
    assertEquals("2", guess("x = 1; x = 2; x = ", 1));
  }

  @Test
  void whatRepeatsItselfGoesOnRepeatingItself() {
    assertEquals("abcabca", guess("abc".repeat(8), 7));
  }

  @Test
  void nothingIsProposedWhereNothingStoodBefore() {
    assertEquals("", guess("abcdefg", 8));
  }

  @Test
  void earlierPhrasesAreProposedAndNotBeyondTheirEnd() {
    phrases.add(ids("the answer is forty-two"));
    phrases.add(ids("something else"));
    assertEquals("forty-two", guess("so the answer is ", 16));
  }

  @Test
  void olderPhrasesAreForgottenFirst() {
    phrases.add(ids("a first phrase of some length"));
    phrases.add(ids("a second phrase that is longer"));
    phrases.add(ids("a third one that comes last"));
    assertTrue(phrases.tokens() <= 64);
    assertEquals("", guess("a first phr", 3));
    assertEquals("ird", guess(" -- a th", 3));
  }

  @Test
  void aTextLongerThanTheRoomLeavesItsEnd() {
    phrases.add(ids("0123456789".repeat(20)));
    assertTrue(phrases.tokens() <= 64);
    assertEquals("789", guess("456", 3));
  }

  private static TokenIds ids(String text) {
    return TokenIds.of(text.chars().toArray());
  }
}
