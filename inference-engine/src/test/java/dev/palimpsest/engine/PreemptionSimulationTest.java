package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A hundred thousand steps of engines whose pools are so small that sequences give way to one
 * another all the time, for keys and values of each type. They answer requests out of a few, so
 * that what each is answered alone, in a pool with room for everything, is computed once; meanwhile
 * readers stop and go on, some give up, beginnings are shared, guessed, written to disk, read from
 * there and forgotten. After every step the invariants hold, and nobody is ever held up for good.
 */
class PreemptionSimulationTest {
  private static final int REQUESTS = 60;
  private static final int STEPS = 400;
  private static final int LONGER = 5;
  private static final int PAGES = Rig.WIDE / 32;

  /** Beginnings that prompts share: two pages and a bit. */
  private static final int BEGINNING = 70;

  @TempDir Path folder;
  private RandomGenerator random = Seeds.random(0);
  private final List<GenerationRequest> requests = new ArrayList<>();
  private final Map<Integer, Answers> alone = new HashMap<>();
  private final List<Running> running = new ArrayList<>();
  private long steps;
  private long preempted;
  private long recomputed;
  private long ended;
  private long loaded;
  private long came;

  /** A generation and which of the requests it answers. */
  private record Running(int request, Answers answers) {}

  /** A hundred thousand steps in all; {@code -Dpalimpsest.long=true} takes five times as many. */
  @ParameterizedTest
  @CsvSource({
    "llama, F32, 40000",
    "llama, F16, 12000",
    "llama, BF16, 12000",
    "llama, Q8_0, 16000",
    "qwen35, F32, 8000",
    "qwen35, F16, 4000",
    "qwen35, BF16, 4000",
    "qwen35, Q8_0, 4000"
  })
  void everyGenerationIsWhatItIsAlone(String architecture, DType type, int usual) {
    boolean isLong = Boolean.getBoolean("palimpsest.long");
    simulate(architecture, type, Seeds.iterations(isLong ? LONGER * usual : usual));
  }

  private void simulate(String architecture, DType type, int stepsMin) {
    random = Seeds.random(Seeds.seed("PreemptionSimulationTest"));
    SnapshotRig disk = new SnapshotRig(folder.resolve("kv"));
    try (Rig rig = Rig.wide(folder, architecture);
        Engine roomy = rig.engine(rig.narrowed(Rig.config(4 * PAGES, 1, 1, 256, 1_000), type))) {
      for (int i = 0; i < REQUESTS; i++) {
        requests.add(request());
      }
      while (steps < stepsMin) {
        disk.lazy(true);
        disk.reopen(1 << 20);
        simulate(rig, type, disk, roomy);
      }
    }
    System.out.printf(
        "%s, %s: %d steps, %d generations, %d preemptions, %d tokens computed again, %d read,"
            + " %d guessed%n",
        architecture, type, steps, ended, preempted, recomputed, loaded, came);
    assertEquals(List.of(), disk.news(SnapshotNews.Refused.class));
    assertTrue(preempted > steps / 400, preempted + " preemptions in " + steps + " steps");
    assertTrue(recomputed > 0 && came > 0, recomputed + " computed again, " + came + " guessed");
    assertTrue(loaded > 0 || architecture.equals("qwen35"), "nothing was ever found on disk");
  }

  private void simulate(Rig rig, DType type, SnapshotRig disk, Engine roomy) {
    int pages = random.nextInt(PAGES, 2 * PAGES);
    int sequences = random.nextInt(2, 7);
    EngineConfig config =
        rig.narrowed(
            Rig.config(
                pages,
                sequences,
                random.nextInt(1, 5),
                sequences + random.nextInt(40),
                random.nextInt(3) == 0 ? random.nextInt(1, 5) : 50,
                random.nextInt(9)),
            type);
    running.clear();
    try (Engine engine =
            new Engine(config, rig.model(), rig.backend(), disk::nanos, disk.parts(), List.of());
        SnapshotRig working = disk) {
      for (int step = 0; step < STEPS; step++) {
        disturb(engine);
        if (random.nextInt(6) == 0) {
          working.workOne();
        }
        step(engine);
        compareEnded(roomy);
      }
      finish(engine, working, roomy);
      EngineStats stats = engine.stats();
      assertEquals(pages, stats.pagesFree() + stats.pagesIdle());
      preempted += stats.preemptions();
      recomputed += stats.recomputedTokens();
      loaded += stats.loadedTokens();
      came += stats.acceptedTokens();
    }
  }

  private void step(Engine engine) {
    steps++;
    int ignored = engine.step();
    engine.checkInvariants();
  }

  /** Requests and readers come and go. */
  private void disturb(Engine engine) {
    if (random.nextInt(4) == 0) {
      int which = random.nextInt(REQUESTS);
      if (engine.submit(requests.get(which)) instanceof Admission.Accepted accepted) {
        running.add(new Running(which, new Answers(accepted.generation())));
      }
    }
    for (Running each : running) {
      if (random.nextInt(3) > 0) {
        each.answers.readOne();
      }
      if (random.nextInt(600) == 0) {
        each.answers.generation().cancel();
      }
    }
  }

  /** Of what has ended each is compared, and some is kept on disk. */
  private void compareEnded(Engine roomy) {
    for (int i = running.size() - 1; i >= 0; i--) {
      Running each = running.get(i);
      if (each.answers.finish() != null) {
        running.remove(i);
        ended++;
        compare(alone(roomy, each.request), each.answers);
      }
    }
  }

  private Answers alone(Engine roomy, int which) {
    return alone.computeIfAbsent(
        which,
        i -> {
          Answers answers = Answers.accepted(roomy, requests.get(i));
          while (answers.readAll().finish() == null) {
            roomy.step();
          }
          return answers;
        });
  }

  private static void compare(Answers expected, Answers found) {
    if (found.finish() == FinishReason.CANCELLED) {
      int length = found.output().size();
      assertEquals(expected.output().slice(0, length), found.output());
      return;
    }
    assertEquals(expected.output(), found.output());
    assertEquals(expected.text(), found.text());
    assertEquals(expected.finish(), found.finish());
    assertEquals(expected.scores(), found.scores());
    assertEquals(expected.generation().confidence(), found.generation().confidence());
    Usage usage = found.usage();
    assertEquals(usage.promptTokens(), usage.cachedTokens() + usage.prefilledTokens());
  }

  private void finish(Engine engine, SnapshotRig disk, Engine roomy) {
    for (int idle = 0; !running.isEmpty(); idle++) {
      assertTrue(idle < 100_000, "the engine does not come to its end");
      disk.workAll();
      step(engine);
      for (Running each : running) {
        keep(engine, each.answers.readAll());
      }
      compareEnded(roomy);
    }
    disk.close();
    step(engine);
  }

  private void keep(Engine engine, Answers answers) {
    GenerationRequest request = answers.generation().request();
    if (answers.finish() != null && request.prompt().size() > 40) {
      String name = "session " + random.nextInt(9);
      engine.keep(request.cacheSalt(), name, request.prompt().concat(answers.output()));
    }
  }

  private GenerationRequest request() {
    boolean isCommon = random.nextInt(3) == 0;
    int length = random.nextInt(3) == 0 ? random.nextInt(30, 160) : random.nextInt(1, 40);
    int[] tokens = TinyModels.prompt(random, length);
    if (isCommon) {
      int[] beginning = TinyModels.prompt(Seeds.random(random.nextInt(2)), BEGINNING);
      System.arraycopy(beginning, 0, tokens, 0, Math.min(length, BEGINNING));
    }
    var penalties = random.nextBoolean() ? Penalties.NONE : new Penalties(1.2f, 0.2f, 0.1f, 40);
    // Few end before their limit.
    var bias = new LogitBias(List.of(new LogitBias.Entry(TinyModels.FIRST_BYTE - 1, -4)));
    SamplingParams sampling =
        random.nextInt(3) == 0
            ? SamplingParams.GREEDY
            : new SamplingParams(
                random.nextFloat(0.1f, 2f),
                random.nextInt(60),
                random.nextFloat(0.5f, 1f),
                0,
                1,
                Distribution.SOFTMAX,
                penalties,
                bias,
                random.nextLong());
    int output = random.nextInt(4) == 0 ? random.nextInt(1, 30) : random.nextInt(60, 1_000);
    String salt = random.nextInt(4) == 0 ? "other" : "";
    int told = random.nextInt(-1, 3);
    return new GenerationRequest(
        TokenIds.of(tokens), sampling, output, List.of(), null, salt, told, null);
  }
}
