package dev.palimpsest.retrieval.selftest;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.RecallMode;
import java.util.List;

/**
 * What came of a test.
 *
 * @param seen memories that the sample was drawn from
 * @param asked memories that were asked for
 * @param isWhole whether the time sufficed for all that were to be asked for
 * @param scores one for each form of question and mode
 * @param missed what was not among the first ten, at most {@link #MISSED_MAX}
 */
public record SelfTestReport(
    int seen, int asked, boolean isWhole, List<Score> scores, List<Missed> missed) {
  /** The most that are named. */
  public static final int MISSED_MAX = 100;

  /** Copies the lists. */
  public SelfTestReport {
    scores = List.copyOf(scores);
    missed = List.copyOf(missed);
  }

  /**
   * How often the memory that a question was made of came back.
   *
   * @param first share of questions to which it was the first answer; 0 where nothing was asked
   * @param amongTen share to which it was among the first ten
   * @param reciprocal mean of 1 over its place, 0 where it was not among the first ten
   */
  public record Score(
      QuestionForm form, RecallMode mode, double first, double amongTen, double reciprocal) {}

  /** A memory that a question made of it did not bring back. */
  public record Missed(MemoryId memory, QuestionForm form, RecallMode mode) {}
}
