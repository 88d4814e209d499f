package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that go to disk and come back, stepped by hand. */
@Timeout(60)
class EngineSnapshotTest {
  private static final EngineConfig SIZES = Rig.config(8, 4, 4, 64, 1_000);
  private static final String PROMPT = "abcdefghij".repeat(9);

  @TempDir Path folder;
  private Rig rig;
  private SnapshotRig snapshots;

  @BeforeEach
  void open() {
    rig = Rig.llama(folder);
    snapshots = new SnapshotRig(folder.resolve("kv"));
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private Engine engine() {
    return new Engine(
        SIZES, rig.model(), rig.backend(), snapshots::nanos, snapshots.parts(), List.of());
  }

  private static Answers answer(Engine engine, GenerationRequest request) {
    Answers answers = Answers.accepted(engine, request);
    Rig.drain(engine);
    return answers.readAll();
  }

  /** Answers, and asks for prompt and answer to be kept. */
  private static Answers keep(Engine engine, String name, GenerationRequest request) {
    Answers answers = answer(engine, request);
    engine.keep(request.cacheSalt(), name, request.prompt().concat(answers.output()));
    Rig.drain(engine);
    return answers;
  }

  private static GenerationRequest request(SamplingParams sampling) {
    GenerationRequest usual = Rig.request(PROMPT, 20);
    return new GenerationRequest(usual.prompt(), sampling, 20, List.of());
  }

  @Test
  void afterARestartASessionGoesOnBitForBitWithoutPrefill() {
    for (String architecture : TinyModels.ARCHITECTURES) {
      for (String backend : List.of("scalar", "vector")) {
        for (boolean isGreedy : List.of(true, false)) {
          SamplingParams sampling =
              isGreedy ? SamplingParams.GREEDY : new SamplingParams(1.3f, 40, 0.95f, 0, 77);
          try (Rig each = new Rig(folder, architecture, 3, backend, 1)) {
            goOn(each, request(sampling), architecture + " " + backend);
          }
        }
      }
    }
  }

  private void goOn(Rig each, GenerationRequest first, String what) {
    var disk = new SnapshotRig(folder.resolve("kv of " + what));
    TokenIds next;
    Answers expected;
    try (Engine engine = each.engine(SIZES);
        Engine keeping =
            new Engine(SIZES, each.model(), each.backend(), disk::nanos, disk.parts(), List.of())) {
      Answers answers = keep(keeping, "session", first);
      next = first.prompt().concat(answers.output()).concat(TokenIds.of(70, 71, 72));
      expected = answer(engine, again(first, next));
    }
    disk.reopen(1 << 24);
    try (Engine restarted =
        new Engine(SIZES, each.model(), each.backend(), disk::nanos, disk.parts(), List.of())) {
      Answers answers = answer(restarted, again(first, next));
      assertEquals(expected.output(), answers.output(), what);
      int computed = next.size() - 3 - 1;
      assertEquals(computed / 32 * 32, answers.usage().cachedTokens(), what);
      assertEquals(next.size(), answers.usage().cachedTokens() + answers.usage().prefilledTokens());
      assertEquals(answers.usage().cachedTokens(), restarted.stats().loadedTokens());
      assertEquals(0, restarted.stats().cachedTokens());
      Answers second = answer(restarted, again(first, next));
      assertEquals(expected.output(), second.output(), what);
      assertEquals(answers.usage().cachedTokens(), restarted.stats().loadedTokens(), "read twice");
    }
  }

  private static GenerationRequest again(GenerationRequest request, TokenIds prompt) {
    return new GenerationRequest(prompt, request.sampling(), 8, List.of());
  }

  @Test
  void anotherSaltFindsNothing() {
    GenerationRequest request = Rig.request(PROMPT, 4);
    try (Engine engine = engine()) {
      keep(engine, "session", request);
    }
    try (Engine engine = engine()) {
      var other =
          new GenerationRequest(
              request.prompt(), request.sampling(), 4, List.of(), null, "another tenant");
      assertEquals(new Usage(90, 0, 90, 4), answer(engine, other).usage());
      assertEquals(new Usage(90, 64, 26, 4), answer(engine, request).usage());
    }
  }

  @Test
  void anotherModelsFileIsRefusedAndComputed() {
    GenerationRequest request = Rig.request(PROMPT, 4);
    try (Engine engine = engine()) {
      keep(engine, "session", request);
    }
    try (Rig other = new Rig(folder, "llama", 2, "vector", 1);
        Engine plain = other.engine(SIZES);
        Engine engine =
            new Engine(
                SIZES,
                other.model(),
                other.backend(),
                snapshots::nanos,
                snapshots.parts(),
                List.of())) {
      Answers answers = answer(engine, request);
      assertEquals(new Usage(90, 0, 90, 4), answers.usage());
      assertEquals(answer(plain, request).output(), answers.output());
    }
    var refused = snapshots.news(SnapshotNews.Refused.class);
    assertEquals("it is of another model or engine", refused.getFirst().reason());
    assertEquals(List.of(), snapshots.files());
  }

  @Test
  void anotherBackendsFileIsRefused() {
    GenerationRequest request = Rig.request(PROMPT, 4);
    try (Engine engine = engine()) {
      keep(engine, "session", request);
    }
    try (Rig other = new Rig(folder, "llama", 1, "scalar", 1);
        Engine engine =
            new Engine(
                SIZES,
                other.model(),
                other.backend(),
                snapshots::nanos,
                snapshots.parts(),
                List.of())) {
      assertEquals(0, answer(engine, request).usage().cachedTokens());
    }
    assertEquals(1, snapshots.news(SnapshotNews.Refused.class).size());
  }

  @Test
  void aSpoiledFileIsRefusedAndTheAnswerIsTheSame() {
    GenerationRequest request = Rig.request(PROMPT, 4);
    Answers expected;
    try (Engine engine = engine()) {
      expected = keep(engine, "session", request);
    }
    var random = Seeds.random(Seeds.seed("EngineSnapshotTest"));
    for (int i = 0; i < 20; i++) {
      snapshots.spoilOne(random);
      try (Engine engine = engine()) {
        Answers answers = answer(engine, request);
        assertEquals(expected.output(), answers.output());
        assertEquals(new Usage(90, 0, 90, 4), answers.usage());
        assertEquals(List.of(), snapshots.files());
        engine.keep("", "session", request.prompt());
        Rig.drain(engine);
        assertEquals(1, snapshots.files().size());
      }
    }
    assertEquals(20, snapshots.news(SnapshotNews.Refused.class).size());
  }

  @Test
  void whileASequenceIsFilledOthersGoOnAndItCanBeCancelled() {
    GenerationRequest request = Rig.request(PROMPT, 4);
    try (Engine engine = engine()) {
      keep(engine, "session", request);
    }
    snapshots.lazy(true);
    try (Engine engine = engine();
        SnapshotRig working = snapshots) {
      Answers filled = Answers.accepted(engine, request);
      Answers other = Answers.accepted(engine, Rig.request("xyz", 6));
      Rig.drain(engine);
      assertTrue(other.readAll().finish() != null);
      assertEquals(null, filled.readAll().finish());
      filled.generation().cancel();
      Rig.drain(engine);
      assertEquals(null, filled.readAll().finish(), "its pages are being written to");
      working.workAll();
      Rig.drain(engine);
      assertEquals(FinishReason.CANCELLED, filled.readAll().finish());
      snapshots.lazy(false);
      assertEquals(64, answer(engine, request).usage().cachedTokens());
      assertEquals(8, engine.stats().pagesFree() + engine.stats().pagesIdle());
    }
  }

  @Test
  void pagesThatAreBeingWrittenStay() {
    GenerationRequest request = Rig.request(PROMPT, 4);
    try (Engine engine = engine();
        SnapshotRig working = snapshots) {
      Answers answers = answer(engine, request);
      working.lazy(true);
      engine.keep("", "session", request.prompt());
      Rig.drain(engine);
      // They need all pages of the pool, one after the other.
      Answers first = Answers.accepted(engine, Rig.request("z".repeat(100), 28));
      Answers second = Answers.accepted(engine, Rig.request("y".repeat(100), 28));
      Rig.drain(engine);
      assertTrue(first.readAll().finish() != null);
      snapshots.workAll();
      Rig.drain(engine);
      assertTrue(second.readAll().finish() != null);
      snapshots.lazy(false);
      Engine again = engine();
      assertEquals(answers.output(), answer(again, request).output());
      assertEquals(64, again.stats().loadedTokens());
      again.close();
    }
  }

  @Test
  void aBeginningIsWrittenAnewOnlyWhenItHasGrown() {
    try (Engine engine = engine()) {
      keep(engine, "session", Rig.request("a".repeat(64), 1));
      assertEquals(1, snapshots.news(SnapshotNews.Saved.class).size());
      keep(engine, "session", Rig.request("a".repeat(96), 1));
      assertEquals(1, snapshots.news(SnapshotNews.Saved.class).size(), "one page more");
      keep(engine, "session", Rig.request("b".repeat(70), 1));
      assertEquals(2, snapshots.news(SnapshotNews.Saved.class).size(), "another beginning");
      keep(engine, "short", Rig.request("c".repeat(40), 1));
      assertEquals(2, snapshots.news(SnapshotNews.Saved.class).size(), "one page");
      engine.keep("", "never computed", Rig.request("d".repeat(100), 1).prompt());
      Rig.drain(engine);
      assertEquals(2, snapshots.news(SnapshotNews.Saved.class).size(), "not in the cache");
    }
  }

  private Engine withoutWorker() {
    Executor none =
        job -> {
          throw new RejectedExecutionException("closed");
        };
    var parts = new SnapshotParts(snapshots.store(), none, (what, took) -> {});
    return new Engine(SIZES, rig.model(), rig.backend(), snapshots::nanos, parts, List.of());
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whereTheWorkerTakesNothingEveryGenerationHasAnEnd() {
    GenerationRequest request = Rig.request(PROMPT, 4);
    Engine failing = withoutWorker();
    answer(failing, request);
    failing.keep("", "session", request.prompt());
    Answers waiting = Answers.accepted(failing, request);
    failing.run();
    assertInstanceOf(RejectedExecutionException.class, failing.failure().orElseThrow());
    assertEquals(FinishReason.FAILED, waiting.readAll().finish());
    failing.close();

    Engine closing = withoutWorker();
    answer(closing, request);
    closing.keep("", "session", request.prompt());
    Answers left = Answers.accepted(closing, request);
    assertThrows(RejectedExecutionException.class, closing::close);
    assertEquals(FinishReason.CANCELLED, left.readAll().finish());
    assertFalse(closing.isHealthy());
  }

  @Test
  void whatWaitsToBeWrittenIsWrittenAtTheEnd() {
    Engine engine = engine();
    GenerationRequest request = Rig.request(PROMPT, 4);
    answer(engine, request);
    answer(engine, Rig.request("q".repeat(80), 4));
    engine.keep("", "one", request.prompt());
    engine.keep("", "two", Rig.request("q".repeat(80), 4).prompt());
    engine.close();
    assertEquals(2, snapshots.files().size());
    engine.keep("", "three", request.prompt());
    engine.close();
    assertEquals(2, snapshots.files().size());
  }
}
