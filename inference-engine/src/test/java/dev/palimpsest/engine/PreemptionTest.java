package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.Distribution;
import dev.palimpsest.engine.sample.LogitBias;
import dev.palimpsest.engine.sample.Penalties;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.schema.Grammar;
import dev.palimpsest.engine.schema.TokenOrder;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sequences that grow until the pool is full; who gives way, and how they go on. */
@Timeout(120)
class PreemptionTest {
  /** Pages of the longest sequence. */
  private static final int LONGEST = Rig.WIDE / 32;

  private static final int PROMPT = 10;
  private static final int UNLIMITED = 100_000;

  @TempDir Path folder;
  private Rig rig;

  @BeforeEach
  void open() {
    rig = Rig.wide(folder, "llama");
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static EngineConfig config(int pages, int sequences) {
    return Rig.config(pages, sequences, 8, 64, 1_000);
  }

  private static TokenIds prompt(int which, int length) {
    return TokenIds.of(TinyModels.prompt(Seeds.random(which), length));
  }

  /** Chooses no token that ends a generation. */
  private static SamplingParams endless(int seed) {
    var penalties = new Penalties(1.1f, 0.2f, 0.1f, 30);
    var bias = new LogitBias(List.of(new LogitBias.Entry(TinyModels.FIRST_BYTE - 1, -100)));
    return new SamplingParams(1, 0, 1, 0, 1, Distribution.SOFTMAX, penalties, bias, seed);
  }

  private static GenerationRequest request(int which) {
    return new GenerationRequest(prompt(which, PROMPT), endless(which), UNLIMITED, List.of());
  }

  private static List<GenerationRequest> requests(int count) {
    return IntStream.range(0, count).mapToObj(PreemptionTest::request).toList();
  }

  /** What each of the requests is answered when it has a large pool for itself. */
  private static List<TokenIds> alone(Rig rig, List<GenerationRequest> requests) {
    List<TokenIds> outputs = new ArrayList<>();
    for (GenerationRequest request : requests) {
      try (Engine engine = rig.engine(config(4 * LONGEST, 1))) {
        Answers answers = Answers.accepted(engine, request);
        Rig.drain(engine);
        outputs.add(answers.readAll().output());
      }
    }
    return outputs;
  }

  private static List<Answers> submit(Engine engine, List<GenerationRequest> requests) {
    return requests.stream().map(each -> Answers.accepted(engine, each)).toList();
  }

  private static List<TokenIds> outputs(List<Answers> answers) {
    return answers.stream().map(each -> each.readAll().output()).toList();
  }

  @Test
  void sequencesThatCouldNotAllComeToTheirLimitsRunTogether() {
    for (String architecture : TinyModels.ARCHITECTURES) {
      try (Rig each = Rig.wide(folder, architecture);
          Engine engine = each.engine(config(LONGEST + 4, 5))) {
        List<Answers> answers = submit(engine, requests(5));
        int together = 0;
        for (int rows = engine.step(); rows > 0; rows = engine.step()) {
          engine.checkInvariants();
          together += rows >= 4 ? 1 : 0;
        }
        assertEquals(alone(each, requests(5)), outputs(answers), architecture);
        assertTrue(together > 50, architecture + ": together in " + together + " steps");
        EngineStats stats = engine.stats();
        assertTrue(stats.preemptions() > 1, architecture + ": " + stats.preemptions());
        assertTrue(stats.recomputedTokens() > 0, architecture);
        assertEquals(5 * PROMPT, stats.cachedTokens() + stats.prefilledTokens());
        assertEquals(
            answers.stream().mapToLong(a -> a.usage().outputTokens()).sum(),
            stats.generatedTokens());
        assertEquals(LONGEST + 4, stats.pagesFree() + stats.pagesIdle());
      }
    }
  }

  /** The first one is not held up by a single step, and those behind it come in their order. */
  @Test
  void theOldestAlwaysComesToItsEndInAPoolForOne() {
    long steps = 0;
    List<GenerationRequest> requests = requests(4);
    try (Engine engine = rig.engine(config(LONGEST, 4))) {
      Answers first = Answers.accepted(engine, requests.getFirst());
      while (first.readAll().finish() == null) {
        steps += engine.step() > 0 ? 1 : 0;
      }
    }
    try (Engine engine = rig.engine(config(LONGEST, 4))) {
      List<Answers> answers = submit(engine, requests);
      List<Integer> ended = new ArrayList<>();
      long begun = steps;
      for (int rows = engine.step(); rows > 0; rows = engine.step()) {
        engine.checkInvariants();
        begun--;
        for (int i = 0; i < answers.size(); i++) {
          if (answers.get(i).readAll().finish() != null && !ended.contains(i)) {
            ended.add(i);
            assertTrue(i > 0 || begun == 0, begun + " steps");
          }
        }
      }
      assertEquals(alone(rig, requests), outputs(answers));
      List<Integer> ofFullLength =
          ended.stream().filter(i -> answers.get(i).output().size() == Rig.WIDE - PROMPT).toList();
      List<Integer> sorted = new ArrayList<>(ofFullLength);
      Collections.sort(sorted);
      assertEquals(sorted, ofFullLength);
      assertTrue(engine.stats().preemptions() > 0);
    }
  }

  @Test
  void rulesAndPenaltiesGoOnWhereTheyWere() {
    var tokens = new TokenOrder(rig.model().vocabulary());
    List<GenerationRequest> ruled = new ArrayList<>();
    List<GenerationRequest> again = new ArrayList<>();
    for (GenerationRequest each : requests(4)) {
      for (List<GenerationRequest> all : List.of(ruled, again)) {
        var words = new Grammar("root ::= (word [,.] \" \"){30,40}\nword ::= [a-z]{1,9}", tokens);
        all.add(
            new GenerationRequest(
                each.prompt(), each.sampling(), UNLIMITED, List.of(), words, "", 2, null));
      }
    }
    try (Engine engine = rig.engine(config(LONGEST + 2, 4))) {
      List<Answers> answers = submit(engine, ruled);
      Rig.drain(engine);
      assertEquals(alone(rig, again), outputs(answers));
      assertTrue(engine.stats().preemptions() > 0);
      answers.forEach(each -> assertEquals(each.output().size(), each.scores().size()));
    }
  }

  @Test
  void whoIsNotReadKeepsNobodyFromComingToItsEnd() {
    List<GenerationRequest> requests = requests(2);
    try (Engine engine = rig.engine(Rig.config(LONGEST, 2, 8, 64, 3))) {
      Answers unread = Answers.accepted(engine, requests.getFirst());
      Rig.drain(engine);
      Answers read = Answers.accepted(engine, requests.getLast());
      while (read.readAll().finish() == null) {
        assertTrue(engine.step() > 0, "it is held up");
        engine.checkInvariants();
      }
      assertEquals(1, engine.stats().preemptions());
      while (unread.readAll().finish() == null) {
        assertTrue(engine.step() > 0, "it does not go on");
        engine.checkInvariants();
      }
      assertEquals(alone(rig, requests), outputs(List.of(unread, read)));
    }
  }

  @Test
  void whoWasPreemptedCanBeCancelled() {
    try (Engine engine = rig.engine(config(LONGEST, 4))) {
      List<Answers> answers = submit(engine, requests(4));
      while (engine.stats().preemptions() == 0) {
        assertTrue(engine.step() > 0);
      }
      answers.forEach(each -> each.generation().cancel());
      assertEquals(0, engine.step());
      engine.checkInvariants();
      List<TokenIds> whole = alone(rig, requests(4));
      for (int i = 0; i < 4; i++) {
        Answers each = answers.get(i).readAll();
        assertEquals(FinishReason.CANCELLED, each.finish());
        assertEquals(whole.get(i).slice(0, each.output().size()), each.output());
        assertEquals(PROMPT, each.usage().cachedTokens() + each.usage().prefilledTokens());
      }
      assertEquals(LONGEST, engine.stats().pagesFree() + engine.stats().pagesIdle());
    }
  }

  @Test
  void aSampleHasTheQueriesOfEachTokenOnce() {
    List<QuerySample> expected = samples(4);
    List<QuerySample> found = samples(4);
    for (int i = 0; i < 4; i++) {
      List<TokenIds> ignored = alone(rig, List.of(request(i).sampled(expected.get(i))));
    }
    try (Engine engine = rig.engine(config(LONGEST + 2, 4))) {
      for (int i = 0; i < 4; i++) {
        Answers.accepted(engine, request(i).sampled(found.get(i)));
      }
      Rig.drain(engine);
      assertTrue(engine.stats().recomputedTokens() > 0);
    }
    for (int i = 0; i < 4; i++) {
      assertEquals(expected.get(i).seen(), found.get(i).seen());
      assertArrayEquals(expected.get(i).positions(), found.get(i).positions());
      assertArrayEquals(expected.get(i).queries(1, 1), found.get(i).queries(1, 1));
    }
  }

  private List<QuerySample> samples(int count) {
    var heads = rig.model().architecture().cacheLayout().heads();
    return IntStream.range(0, count).mapToObj(i -> new QuerySample(2, heads, Rig.WIDE, 1)).toList();
  }

  /** The only sequence there is waits for pages that are being written, and nobody fails. */
  @Test
  void theEngineGoesOnWhenAReaderLetsGo() throws InterruptedException {
    SnapshotRig disk = new SnapshotRig(folder.resolve("kv"));
    TokenIds kept = prompt(77, 5 * 32 + 1);
    List<TokenIds> expected = alone(rig, requests(1));
    Thread stepping;
    try (Engine engine =
            new Engine(
                config(LONGEST + 2, 2),
                rig.model(),
                rig.backend(),
                disk::nanos,
                disk.parts(),
                List.of());
        SnapshotRig working = disk) {
      Answers.accepted(engine, new GenerationRequest(kept, SamplingParams.GREEDY, 1, List.of()));
      Rig.drain(engine);
      working.lazy(true);
      engine.keep("", "session", kept);
      Answers answers = Answers.accepted(engine, request(0));
      Rig.drain(engine);
      // Five pages are being written, the other five are full.
      assertEquals(1 + 5 * 32 - PROMPT + 1, engine.stats().generatedTokens());
      assertEquals(0, engine.stats().pagesFree() + engine.stats().pagesIdle());
      stepping = Thread.ofPlatform().start(engine::run);
      boolean isWritten = working.workOne();
      assertTrue(isWritten);
      assertEquals(expected, List.of(answers.readToTheEnd().output()));
      assertEquals(0, engine.stats().preemptions());
    }
    stepping.join();
  }

  @Test
  void whatRunsWhileItsSaltIsForgottenIsNotFoundAgain() throws InterruptedException {
    try (Engine engine = rig.engine(config(LONGEST, 4))) {
      List<Answers> answers = submit(engine, requests(4));
      while (engine.stats().preemptions() == 0) {
        assertTrue(engine.step() > 0);
      }
      Thread forgetting = Thread.ofPlatform().start(() -> engine.forget(""));
      while (forgetting.isAlive()) {
        engine.step();
      }
      forgetting.join();
      Rig.drain(engine);
      assertEquals(alone(rig, requests(4)), outputs(answers));
      assertEquals(LONGEST, engine.stats().pagesFree());
    }
  }

  /** The only seat is taken by somebody of another salt whom nobody reads. */
  @Test
  void whatWaitsWhileItsSaltIsForgottenIsNotFoundLater() throws InterruptedException {
    try (Engine engine = rig.engine(Rig.config(2 * LONGEST, 1, 8, 64, 3))) {
      TokenIds prompt = prompt(1, 70);
      Answers sitting = Answers.accepted(engine, of("other", prompt(2, 70), 50));
      Answers waiting = Answers.accepted(engine, of("", prompt, 1));
      Answers others = Answers.accepted(engine, of("other", prompt, 1));
      Rig.drain(engine);
      Thread forgetting = Thread.ofPlatform().start(() -> engine.forget(""));
      while (forgetting.isAlive()) {
        engine.step();
      }
      forgetting.join();
      for (Answers each : List.of(sitting, waiting, others)) {
        while (each.readAll().finish() == null) {
          engine.step();
        }
      }
      assertEquals(0, cached(engine, of("", prompt, 1)));
      assertEquals(64, cached(engine, of("", prompt, 1)));
      assertEquals(64, cached(engine, of("other", prompt, 1)));
    }
  }

  private static GenerationRequest of(String salt, TokenIds prompt, int output) {
    return new GenerationRequest(prompt, endless(1), output, List.of(), null, salt);
  }

  private static int cached(Engine engine, GenerationRequest request) {
    Answers answers = Answers.accepted(engine, request);
    Rig.drain(engine);
    return answers.readAll().usage().cachedTokens();
  }

  /** Keeps every so-many-th key. */
  private static CacheCompactor every(int step) {
    return (past, isCancelled) -> {
      List<HeadKeys> heads = new ArrayList<>();
      for (int layer = 0; layer < past.layout().layers(); layer++) {
        for (int head = 0; head < past.layout().heads().keyValue(); head++) {
          HeadKeys exact = past.exact(layer, head);
          int[] which = IntStream.range(0, exact.count()).filter(i -> i % step == 0).toArray();
          heads.add(exact.pick(which));
        }
      }
      return heads;
    };
  }

  private Compaction.Outcome compact(Engine engine, TokenIds tokens, int step) {
    Answers.accepted(engine, new GenerationRequest(tokens, SamplingParams.GREEDY, 1, List.of()));
    Rig.drain(engine);
    var task = new Compaction.Task("", tokens, samples(1).getFirst(), every(step), Runnable::run);
    Compaction compaction = engine.compact(task);
    Rig.drain(engine);
    return compaction.outcome().orElseThrow();
  }

  @Test
  void pastsLeaveRoomForTheLongestSequence() {
    try (Engine engine = rig.engine(config(LONGEST + 1, 4))) {
      TokenIds tokens = prompt(5, 100);
      var none = assertInstanceOf(Compaction.Outcome.None.class, compact(engine, tokens, 1));
      assertEquals("the cache has no room for the result", none.reason());
      assertInstanceOf(Compaction.Outcome.Done.class, compact(engine, tokens, 8));
      List<Answers> answers = submit(engine, requests(2));
      Rig.drain(engine);
      assertEquals(alone(rig, requests(2)), outputs(answers));
    }
  }

  @Test
  void aPastThatCanNeverFitDrivesNothingOut() {
    try (Engine engine = rig.engine(config(LONGEST + 1, 4))) {
      assertEquals(0, cached(engine, of("other", prompt(6, 97), 1)));
      TokenIds tokens = prompt(5, 97);
      assertInstanceOf(Compaction.Outcome.None.class, compact(engine, tokens, 1));
      assertEquals(6, engine.stats().pagesIdle());
      assertEquals(96, cached(engine, of("other", prompt(6, 97), 1)));
      assertEquals(96, cached(engine, of("", tokens, 1)));
    }
  }

  @Test
  void sequencesBehindAPastGiveWayAndGoOnBehindIt() {
    TokenIds tokens = prompt(5, 65);
    List<TokenIds> expected = new ArrayList<>();
    try (Engine engine = rig.engine(config(4 * LONGEST, 1))) {
      CompactedPast past =
          assertInstanceOf(Compaction.Outcome.Done.class, compact(engine, tokens, 8)).past();
      for (GenerationRequest each : behind(past)) {
        Answers answers = Answers.accepted(engine, each);
        Rig.drain(engine);
        expected.add(answers.readAll().output());
      }
    }
    try (Engine engine = rig.engine(config(LONGEST + 1, 4))) {
      CompactedPast past =
          assertInstanceOf(Compaction.Outcome.Done.class, compact(engine, tokens, 8)).past();
      List<Answers> answers = submit(engine, behind(past));
      while (engine.stats().preemptions() == 0) {
        assertTrue(engine.step() > 0);
      }
      // Who goes on behind it keeps what it needs of it, pages or no pages.
      engine.forget(past);
      Rig.drain(engine);
      assertEquals(expected, outputs(answers));
      assertEquals(LONGEST + 1, engine.stats().pagesFree() + engine.stats().pagesIdle());
    }
  }

  private static List<GenerationRequest> behind(CompactedPast past) {
    return IntStream.range(0, 4)
        .mapToObj(i ->
            new GenerationRequest(
                    past.tokens().concat(prompt(i, 3)), endless(i), UNLIMITED, List.of())
                .behind(past))
        .toList();
  }
}
