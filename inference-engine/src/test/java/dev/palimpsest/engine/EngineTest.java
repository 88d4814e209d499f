package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits and ends, stepped by hand on a tiny random model. */
class EngineTest {
  @TempDir Path folder;
  private Rig rig;

  @BeforeEach
  void open() {
    rig = Rig.llama(folder);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void theOutputLimitEndsAGeneration() {
    try (Engine engine = rig.roomy()) {
      Answers answers = Answers.accepted(engine, Rig.request("hello", 7));
      Rig.drain(engine);
      assertEquals(FinishReason.LENGTH, answers.readAll().finish());
      assertEquals(new Usage(5, 0, 5, 7), answers.usage());
    }
  }

  @Test
  void theContextEndsAGeneration() {
    try (Engine engine = rig.roomy()) {
      Answers answers = Answers.accepted(engine, Rig.request("x".repeat(120), 1_000));
      Rig.drain(engine);
      assertEquals(FinishReason.LENGTH, answers.readAll().finish());
      assertEquals(8, answers.usage().outputTokens());
    }
  }

  @Test
  void aPromptThatFillsTheContextIsRefusedWithBothNumbers() {
    try (Engine engine = rig.roomy()) {
      Answers.accepted(engine, Rig.request("x".repeat(127), 1));
      var refused =
          assertInstanceOf(Admission.Refused.class, engine.submit(Rig.request("x".repeat(128), 1)));
      assertEquals(Admission.Reason.PROMPT_TOO_LONG, refused.reason());
      assertEquals(
          "the prompt has 128 tokens, the context 128, and one must be left for the answer",
          refused.detail());
    }
  }

  @Test
  void whatCanNeverFitTheCacheIsRefused() {
    try (Engine engine = rig.engine(Rig.config(2, 1, 1, 8, 8))) {
      Answers.accepted(engine, Rig.request("x".repeat(60), 4));
      var refused =
          assertInstanceOf(Admission.Refused.class, engine.submit(Rig.request("x".repeat(60), 5)));
      assertEquals(Admission.Reason.CACHE_TOO_SMALL, refused.reason());
      assertEquals("prompt and output have 65 tokens, the cache holds 64", refused.detail());
    }
  }

  @Test
  void aTokenThatTheVocabularyLacksIsRefused() {
    try (Engine engine = rig.roomy()) {
      var request = new GenerationRequest(TokenIds.of(5, 259), SamplingParams.GREEDY, 1, List.of());
      var refused = assertInstanceOf(Admission.Refused.class, engine.submit(request));
      assertEquals(Admission.Reason.UNKNOWN_TOKEN, refused.reason());
      assertEquals("token 1 is 259, the vocabulary has 259", refused.detail());
    }
  }

  @Test
  void aFullQueueRefusesAndDrainsInOrder() {
    try (Engine engine = rig.engine(Rig.config(2, 1, 2, 8, 100))) {
      Answers first = Answers.accepted(engine, Rig.request("a", 9));
      engine.step();
      Answers second = Answers.accepted(engine, Rig.request("b", 9));
      Answers third = Answers.accepted(engine, Rig.request("c", 9));
      var refused = assertInstanceOf(Admission.Refused.class, engine.submit(Rig.request("d", 9)));
      assertEquals(Admission.Reason.QUEUE_FULL, refused.reason());
      assertEquals("2 requests are waiting", refused.detail());
      assertEquals(2, engine.stats().queued());
      Rig.drain(engine);
      for (Answers each : List.of(first, second, third)) {
        assertEquals(9, each.readAll().usage().outputTokens());
      }
    }
  }

  @Test
  void aRequestWaitsUntilPagesAreFree() {
    try (Engine engine = rig.engine(Rig.config(3, 4, 4, 8, 100))) {
      Answers large = Answers.accepted(engine, Rig.request("a".repeat(60), 4));
      Answers larger = Answers.accepted(engine, Rig.request("b".repeat(60), 4));
      engine.step();
      assertEquals(1, engine.stats().running());
      assertEquals(1, engine.stats().pagesFree());
      Rig.drain(engine);
      assertEquals(FinishReason.LENGTH, large.readAll().finish());
      assertEquals(FinishReason.LENGTH, larger.readAll().finish());
      assertEquals(3, engine.stats().pagesFree() + engine.stats().pagesIdle());
    }
  }

  @Test
  void whatBeginsAlikeIsComputedOnceAndOnlyForTheSameSalt() {
    try (Engine engine = rig.engine(Rig.config(8, 4, 4, 200, 100))) {
      GenerationRequest request = Rig.request("a".repeat(80), 4);
      Answers first = Answers.accepted(engine, request);
      Rig.drain(engine);
      Answers again = Answers.accepted(engine, request);
      Rig.drain(engine);
      assertEquals(new Usage(80, 0, 80, 4), first.readAll().usage());
      assertEquals(new Usage(80, 64, 16, 4), again.readAll().usage());
      assertEquals(first.output(), again.output());
      Answers stranger = Answers.accepted(engine, salted(request, "stranger"));
      Rig.drain(engine);
      assertEquals(new Usage(80, 0, 80, 4), stranger.readAll().usage());
      assertEquals(first.output(), stranger.output());
      assertEquals(64, engine.stats().cachedTokens());
      assertEquals(4, engine.stats().pagesIdle());
    }
  }

  @Test
  void sequencesThatRunAtOnceHoldACommonBeginningOnce() {
    try (Engine engine = rig.engine(Rig.config(6, 4, 8, 200, 100))) {
      GenerationRequest request = Rig.request("a".repeat(70), 20);
      Answers first = Answers.accepted(engine, request);
      engine.step();
      List<Answers> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        others.add(Answers.accepted(engine, request));
      }
      engine.step();
      assertEquals(4, engine.stats().running());
      assertEquals(6 - 2 - 4, engine.stats().pagesFree());
      Rig.drain(engine);
      assertEquals(FinishReason.LENGTH, first.readAll().finish());
      others.forEach(other -> assertEquals(first.output(), other.readAll().output()));
    }
  }

  private static GenerationRequest salted(GenerationRequest request, String salt) {
    return new GenerationRequest(
        request.prompt(),
        request.sampling(),
        request.outputTokensMax(),
        request.stop(),
        request.rules(),
        salt);
  }

  @Test
  void cancellingEndsARunningAndAWaitingGeneration() {
    try (Engine engine = rig.engine(Rig.config(4, 1, 2, 8, 100))) {
      Answers running = Answers.accepted(engine, Rig.request("a", 50));
      engine.step();
      Answers waiting = Answers.accepted(engine, Rig.request("b", 50));
      waiting.generation().cancel();
      engine.step();
      assertEquals(FinishReason.CANCELLED, waiting.readAll().finish());
      running.generation().cancel();
      running.generation().cancel();
      assertEquals(0, engine.step());
      assertEquals(FinishReason.CANCELLED, running.readAll().finish());
      assertEquals(new Usage(1, 0, 1, 2), running.usage());
      assertEquals(new Usage(1, 0, 0, 0), waiting.usage());
      assertEquals(4, engine.stats().pagesFree());
    }
  }

  @Test
  void aFullOutboxPausesItsSequenceAndNoOther() {
    try (Engine engine = rig.engine(Rig.config(8, 2, 2, 8, 3))) {
      Answers unread = Answers.accepted(engine, Rig.request("a", 60));
      Answers read = Answers.accepted(engine, Rig.request("b", 60));
      while (engine.step() > 0) {
        read.readAll();
      }
      assertTrue(read.usage().outputTokens() > 10);
      assertTrue(unread.generation().usage().isEmpty());
      assertEquals(1, engine.stats().running());
      while (unread.readAll().finish() == null) {
        engine.step();
      }
      assertTrue(unread.usage().outputTokens() > 10);
    }
  }

  @Test
  void aPausedGenerationCanBeCancelled() {
    try (Engine engine = rig.engine(Rig.config(8, 1, 1, 8, 1))) {
      Answers unread = Answers.accepted(engine, Rig.request("a", 60));
      Rig.drain(engine);
      unread.generation().cancel();
      Rig.drain(engine);
      assertEquals(FinishReason.CANCELLED, unread.readAll().finish());
      assertEquals(8, engine.stats().pagesFree());
    }
  }

  /** Every string that the text contains is tried as a stop: all before it comes, nothing of it. */
  @Test
  void stopSequencesEndTheTextBeforeThemselves() {
    try (Engine engine = rig.roomy()) {
      Answers whole = Answers.accepted(engine, Rig.request("stop", 40));
      Rig.drain(engine);
      String text = whole.readAll().text();
      for (int from = 0; from < text.length(); from++) {
        for (int length = 1; length <= 5 && from + length <= text.length(); length++) {
          String stop = text.substring(from, from + length);
          Answers stopped = Answers.accepted(engine, Rig.request("stop", 40, "never", stop));
          Rig.drain(engine);
          assertEquals(FinishReason.STOP, stopped.readAll().finish());
          assertEquals(text.substring(0, text.indexOf(stop)), stopped.text());
        }
      }
    }
  }

  @Test
  void aStopSequenceThatIsNotCompletedIsTextAfterAll() {
    try (Engine engine = rig.roomy()) {
      Answers whole = Answers.accepted(engine, Rig.request("stop", 20));
      Rig.drain(engine);
      String text = whole.readAll().text();
      String almost = text.substring(text.length() - 2) + "!";
      Answers again = Answers.accepted(engine, Rig.request("stop", 20, almost));
      Rig.drain(engine);
      assertEquals(text, again.readAll().text());
      assertEquals(FinishReason.LENGTH, again.finish());
    }
  }

  @Test
  void thePlanIsWhatIsTaken() {
    EngineConfig config = Rig.config(5, 2, 2, 8, 8);
    try (Engine engine = rig.engine(config)) {
      assertEquals(5L * Rig.PAGE_BYTES, engine.plan().cacheBytes());
      assertEquals(rig.backend().workspaceBytes(), engine.plan().workspaceBytes());
      assertEquals(rig.model().description().bytes(), engine.plan().weightsBytes());
      assertEquals(MemoryPlan.of(config, rig.model()), engine.plan());
    }
  }

  @Test
  void aPlanBeyondTheLimitStopsTheStart() {
    long total = MemoryPlan.of(Rig.config(5, 2, 2, 8, 8), rig.model()).totalBytes();
    long cache = 5L * Rig.PAGE_BYTES;
    new Engine(new EngineConfig(128, cache, 2, 2, 8, 8, 0, total), rig.model(), rig.backend())
        .close();
    var over = new EngineConfig(128, cache, 2, 2, 8, 8, 0, total - 1);
    var error = assertThrows(IllegalArgumentException.class, () -> rig.engine(over));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.startsWith("the engine needs " + total + " bytes (weights "), message);
    assertTrue(message.endsWith("), the limit is " + (total - 1)), message);
  }

  @Test
  void aCacheOfLessThanAPageStopsTheStart() {
    var small = new EngineConfig(128, Rig.PAGE_BYTES - 1, 1, 1, 1, 1, 0, 1L << 30);
    var error = assertThrows(IllegalArgumentException.class, () -> rig.engine(small));
    assertEquals("cacheBytes is 6143, one page of this model takes 6144", error.getMessage());
  }

  @Test
  void aClosedEngineRefusesAndHasFinishedEverything() {
    Engine engine = rig.engine(Rig.config(4, 1, 2, 8, 100));
    Answers running = Answers.accepted(engine, Rig.request("a", 50));
    Answers waiting = Answers.accepted(engine, Rig.request("b", 50));
    engine.step();
    engine.close();
    engine.close();
    assertEquals(FinishReason.CANCELLED, running.readAll().finish());
    assertEquals(FinishReason.CANCELLED, waiting.readAll().finish());
    assertFalse(engine.isHealthy());
    var refused = assertInstanceOf(Admission.Refused.class, engine.submit(Rig.request("c", 1)));
    assertEquals(Admission.Reason.STOPPED, refused.reason());
  }

  @Test
  void requestsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> Rig.request("", 1));
    assertThrows(IllegalArgumentException.class, () -> Rig.request("a", 0));
    assertThrows(IllegalArgumentException.class, () -> Rig.request("a", 1, ""));
    assertThrows(IllegalArgumentException.class, () -> Rig.request("a", 1, "x".repeat(257)));
    assertThrows(
        IllegalArgumentException.class, () -> Rig.request("a", 1, "x ".repeat(17).split(" ")));
    assertEquals(TinyModels.CONTEXT, rig.model().description().contextTokens());
  }
}
