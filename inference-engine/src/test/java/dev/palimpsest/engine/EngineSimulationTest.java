package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.TinyAdapters;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.Distribution;
import dev.palimpsest.engine.sample.LogitBias;
import dev.palimpsest.engine.sample.Penalties;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of random requests through engines with tiny pools of each type, stepped by hand: some
 * are read late, some cancelled, some refused, many begin as others began, and some are asked
 * again, whose tokens can be guessed. What was computed goes to disk now and then, files get
 * spoiled, and a second engine goes on with them as after a restart. After every step the
 * invariants hold; at the end no page is out; and each generation has the very tokens and the text
 * that it has alone, with nothing in the cache.
 */
class EngineSimulationTest {
  private static final int REQUESTS = 30;

  /** Beginnings that prompts share: two pages and a bit. */
  private static final int BEGINNING = 70;

  /** Of keys and values; as many as there are, so that every architecture comes to have each. */
  private static final List<DType> TYPES = List.of(DType.F32, DType.Q8_0, DType.F16, DType.BF16);

  @TempDir Path folder;

  /** What was asked to be kept in this round. */
  private final List<TokenIds> kept = new ArrayList<>();

  private long found;
  private long loaded;
  private long preempted;
  private long steps;
  private long guessed;
  private long came;
  private List<Adapter> adapters = List.of();
  private int refused;

  @Test
  void everyGenerationIsWhatItIsAlone() {
    simulate(TinyModels.ARCHITECTURES, Seeds.iterations(50));
  }

  @Test
  void soItIsWhereSequencesHaveStates() {
    simulate(TinyModels.HYBRIDS, Seeds.iterations(30));
  }

  private void simulate(List<String> architectures, int rounds) {
    long seed = Seeds.seed("EngineSimulationTest");
    RandomGenerator random = Seeds.random(seed);
    for (int round = 0; round < rounds; round++) {
      String architecture = architectures.get(round % architectures.size());
      DType type = TYPES.get(round % TYPES.size());
      String backend = random.nextBoolean() ? "vector" : "scalar";
      kept.clear();
      SnapshotRig disk = new SnapshotRig(folder.resolve("kv " + round));
      try (Rig rig =
              new Rig(folder, architecture, random.nextInt(5), backend, random.nextInt(1, 3));
          Adapter opened = adapter(rig)) {
        adapters = List.of(opened);
        simulate(rig, type, disk, random);
        disk.spoilOne(random);
        disk.reopen(random.nextInt(5) == 0 ? 0 : 1 << 24);
        simulate(rig, type, disk, random);
      }
      refused += disk.news(SnapshotNews.Refused.class).size();
    }
    System.out.println(
        found + " tokens were found in the cache, " + loaded + " on disk, " + refused + " refused");
    System.out.println(preempted + " preemptions in " + steps + " steps");
    System.out.println(guessed + " tokens were guessed, " + came + " of them rightly");
    assertTrue(found > 0, "nothing was ever found in the cache");
    assertTrue(loaded > 0, "nothing was ever found on disk");
    assertTrue(preempted > 0, "nobody was ever preempted");
    assertTrue(0 < came && came < guessed, "guesses were all right or all wrong");
  }

  private Adapter adapter(Rig rig) {
    Path file = TinyAdapters.write(folder, rig.model().file(), 3, 1);
    return Adapter.open(file, rig.model().weights());
  }

  private void simulate(Rig rig, DType type, SnapshotRig disk, RandomGenerator random) {
    List<Answers> accepted = new ArrayList<>();
    int pages = random.nextInt(1, 8);
    int sequences = random.nextInt(1, 5);
    int queue = random.nextInt(1, 6);
    int stepTokens = sequences + random.nextInt(20);
    int outbox = random.nextInt(1, 5);
    EngineConfig config =
        rig.narrowed(
            Rig.config(pages, sequences, queue, stepTokens, outbox, random.nextInt(9)), type);
    disk.lazy(true);
    try (Engine engine = engine(config, rig, disk::nanos, disk.parts());
        SnapshotRig working = disk) {
      for (int i = 0; i < REQUESTS; i++) {
        submit(engine, random, pages, accepted);
        for (int step = random.nextInt(12); step > 0; step--) {
          disturb(accepted, random);
          keep(engine, accepted, random);
          if (random.nextInt(4) == 0) {
            working.workOne();
          }
          step(engine);
          engine.checkInvariants();
        }
      }
      finish(engine, accepted, working);
      assertEquals(pages, engine.stats().pagesFree() + engine.stats().pagesIdle());
      assertEquals(accepted.size(), engine.stats().finished());
      found += engine.stats().cachedTokens();
      loaded += engine.stats().loadedTokens();
      preempted += engine.stats().preemptions();
      guessed += engine.stats().draftedTokens();
      came += engine.stats().acceptedTokens();
    }
    EngineConfig roomy = rig.narrowed(Rig.config(4, 1, 1, 128, 1_000), type);
    try (Engine alone = engine(roomy, rig, () -> 0, null)) {
      for (int i = 0; i < accepted.size(); i++) {
        compare(accepted.get(i), alone, "alone " + i);
      }
    }
  }

  private Engine engine(
      EngineConfig config, Rig rig, LongSupplier clock, @Nullable SnapshotParts parts) {
    return new Engine(config, rig.model(), rig.backend(), clock, parts, adapters);
  }

  private void submit(Engine engine, RandomGenerator random, int pages, List<Answers> accepted) {
    boolean isAgain = !accepted.isEmpty() && random.nextInt(3) == 0;
    GenerationRequest request =
        isAgain
            ? accepted.get(random.nextInt(accepted.size())).generation().request()
            : request(random);
    switch (engine.submit(request)) {
      case Admission.Accepted taken -> accepted.add(new Answers(taken.generation()));
      case Admission.Refused refused -> {
        int prompt = request.prompt().size();
        int tokens = Math.min(TinyModels.CONTEXT, prompt + request.outputTokensMax());
        var expected =
            prompt >= TinyModels.CONTEXT
                ? Admission.Reason.PROMPT_TOO_LONG
                : tokens > pages * 32
                    ? Admission.Reason.CACHE_TOO_SMALL
                    : Admission.Reason.QUEUE_FULL;
        assertEquals(expected, refused.reason(), refused.detail());
      }
    }
  }

  private GenerationRequest request(RandomGenerator random) {
    if (!kept.isEmpty() && random.nextInt(3) == 0) {
      TokenIds any = kept.get(random.nextInt(kept.size()));
      TokenIds more = TokenIds.of(TinyModels.prompt(random, random.nextInt(1, 9)));
      return request(any.concat(more), random);
    }
    boolean isCommon = random.nextInt(3) == 0;
    int length =
        isCommon || random.nextInt(10) == 0 ? random.nextInt(1, 140) : random.nextInt(1, 40);
    int[] tokens = TinyModels.prompt(random, length);
    if (isCommon) {
      int[] beginning = TinyModels.prompt(Seeds.random(random.nextInt(2)), BEGINNING);
      System.arraycopy(beginning, 0, tokens, 0, Math.min(length, BEGINNING));
    }
    return request(TokenIds.of(tokens), random);
  }

  private GenerationRequest request(TokenIds prompt, RandomGenerator random) {
    SamplingParams sampling =
        random.nextInt(3) == 0
            ? SamplingParams.GREEDY
            : new SamplingParams(
                random.nextFloat(0.1f, 3f),
                random.nextInt(60),
                random.nextFloat(0.1f, 1f),
                random.nextFloat(0.3f),
                random.nextBoolean() ? 1 : random.nextFloat(0.1f, 1f),
                random.nextBoolean() ? Distribution.SOFTMAX : Distribution.SPARSEMAX,
                random.nextBoolean() ? Penalties.NONE : new Penalties(1.3f, 0.2f, -0.1f, 9),
                random.nextBoolean()
                    ? LogitBias.NONE
                    : new LogitBias(List.of(new LogitBias.Entry(random.nextInt(300), 2))),
                random.nextLong());
    List<String> stop =
        random.nextInt(3) == 0 ? List.of(Character.toString(random.nextInt(32, 127))) : List.of();
    String salt = random.nextInt(4) == 0 ? "other" : "";
    int told = random.nextInt(-1, 4);
    String adapter = random.nextInt(4) == 0 ? "adapter 1" : null;
    return new GenerationRequest(
        prompt, sampling, outputTokens(random), stop, null, salt, told, adapter);
  }

  /** Most answers are short, some as long as they may be. */
  private static int outputTokens(RandomGenerator random) {
    return random.nextInt(5) == 0 ? random.nextInt(50, 130) : random.nextInt(1, 40);
  }

  /** Readers come and go, and some give up. */
  private static void disturb(List<Answers> accepted, RandomGenerator random) {
    for (Answers answers : accepted) {
      if (random.nextInt(3) > 0) {
        answers.readOne();
      }
      if (random.nextInt(200) == 0) {
        answers.generation().cancel();
      }
    }
  }

  /** What was said to the end may go to disk. */
  private void keep(Engine engine, List<Answers> accepted, RandomGenerator random) {
    if (accepted.isEmpty() || random.nextInt(4) > 0) {
      return;
    }
    Answers any = accepted.get(random.nextInt(accepted.size()));
    GenerationRequest request = any.generation().request();
    if (any.finish() != null && request.prompt().size() > 40) {
      String name = "session " + random.nextInt(3);
      TokenIds tokens = request.prompt().concat(any.output());
      String salt = request.cacheSalt();
      boolean isAdapted = request.adapter() != null;
      engine.keep(isAdapted ? adapters.getFirst().salt(salt) : salt, name, tokens);
      kept.add(tokens);
    }
  }

  private void step(Engine engine) {
    steps++;
    int ignored = engine.step();
  }

  private void finish(Engine engine, List<Answers> accepted, SnapshotRig disk) {
    boolean isOpen = true;
    for (int idle = 0; isOpen; idle++) {
      assertTrue(idle < 100_000, "the engine does not come to its end");
      disk.workAll();
      step(engine);
      engine.checkInvariants();
      isOpen = false;
      for (Answers answers : accepted) {
        isOpen |= answers.readAll().finish() == null;
      }
    }
    disk.close();
    step(engine);
  }

  private static void compare(Answers found, Engine alone, String salt) {
    GenerationRequest request = found.generation().request();
    Admission again =
        alone.submit(
            new GenerationRequest(
                request.prompt(),
                request.sampling(),
                request.outputTokensMax(),
                request.stop(),
                request.rules(),
                salt,
                request.topTold(),
                request.adapter()));
    Answers expected = new Answers(assertInstanceOf(Admission.Accepted.class, again).generation());
    Rig.drain(alone);
    expected.readAll();
    if (found.finish() == FinishReason.CANCELLED) {
      int length = found.output().size();
      assertEquals(expected.output().slice(0, length), found.output());
    } else {
      assertEquals(expected.output(), found.output());
      assertEquals(expected.text(), found.text());
      assertEquals(expected.finish(), found.finish());
      assertEquals(expected.scores(), found.scores());
      assertEquals(expected.generation().confidence(), found.generation().confidence());
      Usage usage = found.usage();
      assertEquals(
          expected.usage(),
          new Usage(
              usage.promptTokens(),
              0,
              usage.cachedTokens() + usage.prefilledTokens(),
              usage.outputTokens()));
    }
  }
}
