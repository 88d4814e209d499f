package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.Distribution;
import dev.palimpsest.engine.sample.LogitBias;
import dev.palimpsest.engine.sample.Penalties;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Beginnings that are compacted beside the steps, and sequences that go on from them. */
class CompactionEngineTest {
  static final int PAST = 64;
  private static final Executor HERE = Runnable::run;

  @TempDir Path folder;

  /** Keeps every so-many-th key. */
  private static CacheCompactor every(int step) {
    return (past, isCancelled) -> {
      List<HeadKeys> heads = new ArrayList<>();
      for (int layer = 0; layer < past.layout().layers(); layer++) {
        for (int head = 0; head < past.layout().heads().keyValue(); head++) {
          HeadKeys exact = past.exact(layer, head);
          int[] which = new int[Math.ceilDiv(exact.count(), step)];
          for (int i = 0; i < which.length; i++) {
            which[i] = i * step;
          }
          heads.add(exact.pick(which));
        }
      }
      return isCancelled.getAsBoolean() ? null : heads;
    };
  }

  private static QuerySample sample(Rig rig) {
    return new QuerySample(2, rig.model().architecture().cacheLayout().heads(), 16, 1);
  }

  static TokenIds tokens(int seed, int length) {
    return TokenIds.of(TinyModels.prompt(Seeds.random(seed), length));
  }

  private static GenerationRequest request(TokenIds prompt, int output) {
    return new GenerationRequest(prompt, SamplingParams.GREEDY, output, List.of());
  }

  /** It does not end before its limit. */
  static GenerationRequest endless(TokenIds prompt, int output, int seed) {
    var bias = new LogitBias(List.of(new LogitBias.Entry(TinyModels.FIRST_BYTE - 1, -100)));
    var sampling =
        new SamplingParams(1, 0, 1, 0, 1, Distribution.SOFTMAX, Penalties.NONE, bias, seed);
    return new GenerationRequest(prompt, sampling, output, List.of());
  }

  static TokenIds answer(Engine engine, GenerationRequest request) {
    Answers answers = Answers.accepted(engine, request);
    Rig.drain(engine);
    return answers.readAll().output();
  }

  static Compaction compact(Engine engine, Rig rig, TokenIds tokens, int step) {
    var task = new Compaction.Task("", tokens, sample(rig), every(step), HERE);
    Compaction compaction = engine.compact(task);
    Rig.drain(engine);
    return compaction;
  }

  static CompactedPast past(Compaction compaction) {
    return assertInstanceOf(Compaction.Outcome.Done.class, compaction.outcome().orElseThrow())
        .past();
  }

  private static String refusal(Compaction compaction) {
    return assertInstanceOf(Compaction.Outcome.None.class, compaction.outcome().orElseThrow())
        .reason();
  }

  @Test
  void aPastThatKeepsEverythingGoesOnAsTheExactOne() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.engine(Rig.config(16, 4, 8, 32, 1_000))) {
      TokenIds prompt = tokens(1, PAST + 10);
      TokenIds exact = answer(engine, request(prompt, 20));
      CompactedPast past = past(compact(engine, rig, prompt, 1));
      assertEquals(prompt.slice(0, PAST), past.tokens());
      Answers behind = Answers.accepted(engine, request(prompt, 20).behind(past));
      Rig.drain(engine);
      assertEquals(exact, behind.readAll().output());
      assertEquals(PAST, behind.usage().cachedTokens());
    }
  }

  /**
   * Expanding is asking without the past: the tokens are still known, and so are pages, or anew.
   */
  @Test
  void withoutThePastEverythingIsExactAgain() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.engine(Rig.config(16, 4, 8, 32, 1_000))) {
      TokenIds prompt = tokens(2, PAST + 10);
      TokenIds exact = answer(engine, request(prompt, 30));
      CompactedPast past = past(compact(engine, rig, prompt, 8));
      TokenIds behind = answer(engine, request(prompt, 30).behind(past));
      assertNotEquals(exact, behind);
      assertEquals(exact, answer(engine, request(prompt, 30)));
      // Nothing that was computed behind the past was published.
      TokenIds longer = prompt.concat(behind);
      TokenIds fresh;
      try (Engine other = rig.engine(Rig.config(16, 4, 8, 32, 1_000))) {
        fresh = answer(other, request(longer, 5));
      }
      assertEquals(fresh, answer(engine, request(longer, 5)));
    }
  }

  /** Another engine takes what was made and goes on from it as the one that made it. */
  @Test
  void aPastThatIsRestoredGoesOnAsTheOneThatWasMade() {
    try (Rig rig = Rig.llama(folder)) {
      TokenIds prompt = tokens(7, PAST + 10);
      List<HeadKeys> made = new ArrayList<>();
      TokenIds expected;
      try (Engine engine = rig.engine(Rig.config(16, 4, 8, 32, 1_000))) {
        TokenIds ignored = answer(engine, request(prompt, 1));
        CacheCompactor method =
            (past, isCancelled) -> {
              made.addAll(Objects.requireNonNull(every(5).compact(past, isCancelled)));
              return made;
            };
        Compaction compaction =
            engine.compact(new Compaction.Task("", prompt, sample(rig), method, HERE));
        Rig.drain(engine);
        expected = answer(engine, request(prompt, 30).behind(past(compaction)));
        assertNotEquals(answer(engine, request(prompt, 30)), expected);
      }
      try (Engine engine = rig.engine(Rig.config(16, 4, 8, 32, 1_000))) {
        Compaction restoring = engine.restoring().restore("", prompt.slice(0, PAST), made);
        Rig.drain(engine);
        Answers behind = Answers.accepted(engine, request(prompt, 30).behind(past(restoring)));
        Rig.drain(engine);
        assertEquals(expected, behind.readAll().output());
        assertEquals(PAST, behind.usage().cachedTokens());
        assertThrows(
            IllegalArgumentException.class,
            () -> engine.restoring().restore("", prompt.slice(0, PAST - 1), made));
        assertThrows(
            IllegalArgumentException.class,
            () -> engine.restoring().restore("", prompt.slice(0, PAST), made.subList(1, 4)));
      }
      try (Engine small = rig.engine(Rig.config(4, 4, 8, 32, 1_000))) {
        Compaction restoring = small.restoring().restore("", prompt.slice(0, PAST), made);
        Rig.drain(small);
        assertTrue(refusal(restoring).contains("no room"));
      }
    }
  }

  @Test
  void forksShareThePastAndAnswerAsAlone() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.engine(Rig.config(20, 4, 8, 32, 1_000))) {
      TokenIds prompt = tokens(3, PAST + 5);
      TokenIds ignored = answer(engine, request(prompt, 1));
      CompactedPast past = past(compact(engine, rig, prompt, 3));
      List<TokenIds> prompts = new ArrayList<>();
      List<TokenIds> alone = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        prompts.add(past.tokens().concat(tokens(10 + i, 3 + 5 * i)));
        alone.add(answer(engine, request(prompts.get(i), 12).behind(past)));
      }
      List<Answers> together = new ArrayList<>();
      for (TokenIds each : prompts) {
        together.add(Answers.accepted(engine, request(each, 12).behind(past)));
      }
      Rig.drain(engine);
      for (int i = 0; i < 4; i++) {
        assertEquals(alone.get(i), together.get(i).readAll().output());
      }
    }
  }

  @Test
  void aPastThatIsGivenUpLeavesNoPageBehind() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.engine(Rig.config(16, 4, 8, 32, 1_000))) {
      TokenIds prompt = tokens(4, PAST + 1);
      TokenIds ignored = answer(engine, request(prompt, 1));
      int before = engine.stats().pagesFree();
      CompactedPast past = past(compact(engine, rig, prompt, 4));
      assertTrue(engine.stats().pagesFree() < before);
      TokenIds exact = answer(engine, request(prompt, 30));
      TokenIds expected = answer(engine, request(prompt, 30).behind(past));
      assertNotEquals(exact, expected);
      Answers running = Answers.accepted(engine, request(prompt, 30).behind(past));
      engine.step();
      engine.forget(past);
      Answers late = Answers.accepted(engine, request(prompt, 30).behind(past));
      Rig.drain(engine);
      assertEquals(expected, running.readAll().output());
      assertFalse(past.isKept());
      assertEquals(exact, late.readAll().output());
      engine.forget(past);
      Rig.drain(engine);
      assertEquals(before, engine.stats().pagesFree());
    }
  }

  @Test
  void whatCannotBeCompactedIsRefusedByName() {
    for (String architecture : List.of("gemma3", "phi3", "qwen35")) {
      try (Rig rig = new Rig(folder, architecture, 1, "vector", 1);
          Engine engine = rig.roomy()) {
        String reason = refusal(compact(engine, rig, tokens(5, PAST), 2));
        assertTrue(reason.startsWith(architecture), reason);
      }
    }
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      assertEquals(
          "nothing of it is in the cache", refusal(compact(engine, rig, tokens(5, PAST), 2)));
    }
  }

  @Test
  void whatIsForgottenUnderASaltIsForgottenCompactedToo() throws Exception {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      TokenIds prompt = tokens(32, PAST + 1);
      TokenIds ignored = answer(engine, request(prompt, 1));
      CompactedPast past = past(compact(engine, rig, prompt, 2));
      List<Runnable> later = new ArrayList<>();
      Compaction working =
          engine.compact(new Compaction.Task("", prompt, sample(rig), every(2), later::add));
      engine.step();
      Thread other =
          Thread.ofVirtual()
              .start(() -> {
                int forgotten = engine.forget("");
                assertTrue(forgotten > 0);
              });
      while (other.isAlive()) {
        engine.step();
      }
      assertFalse(past.isKept());
      later.getFirst().run();
      engine.step();
      assertEquals("it was cancelled", refusal(working));
      assertEquals(engine.stats().pages(), engine.stats().pagesFree());
    }
  }

  private static void forget(Engine engine) {
    Thread other = Thread.ofVirtual().start(() -> engine.forget(""));
    while (other.isAlive()) {
      engine.step();
    }
  }

  private static int cached(Engine engine, GenerationRequest request) {
    Answers answers = Answers.accepted(engine, request);
    Rig.drain(engine);
    return answers.readAll().usage().cachedTokens();
  }

  /** It was made from what is to be forgotten, though it comes after. */
  @Test
  void whatIsAskedBehindAForgottenPastMakesNothingKnown() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      GenerationRequest request = request(tokens(33, PAST + 1), 1);
      TokenIds exact = answer(engine, request);
      CompactedPast past = past(compact(engine, rig, request.prompt(), 2));
      forget(engine);
      assertTrue(past.isForgotten());
      assertEquals(exact, answer(engine, request.behind(past)));
      assertEquals(engine.stats().pages(), engine.stats().pagesFree());
      assertEquals(0, cached(engine, request));
      assertEquals(PAST, cached(engine, request));
    }
  }

  /** Whoever cancelled takes no result any more, so it must not be there. */
  @Test
  void whatIsCancelledInTheLastMomentIsNotDone() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      TokenIds prompt = tokens(34, PAST + 1);
      TokenIds ignored = answer(engine, request(prompt, 1));
      var done = new Compaction.Outcome.Done(past(compact(engine, rig, prompt, 2)));
      Compaction late =
          new Compaction(new Compaction.Task("", prompt, sample(rig), every(2), HERE));
      assertTrue(late.finish(done));
      late.cancel();
      assertEquals(done, late.outcome().orElseThrow());
      Compaction early =
          new Compaction(new Compaction.Task("", prompt, sample(rig), every(2), HERE));
      early.cancel();
      assertFalse(early.finish(done));
      assertTrue(early.outcome().isEmpty());
      assertTrue(early.finish(new Compaction.Outcome.None("it was cancelled")));
      assertEquals("it was cancelled", refusal(early));
    }
  }

  /** A worker that takes nothing ends the engine, and nobody waits for ever. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whereTheWorkerTakesNothingTheCompactionHasAnEnd() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      TokenIds prompt = tokens(35, PAST + 1);
      TokenIds ignored = answer(engine, request(prompt, 1));
      Executor none =
          job -> {
            throw new RejectedExecutionException("closed");
          };
      Compaction compaction =
          engine.compact(new Compaction.Task("", prompt, sample(rig), every(2), none));
      Answers waiting = Answers.accepted(engine, request(prompt, 1));
      engine.run();
      assertInstanceOf(RejectedExecutionException.class, engine.failure().orElseThrow());
      assertEquals("the engine has stopped", refusal(compaction));
      assertEquals(FinishReason.FAILED, waiting.readAll().finish());
    }
  }

  @Test
  void aPastIsForItsTokensAndItsSaltAlone() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      TokenIds prompt = tokens(6, PAST + 1);
      TokenIds ignored = answer(engine, request(prompt, 1));
      CompactedPast past = past(compact(engine, rig, prompt, 2));
      assertThrows(IllegalArgumentException.class, () -> request(past.tokens(), 1).behind(past));
      assertThrows(
          IllegalArgumentException.class, () -> request(tokens(7, PAST + 9), 1).behind(past));
      GenerationRequest foreign =
          new GenerationRequest(prompt, SamplingParams.GREEDY, 1, List.of(), null, "other")
              .behind(past);
      assertThrows(IllegalArgumentException.class, () -> engine.submit(foreign));
    }
  }

  @Test
  void aCancelledOneAndOneAtTheEndLeaveNothing() {
    try (Rig rig = Rig.llama(folder)) {
      Engine engine = rig.roomy();
      TokenIds prompt = tokens(8, PAST + 1);
      TokenIds ignored = answer(engine, request(prompt, 1));
      int free = engine.stats().pagesFree();
      List<Runnable> later = new ArrayList<>();
      var task = new Compaction.Task("", prompt, sample(rig), every(2), later::add);
      Compaction cancelled = engine.compact(task);
      Compaction waiting = engine.compact(task);
      engine.step();
      cancelled.cancel();
      later.getFirst().run();
      engine.step();
      engine.checkInvariants();
      assertEquals("it was cancelled", refusal(cancelled));
      assertEquals(free, engine.stats().pagesFree());
      later.getLast().run();
      engine.close();
      assertEquals("the engine has stopped", refusal(waiting));
      assertEquals("the engine has stopped", refusal(engine.compact(task)));
    }
  }

  @Test
  void aSampleHoldsTheQueriesOfWhatWasComputed() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      TokenIds prompt = tokens(9, PAST + 10);
      QuerySample all = sample(rig);
      TokenIds ignored = answer(engine, request(prompt, 4).sampled(all));
      assertEquals(PAST + 10 + 3, all.seen());
      QuerySample rest = sample(rig);
      TokenIds again = answer(engine, request(prompt, 4).sampled(rest));
      assertEquals(ignored, again);
      assertEquals(10 + 3, rest.seen());
      for (int position : rest.positions()) {
        assertTrue(position >= PAST);
      }
    }
  }

  /** What was answered among others is answered alone, before or behind the same past. */
  private static void compare(Engine engine, List<Answers> answers) {
    Rig.drain(engine);
    for (Answers each : answers) {
      GenerationRequest request = each.generation().request();
      if (each.readAll().finish() != FinishReason.FAILED) {
        assertEquals(answer(engine, request), each.output());
      }
    }
    answers.clear();
  }

  /** A tiny pool, random requests before and behind pasts; pages always add up. */
  @Test
  void pagesAddUpWhateverIsCompactedAndForgotten() {
    RandomGenerator random = Seeds.random(Seeds.seed("CompactionEngineTest"));
    try (Rig rig = Rig.wide(folder, "llama");
        Engine engine = rig.engine(Rig.config(11, 4, 8, 16, 1_000))) {
      List<TokenIds> prompts = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        prompts.add(tokens(20 + i, 40 + 20 * i));
      }
      List<Compaction> asked = new ArrayList<>();
      List<CompactedPast> pasts = new ArrayList<>();
      List<Answers> answers = new ArrayList<>();
      int done = 0;
      for (int i = 0; i < Seeds.iterations(1_500); i++) {
        TokenIds prompt = prompts.get(random.nextInt(prompts.size()));
        switch (random.nextInt(8)) {
          case 0 -> {
            CacheCompactor method = every(1 + random.nextInt(6));
            asked.add(engine.compact(new Compaction.Task("", prompt, sample(rig), method, HERE)));
          }
          case 1 -> {
            if (!pasts.isEmpty() && random.nextInt(3) == 0) {
              compare(engine, answers);
              engine.forget(pasts.remove(random.nextInt(pasts.size())));
            }
          }
          case 2, 3 -> {
            GenerationRequest request = endless(prompt, 1 + random.nextInt(180), random.nextInt(9));
            CompactedPast past = pasts.isEmpty() ? null : pasts.get(random.nextInt(pasts.size()));
            boolean isBehind = past != null && past.isBeginningOf(prompt);
            if (engine.submit(isBehind ? request.behind(past) : request)
                instanceof Admission.Accepted accepted) {
              answers.add(new Answers(accepted.generation()));
            }
          }
          default -> {
            engine.step();
            engine.checkInvariants();
          }
        }
        for (Compaction each : List.copyOf(asked)) {
          if (each.outcome().isPresent()) {
            asked.remove(each);
            if (each.outcome().get() instanceof Compaction.Outcome.Done(CompactedPast past)) {
              pasts.add(past);
              done++;
            }
          }
        }
      }
      compare(engine, answers);
      pasts.forEach(engine::forget);
      Rig.drain(engine);
      assertEquals(11, engine.stats().pagesFree() + engine.stats().pagesIdle());
      assertTrue(engine.stats().preemptions() > 20, engine.stats().preemptions() + " preemptions");
      assertTrue(done > 20, done + " compactions");
    }
  }
}
