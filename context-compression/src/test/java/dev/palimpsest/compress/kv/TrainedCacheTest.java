package dev.palimpsest.compress.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.compress.CompactionReport;
import dev.palimpsest.compress.CompactionRequest;
import dev.palimpsest.compress.CompactionRequest.Budgets;
import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.RequestedCompaction;
import dev.palimpsest.compress.kv.AttentionMatching.Selection;
import dev.palimpsest.engine.Admission;
import dev.palimpsest.engine.Compaction;
import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.engine.FinishReason;
import dev.palimpsest.engine.Generation;
import dev.palimpsest.engine.GenerationRequest;
import dev.palimpsest.engine.TokenDelta;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Tiles;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session of the bundled reader in a running engine, compacted beside it on a worker. */
class TrainedCacheTest {
  private static final Path READER =
      Path.of("..", "inference-engine", "models", "palimpsest-reader-q8_0.gguf");
  private static final List<String> NAMES = List.of("Anna", "Boris", "Clara", "David", "Elena");
  private static final List<String> TOWNS = List.of("Oslo", "Lima", "Cairo", "Dublin", "Kyoto");
  private static final List<String> PETS = List.of("parrot", "rabbit", "goat", "pony", "duck");

  private final Model model = Model.open(READER);
  private final Backend backend = Backend.open("vector", 1);
  private final Engine engine =
      new Engine(new EngineConfig(1_024, 32L << 20, 4, 16, 128, 64, 0, 1L << 30), model, backend);
  private final Thread thread = Thread.ofPlatform().unstarted(engine::run);
  private final ExecutorService worker = Executors.newSingleThreadExecutor();
  private final QuerySample queries =
      new QuerySample(
          model.architecture().layers(), model.architecture().cacheLayout().heads(), 128, 1);
  private String memories = "";

  @BeforeEach
  void readAndAsk() throws InterruptedException {
    thread.start();
    StringBuilder lines = new StringBuilder("<|im_start|>memory");
    for (int i = 0; i < 15; i++) {
      String name = NAMES.get(i % 5);
      String said =
          switch (i / 5) {
            case 0 -> name + " lives in " + TOWNS.get(i % 5) + ".";
            case 1 -> "Did you see how much it rained this morning?";
            default -> name + " adopted a " + PETS.get(i % 5) + ".";
          };
      lines.append("\n[%d March 2023] Tom: %s".formatted(i + 1, said));
    }
    memories = lines.toString();
    for (String name : NAMES) {
      TokenIds ignored = answer("Where does " + name + " live?", null);
    }
  }

  @AfterEach
  void close() throws InterruptedException {
    engine.close();
    thread.join();
    worker.shutdown();
    backend.close();
    model.close();
  }

  private TokenIds prompt(String question) {
    return model
        .tokenizer()
        .encodePrompt(
            memories
                + "<|im_end|>\n<|im_start|>user\n"
                + question
                + "<|im_end|>\n<|im_start|>assistant\n");
  }

  private TokenIds answer(String question, @org.jspecify.annotations.Nullable CompactedPast past)
      throws InterruptedException {
    GenerationRequest request =
        new GenerationRequest(prompt(question), SamplingParams.GREEDY, 8, List.of())
            .sampled(queries)
            .behind(past);
    Generation generation =
        assertInstanceOf(Admission.Accepted.class, engine.submit(request)).generation();
    FinishReason finish = null;
    while (finish == null) {
      TokenDelta delta = generation.take();
      finish = delta.finish();
    }
    assertTrue(finish != FinishReason.FAILED);
    return generation.output().orElseThrow();
  }

  private CompactionReport compact(Compactor method, double ratio) throws InterruptedException {
    RequestedCompaction work =
        new RequestedCompaction(
            new CompactionRequest(method, ratio, Budgets.UNIFORM, CompactionRequest.SINKS, null));
    CompactedPast past = compacted(work);
    CompactionReport report = work.report().orElseThrow();
    int dim = model.architecture().heads().dim();
    assertEquals(report.keysAfter() * Tiles.keyBytes(dim), past.bytes());
    engine.forget(past);
    return report;
  }

  private CompactedPast compacted(RequestedCompaction work) throws InterruptedException {
    TokenIds past = model.tokenizer().encodePrompt(memories);
    Compaction compaction = engine.compact(new Compaction.Task("", past, queries, work, worker));
    return assertInstanceOf(Compaction.Outcome.Done.class, compaction.await()).past();
  }

  /** At equal bytes, on queries that were held out. */
  @Test
  void matchingBeatsEveryEviction() throws InterruptedException {
    for (double ratio : new double[] {5, 10}) {
      for (Selection selection : Selection.values()) {
        CompactionReport matched = compact(new AttentionMatching(selection), ratio);
        for (Compactor other :
            List.of(
                new KeepRecent(),
                new KeyNorm(),
                new ExpectedAttention(),
                new AttentionScore(),
                new PeakAttention())) {
          CompactionReport evicted = compact(other, ratio);
          String where = matched.method() + " and " + other.name() + " at " + ratio;
          assertEquals(evicted.keysAfter(), matched.keysAfter());
          assertTrue(matched.meanError().output() < evicted.meanError().output(), where);
          assertTrue(matched.meanError().massMean() < evicted.meanError().massMean(), where);
        }
      }
    }
  }

  @Test
  void theErrorGrowsWithTheRatio() throws InterruptedException {
    double last = -1;
    for (double ratio : new double[] {1, 2, 5, 10, 20}) {
      double error = compact(new AttentionMatching(Selection.PURSUIT), ratio).meanError().output();
      assertTrue(error > last, ratio + ": " + error + " after " + last);
      last = error;
    }
  }

  /** Behind a past at ratio 1 the session answers as before, and without it too. */
  @Test
  void theSessionGoesOnBehindThePast() throws InterruptedException {
    TokenIds exact = answer("What pet does Clara have?", null);
    CompactedPast past =
        compacted(
            new RequestedCompaction(
                new CompactionRequest(
                    new AttentionMatching(Selection.PURSUIT), 1, Budgets.PEAKS, 4, null)));
    assertEquals(exact, answer("What pet does Clara have?", past));
    assertEquals(exact, answer("What pet does Clara have?", null));
  }
}
