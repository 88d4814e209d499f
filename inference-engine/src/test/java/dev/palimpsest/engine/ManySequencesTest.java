package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What sequences take they give back, however many there were and however they ended. */
@Timeout(120)
class ManySequencesTest {
  private static final int PAGES = Rig.WIDE / 32;
  private static final int OUTBOX = 100;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"llama, 10000", "qwen35, 2000"})
  void thousandsOfSequencesLeaveNoPageBehind(String architecture, int sequences)
      throws InterruptedException {
    RandomGenerator random = Seeds.random(Seeds.seed("ManySequencesTest"));
    try (Rig rig = Rig.wide(folder, architecture);
        Engine engine = rig.engine(Rig.config(PAGES, 8, 8, 64, OUTBOX, 4))) {
      List<Generation> asked = new ArrayList<>();
      int accepted = 0;
      while (accepted < sequences) {
        while (accepted < sequences
            && engine.submit(request(random)) instanceof Admission.Accepted(Generation next)) {
          accepted++;
          asked.add(next);
        }
        if (random.nextInt(8) == 0) {
          asked.get(random.nextInt(asked.size())).cancel();
        }
        assertTrue(engine.step() > 0);
        asked.removeIf(generation -> generation.usage().isPresent());
      }
      Rig.drain(engine);
      EngineStats stats = engine.stats();
      assertEquals(sequences, stats.finished());
      assertTrue(stats.preemptions() > 0, "the pool was never too small");
      assertEquals(stats.pages(), stats.pagesFree() + stats.pagesIdle());
      forget(engine);
      assertEquals(stats.pages(), engine.stats().pagesFree());
    }
  }

  private static void forget(Engine engine) throws InterruptedException {
    Thread forgetting = Thread.ofVirtual().start(() -> engine.forget(""));
    while (forgetting.isAlive()) {
      assertEquals(0, engine.step());
    }
    forgetting.join();
    engine.checkInvariants();
  }

  /** Of two pages at most, a third of them beginning alike; some answers take three more. */
  private static GenerationRequest request(RandomGenerator random) {
    int[] prompt = new int[1 + random.nextInt(60)];
    int shift = random.nextInt(3) == 0 ? 0 : random.nextInt(20);
    for (int i = 0; i < prompt.length; i++) {
      prompt[i] = TinyModels.FIRST_BYTE + 'a' + (i + shift) % 26;
    }
    return new GenerationRequest(
        TokenIds.of(prompt),
        new SamplingParams(1, 0, 1, 0, random.nextLong()),
        random.nextInt(10) == 0 ? OUTBOX : 1 + random.nextInt(10),
        List.of());
  }
}
