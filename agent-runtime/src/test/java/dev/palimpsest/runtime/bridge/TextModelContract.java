package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.session.SamplingOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every {@link TextModel} does, the double of the tests included. */
public abstract class TextModelContract {
  private static final Instant AT = Instant.parse("2026-03-01T10:00:00Z");

  /** The model under test. */
  protected abstract TextModel model();

  @Test
  void theSameSeedGivesTheSameAnswerAndAnotherSeedAnother() throws InterruptedException {
    List<String> answers = new ArrayList<>();
    for (long seed : new long[] {1, 1, 2, 3}) {
      answers.add(read(begin(prompt("Once upon a time"), seed, 24)));
    }
    assertEquals(answers.get(0), answers.get(1));
    assertTrue(answers.stream().distinct().count() > 1, answers::toString);
  }

  @Test
  void whatWasSaidBeforeCostsTokens() {
    Prompt shorter = prompt("The dog ran.");
    Prompt longer =
        new Prompt(
            List.of(
                Message.user("A cat sat."),
                Message.assistant("It was happy."),
                Message.user("The dog ran.")),
            AT);
    assertTrue(model().tokens(shorter) > 0);
    assertTrue(model().tokens(longer) > model().tokens(shorter));
  }

  @Test
  void theCostIsKnownAtTheEndAndTheLimitIsKept() throws InterruptedException {
    Answering answering = begin(prompt("Once upon a time"), 5, 4);
    assertFalse(read(answering).isEmpty());
    Answering.Cost cost = answering.cost();
    assertEquals(model().tokens(prompt("Once upon a time")), cost.inputTokens());
    assertEquals(cost.inputTokens(), cost.cachedTokens() + cost.prefilledTokens());
    assertTrue(cost.outputTokens() >= 1 && cost.outputTokens() <= 4, cost::toString);
  }

  @Test
  void aCancelledAnswerEndsAsCancelled() throws InterruptedException {
    Answering answering = begin(prompt("Once upon a time"), 5, 200);
    answering.cancel();
    Answering.Piece piece = answering.take();
    while (piece.end() == null) {
      piece = answering.take();
    }
    assertEquals(Answering.End.CANCELLED, piece.end());
    answering.cancel();
  }

  @Test
  void anAnswerThatCanNeverFitIsRefused() {
    String large = "word ".repeat(model().card().contextTokens() + 10);
    assertInstanceOf(
        TextModel.Start.TooLarge.class, model().answer(prompt(large), SamplingOptions.NONE, 4));
  }

  @Test
  void itSaysWhatItIsAndThatItWorks() {
    assertFalse(model().card().id().isEmpty());
    assertEquals(model().fingerprint(), model().fingerprint());
    assertTrue(model().failure().isEmpty());
  }

  private Answering begin(Prompt prompt, long seed, int tokens) {
    SamplingOptions sampling = new SamplingOptions(1.0, null, null, null, seed);
    return assertInstanceOf(TextModel.Start.Begun.class, model().answer(prompt, sampling, tokens))
        .answering();
  }

  private static Prompt prompt(String text) {
    return new Prompt(List.of(Message.user(text)), AT);
  }

  private static String read(Answering answering) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    Answering.Piece piece = answering.take();
    while (piece.end() == null) {
      text.append(piece.text());
      piece = answering.take();
    }
    return text.append(piece.text()).toString();
  }
}
