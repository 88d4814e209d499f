package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Confidence;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link TextModel} does, the double of the tests included. */
public abstract class TextModelContract {
  static final SessionId SESSION = new SessionId("ses_contract");
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
    assertInstanceOf(TextModel.Start.TooLarge.class, start(prompt(large), plain(4), null));
  }

  @Test
  void itSaysWhatItIsAndThatItWorks() {
    assertFalse(model().card().id().isEmpty());
    assertEquals(model().fingerprint(), model().fingerprint());
    assertTrue(model().failure().isEmpty());
  }

  @Test
  void anAnswerInItsOwnWordsCitesNothing() throws InterruptedException {
    Answering answering = begin(prompt("Once upon a time"), 5, 4);
    read(answering);
    assertEquals(List.of(), answering.citations());
  }

  /** The tokens that are told are those of the words, each with the likeliest beside it. */
  @Test
  void tokensAreToldWhereTheyAreAskedFor() throws InterruptedException {
    SamplingOptions sampling = new SamplingOptions(1.0, null, null, null, 5L);
    Prompt prompt = prompt("Once upon a time");
    String untold = read(begin(prompt, 5, 12));
    Answering answering =
        assertInstanceOf(
                TextModel.Start.Begun.class,
                start(prompt, new Manner(sampling, Ending.after(12), null, 3, null), null))
            .answering();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StringBuilder text = new StringBuilder();
    int tokens = 0;
    Answering.Piece piece;
    do {
      piece = answering.take();
      text.append(piece.text());
      for (Likelihood token : piece.tokens()) {
        token.bytes().forEach(bytes::write);
        assertEquals(3, token.top().size());
        assertTrue(token.logProbability() <= 0);
        double best = token.top().getFirst().logProbability();
        assertTrue(best >= token.logProbability(), token::toString);
        assertTrue(best >= token.top().getLast().logProbability(), token::toString);
        tokens++;
      }
    } while (piece.end() == null);
    assertEquals(untold, text.toString());
    assertEquals(untold.stripLeading(), bytes.toString(StandardCharsets.UTF_8).stripLeading());
    Confidence confidence = answering.confidence().orElseThrow();
    assertEquals(tokens, confidence.tokens());
    assertTrue(confidence.logprobMin() <= confidence.logprobMean());
  }

  /** What is cited stands there, in the order of the answer, and is the same word for word. */
  @Test
  void aGroundedAnswerCitesItsGrounds() throws InterruptedException {
    List<String> lines =
        List.of("[5 March 2023] Mara: I moved to Oslo.", "[9 April 2024] Tom: She is a potter.");
    Grounds grounds = new Grounds(lines, "Where does Mara live?");
    if (!model().card().canGround()) {
      assertThrows(ModelException.class, () -> start(prompt("Where?"), plain(9), grounds));
      return;
    }
    int cited = 0;
    for (long seed = 0; seed < 20; seed++) {
      Answering answering = begin(prompt("Where does Mara live?"), seed, 60, grounds);
      String text = read(answering);
      int at = 0;
      for (Citation each : answering.citations()) {
        assertTrue(each.start() >= at && each.end() <= text.length(), () -> each + " of " + text);
        assertEquals(
            lines.get(each.line()).substring(each.lineStart(), each.lineEnd()),
            text.substring(each.start(), each.end()));
        at = each.end();
        cited++;
      }
    }
    assertTrue(cited > 0);
  }

  @Test
  void withoutGroundsToStandOnTheAnswerIsTheRefusal() throws InterruptedException {
    if (model().card().canGround()) {
      Answering answering = begin(prompt("Where?"), 3, 60, new Grounds(List.of(), ""));
      assertEquals("I have no memory of that.", read(answering));
      assertEquals(List.of(), answering.citations());
    }
  }

  /** A begun answer in the model's own words. */
  final Answering begin(Prompt prompt, long seed, int tokens) {
    return begin(prompt, seed, tokens, null);
  }

  /** A begun answer. */
  final Answering begin(Prompt prompt, long seed, int tokens, @Nullable Grounds grounds) {
    SamplingOptions sampling = new SamplingOptions(1.0, null, null, null, seed);
    return assertInstanceOf(
            TextModel.Start.Begun.class,
            start(prompt, Manner.of(sampling, Ending.after(tokens)), grounds))
        .answering();
  }

  private static Manner plain(int tokens) {
    return Manner.of(SamplingOptions.NONE, Ending.after(tokens));
  }

  private TextModel.Start start(Prompt prompt, Manner manner, @Nullable Grounds grounds) {
    return model().answer(TenantId.DEFAULT, SESSION, null, prompt, manner, grounds);
  }

  /** A prompt of one message. */
  static Prompt prompt(String text) {
    return new Prompt(List.of(Message.user(text)), AT);
  }

  /** The whole answer. */
  static String read(Answering answering) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    Answering.Piece piece = answering.take();
    while (piece.end() == null) {
      text.append(piece.text());
      piece = answering.take();
    }
    return text.append(piece.text()).toString();
  }
}
