package dev.palimpsest.engine.draft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SuffixAutomatonTest {
  @Test
  void longestRepeatedSuffixIsWhatASearchFinds() {
    RandomGenerator random = Seeds.random(Seeds.seed("SuffixAutomatonTest"));
    for (int round = 0; round < Seeds.iterations(60); round++) {
      int alphabet = 1 + random.nextInt(round % 3 == 0 ? 2 : 12);
      SuffixAutomaton automaton = new SuffixAutomaton();
      for (int size = 1; size <= 120; size++) {
        boolean isCopied = size > 8 && random.nextInt(3) == 0;
        automaton.append(
            isCopied
                ? automaton.token(random.nextInt(size - 1))
                : random.nextInt(alphabet) - alphabet / 2);
        int state = automaton.repeated();
        int length = automaton.length(state);
        assertEquals(longestRepeated(automaton), length);
        if (length > 0) {
          int end = automaton.end(state);
          assertTrue(end < size - 1, "the place is an earlier one");
          for (int i = 0; i < length; i++) {
            assertEquals(automaton.token(size - 1 - i), automaton.token(end - i));
          }
        }
        if (random.nextBoolean()) {
          automaton.endsHere(state);
        }
      }
    }
  }

  private static int longestRepeated(SuffixAutomaton text) {
    int size = text.size();
    int longest = 0;
    for (int end = 0; end < size - 1; end++) {
      int length = 0;
      while (length <= end && text.token(end - length) == text.token(size - 1 - length)) {
        length++;
      }
      longest = Math.max(longest, length);
    }
    return longest;
  }

  @Test
  void stringsThatStandSomewhereAndNoOthersCanBeWalked() {
    RandomGenerator random = Seeds.random(Seeds.seed("SuffixAutomatonTest.walk"));
    SuffixAutomaton automaton = new SuffixAutomaton();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      char letter = (char) ('a' + random.nextInt(4));
      automaton.append(letter);
      text.append(letter);
    }
    for (int i = 0; i < Seeds.iterations(2_000); i++) {
      StringBuilder word = new StringBuilder();
      int state = SuffixAutomaton.ROOT;
      for (int length = random.nextInt(1, 9); length > 0 && state >= 0; length--) {
        char letter = (char) ('a' + random.nextInt(4));
        word.append(letter);
        state = automaton.next(state, letter);
      }
      assertEquals(text.indexOf(word.toString()) >= 0, state >= 0, word.toString());
      if (state >= 0) {
        int end = automaton.end(state) + 1;
        assertEquals(word.toString(), text.substring(end - word.length(), end));
      }
    }
  }

  @Test
  void constantTextStaysCheap() {
    SuffixAutomaton automaton = new SuffixAutomaton();
    for (int i = 0; i < 200_000; i++) {
      automaton.append(7);
      automaton.endsHere(automaton.repeated());
    }
    assertEquals(199_999, automaton.length(automaton.repeated()));
  }
}
