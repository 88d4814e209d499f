package dev.palimpsest.engine.ground;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Admission;
import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.engine.FinishReason;
import dev.palimpsest.engine.Generation;
import dev.palimpsest.engine.GenerationRequest;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.TokenDelta;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Grounded generations of tiny random models, whose tokens are bytes: all that is said stands in
 * the sources, is cited as a reading by brute force cites it, and is the same alone and in a batch.
 */
class GroundedEngineTest {
  private static final int BATCH = 6;
  private static final int CONTEXT = TinyModels.CONTEXT;

  @TempDir Path folder;

  private record Asked(GroundedCase from, Grounding grounding, GenerationRequest request) {}

  private record Said(String text, FinishReason finish, TokenIds output) {}

  @Test
  void whatIsSaidStandsInTheSources() {
    long seed = Seeds.seed("GroundedEngineTest");
    RandomGenerator random = Seeds.random(seed);
    int whole = 0;
    int quoted = 0;
    for (int round = 0; round < Seeds.iterations(40); round++) {
      String architecture = TinyModels.ARCHITECTURES.get(round % TinyModels.ARCHITECTURES.size());
      try (Model model = Model.open(TinyModels.write(folder, architecture, random.nextInt(9)));
          Backend backend = Backend.open(random.nextBoolean() ? "vector" : "scalar", 1)) {
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < 2 * BATCH; i++) {
          asked.add(ask(model, random));
        }
        List<Said> together = answers(model, backend, BATCH, asked);
        assertEquals(answers(model, backend, 1, asked), together);
        for (int i = 0; i < asked.size(); i++) {
          check(asked.get(i), together.get(i));
          whole += together.get(i).finish() == FinishReason.STOP ? 1 : 0;
          quoted += asked.get(i).grounding().citations(together.get(i).output()).size();
        }
      }
    }
    assertTrue(whole > 50 && quoted > 100, whole + " whole answers, " + quoted + " citations");
  }

  private static Asked ask(Model model, RandomGenerator random) {
    GroundedCase from = GroundedCase.draw(random);
    Grounding grounding = new Grounding(model.tokenizer(), from.sources(), from.question());
    TokenIds prompt = TokenIds.of(TinyModels.prompt(random, random.nextInt(1, 20)));
    SamplingParams sampling =
        random.nextInt(4) == 0
            ? SamplingParams.GREEDY
            : new SamplingParams(
                random.nextFloat(0.3f, 3f),
                random.nextInt(6),
                random.nextFloat(0.5f, 1f),
                random.nextFloat(0.1f),
                random.nextLong());
    int tokens = random.nextInt(3) == 0 ? random.nextInt(1, 20) : 100;
    return new Asked(
        from, grounding, new GenerationRequest(prompt, sampling, tokens, List.of(), grounding, ""));
  }

  private static List<Said> answers(
      Model model, Backend backend, int sequences, List<Asked> asked) {
    EngineConfig sizes = new EngineConfig(CONTEXT, 1 << 18, sequences, 64, 64, 1_000, 0, 1L << 30);
    List<Generation> generations = new ArrayList<>();
    try (Engine engine = new Engine(sizes, model, backend)) {
      for (Asked each : asked) {
        Admission answer = engine.submit(each.request());
        generations.add(assertInstanceOf(Admission.Accepted.class, answer).generation());
      }
      while (engine.step() > 0) {
        assertTrue(engine.isHealthy());
      }
      return generations.stream().map(GroundedEngineTest::read).toList();
    }
  }

  private static Said read(Generation generation) {
    StringBuilder text = new StringBuilder();
    FinishReason finish = null;
    for (TokenDelta delta = generation.poll(); delta != null; delta = generation.poll()) {
      text.append(delta.text());
      finish = delta.finish();
    }
    return new Said(
        text.toString(),
        java.util.Objects.requireNonNull(finish),
        generation.output().orElseThrow());
  }

  private static void check(Asked asked, Said said) {
    GroundedCase from = asked.from();
    boolean isCut = said.finish() != FinishReason.STOP;
    assertTrue(
        from.quotations().isGrounded(said.text(), isCut),
        () -> from + " gave '" + said.text() + "'");
    List<Citation> citations = asked.grounding().citations(said.output());
    from.checkCitations(said.text(), citations);
    if (!isCut) {
      assertFalse(said.text().isBlank());
      assertEquals(
          from.quotations().quotes(said.text()),
          citations.stream()
              .map(each -> new Quotations.Quote(each.start(), each.end(), each.source()))
              .toList(),
          () -> from + " gave '" + said.text() + "'");
    }
  }
}
