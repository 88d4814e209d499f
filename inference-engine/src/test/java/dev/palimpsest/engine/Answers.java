package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a test has read of a generation so far; checks that the deltas are well formed. */
final class Answers {
  private final Generation generation;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private int tokens;
  private @Nullable FinishReason finish;

  Answers(Generation generation) {
    this.generation = generation;
  }

  /** The accepted generation of a request. */
  static Answers accepted(Engine engine, GenerationRequest request) {
    Admission answer = engine.submit(request);
    return new Answers(assertInstanceOf(Admission.Accepted.class, answer).generation());
  }

  Generation generation() {
    return generation;
  }

  /** Reads one delta if there is one. */
  boolean readOne() {
    TokenDelta delta = generation.poll();
    if (delta == null) {
      return false;
    }
    accept(delta);
    return true;
  }

  /** Reads all that is there. */
  Answers readAll() {
    while (readOne()) {
      assertTrue(tokens >= 0);
    }
    return this;
  }

  /** Reads to the end, waiting. */
  Answers readToTheEnd() throws InterruptedException {
    while (finish == null) {
      accept(generation.take());
    }
    return this;
  }

  private void accept(TokenDelta delta) {
    assertEquals(null, finish, "a delta after the last");
    assertFalse(isCut(delta.text()), "half a character in " + delta);
    text.append(delta.text());
    scores.addAll(delta.scores());
    tokens += delta.tokens();
    finish = delta.finish();
    if (finish != null) {
      assertEquals(usage().outputTokens(), tokens);
      assertEquals(usage().outputTokens(), output().size());
    }
  }

  private static boolean isCut(String text) {
    return !text.isEmpty()
        && (Character.isLowSurrogate(text.charAt(0))
            || Character.isHighSurrogate(text.charAt(text.length() - 1)));
  }

  @Nullable FinishReason finish() {
    return finish;
  }

  String text() {
    return text.toString();
  }

  List<TokenScore> scores() {
    return scores;
  }

  TokenIds output() {
    return generation.output().orElseThrow();
  }

  Usage usage() {
    return generation.usage().orElseThrow();
  }
}
