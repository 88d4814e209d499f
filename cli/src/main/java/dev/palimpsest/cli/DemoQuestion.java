package dev.palimpsest.cli;

import java.util.Locale;

/**
 * A question of the demonstration, and how its answer is judged.
 *
 * @param title what it shows
 * @param text as it is asked
 * @param says words that a right answer holds
 * @param saysNot words that a right answer does not hold; none where empty
 * @param bridge words of the memory that joins question and answer; none where empty
 */
record DemoQuestion(String title, String text, String says, String saysNot, String bridge) {
  /** What an answer is that has nothing to stand on. */
  static final String REFUSAL = "I have no memory of that.";

  static final DemoQuestion PLAIN =
      new DemoQuestion(
          "A plain question", "What instrument is Tomas learning?", "accordion", "", "");

  static final DemoQuestion TWO_STEP =
      new DemoQuestion(
          "A question that needs two memories",
          "What does Clara's sister do for work?",
          "bookbinder",
          "",
          "My sister is called");

  static final DemoQuestion CHANGED =
      new DemoQuestion(
          "A fact that changed", "What does Clara have in the morning?", "mint tea", "coffee", "");

  static final DemoQuestion AS_OF =
      new DemoQuestion(
          "The same, as it was on 1 September 2024",
          "What does Clara have in the morning?",
          "black coffee",
          "mint tea",
          "");

  static final DemoQuestion UNANSWERABLE =
      new DemoQuestion(
          "A thing that was never said", "What car does Clara drive?", REFUSAL, "", "");

  /** Asked before the session's older turns are compacted. */
  static final DemoQuestion AGAIN = PLAIN.titled("The first question again");

  /** Asked when they are. */
  static final DemoQuestion COMPACTED =
      PLAIN.titled("And once more, now that the session's older turns are compacted");

  /** The time of {@link #AS_OF}. */
  static final String AS_OF_TIME = "2024-09-01T00:00:00Z";

  private DemoQuestion titled(String other) {
    return new DemoQuestion(other, text, says, saysNot, bridge);
  }

  /** Whether {@code answer} is right; letter case and marks do not count. */
  boolean isRight(String answer) {
    String words = words(answer);
    return words.contains(words(says)) && (saysNot.isEmpty() || !words.contains(words(saysNot)));
  }

  boolean isRefusal() {
    return says.equals(REFUSAL);
  }

  private static String words(String text) {
    String plain = text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
    return " " + plain + " ";
  }
}
