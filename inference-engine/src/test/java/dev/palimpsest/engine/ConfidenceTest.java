package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.Calibration;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.Distribution;
import dev.palimpsest.engine.sample.LogitBias;
import dev.palimpsest.engine.sample.Penalties;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.sample.TokenChoice;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of an answer's tokens, and what is made of it. */
class ConfidenceTest {
  private static final int PROMPT = 20;
  private static final int OUTPUT = 40;

  @TempDir Path folder;

  private static GenerationRequest telling(TokenIds prompt, int tokens, long seed, String... stop) {
    SamplingParams params =
        new SamplingParams(
            1.1f,
            0,
            0.95f,
            0,
            1,
            Distribution.SOFTMAX,
            new Penalties(1.2f, 0.1f, 0.2f, 8),
            LogitBias.NONE,
            seed);
    return new GenerationRequest(prompt, params, tokens, List.of(stop), null, "", 5, null);
  }

  private static Answers read(Engine engine, GenerationRequest request) {
    Answers answers = Answers.accepted(engine, request);
    Rig.drain(engine);
    return answers.readAll();
  }

  /**
   * Teacher-forced: the numbers of a token are those that a fresh engine computes for the prompt
   * with the tokens before it, and the spilled energy pairs a token's logit with the log-sum-exp of
   * the step after it.
   */
  @Test
  void everyNumberIsThatOfItsOwnStep() {
    RandomGenerator random = Seeds.random(Seeds.seed("ConfidenceTest"));
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy();
        Engine again = rig.roomy()) {
      int[] prompt = TinyModels.prompt(random, PROMPT);
      Answers whole = read(engine, telling(TokenIds.of(prompt), OUTPUT, 3));
      List<TokenScore> scores = whole.scores();
      TokenIds output = whole.output();
      assertTrue(scores.size() >= 2, "an answer of some length");
      double energies = 0;
      double logProbabilities = 0;
      for (int i = 0; i < scores.size(); i++) {
        TokenChoice choice = scores.get(i).token();
        assertEquals(output.at(i), choice.id());
        TokenChoice forced = forced(again, prompt, output, i);
        TokenChoice next = scores.get(i).top().getFirst();
        assertEquals(forced.logSumExp(), choice.logSumExp());
        assertEquals(forced.entropy(), choice.entropy());
        assertEquals(forced.id(), next.id(), "the likeliest token");
        assertEquals(forced.logit(), next.logit());
        assertEquals(5, scores.get(i).top().size());
        logProbabilities += choice.logProbability();
        if (i + 1 < scores.size()) {
          energies += forced(again, prompt, output, i + 1).logSumExp() - choice.logit();
        }
      }
      Confidence confidence = whole.generation().confidence().orElseThrow();
      assertEquals(scores.size(), confidence.tokens());
      assertEquals(logProbabilities / scores.size(), confidence.logProbabilityMean(), 1e-9);
      Confidence.SpilledEnergy spilled = confidence.spilled();
      assertTrue(spilled != null && spilled.min() <= spilled.mean());
      if (output.size() == scores.size()) {
        // Cut off by length: after the last token nothing was computed.
        assertEquals(scores.size() - 1, spilled.tokens());
        assertEquals(energies / (scores.size() - 1), spilled.mean(), 1e-9);
      }
    }
  }

  @Test
  void aCalibrationMakesAProbabilityOfTheSignals() {
    Confidence sure = new Confidence(2, -0.5, -1, 0.25, 0.5, null);
    assertEquals(0.5, sure.probability(new Calibration(0, 0, 0, 0, 0)));
    Confidence certain = new Confidence(2, 0, 0, 0, 0, null);
    assertEquals(
        1 / (1 + Math.exp(-7)), certain.probability(new Calibration(2, 1, 3, -4, 5)), 1e-12);
    double evidence =
        2 + Math.exp(-0.5) + 3 * Math.exp(-1) - 4 * Math.exp(-0.25) + 5 * Math.exp(-0.5);
    assertEquals(
        1 / (1 + Math.exp(-evidence)), sure.probability(new Calibration(2, 1, 3, -4, 5)), 1e-12);
  }

  /** The best token after a prompt and the first {@code length} tokens of an output. */
  private static TokenChoice forced(Engine engine, int[] prompt, TokenIds output, int length) {
    int[] tokens = java.util.Arrays.copyOf(prompt, prompt.length + length);
    for (int i = 0; i < length; i++) {
      tokens[prompt.length + i] = output.at(i);
    }
    GenerationRequest request =
        new GenerationRequest(
            TokenIds.of(tokens), SamplingParams.GREEDY, 1, List.of(), null, "", 1, null);
    return read(engine, request).scores().getFirst().token();
  }

  @Test
  void anAnswerThatWasCutOffAfterItsFirstTokenHasNoSpilledEnergy() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      Answers answers = read(engine, Rig.request("abc", 1));
      assertNull(answers.generation().confidence().orElseThrow().spilled());
    }
  }

  /** The scores are those of the text: nothing of what a stop sequence cut off is told. */
  @Test
  void tokensOfAStopSequenceAreNotTold() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.roomy()) {
      int[] prompt = TinyModels.prompt(Seeds.random(5), PROMPT);
      for (long seed = 0; seed < 30; seed++) {
        List<TokenScore> all = read(engine, telling(TokenIds.of(prompt), OUTPUT, seed)).scores();
        Answers stopped = read(engine, telling(TokenIds.of(prompt), OUTPUT, seed, "e", "a", "5"));
        List<TokenScore> told = stopped.scores();
        assertEquals(all.subList(0, told.size()), told);
        StringBuilder bytes = new StringBuilder();
        var decoder = new dev.palimpsest.engine.token.Utf8Decoder();
        for (TokenScore score : told) {
          bytes.append(decoder.append(rig.model().vocabulary().piece(score.token().id())));
        }
        bytes.append(decoder.flush());
        assertEquals(stopped.text(), bytes.toString());
      }
    }
  }

  /** The same request gives the same tokens and numbers whatever it is computed beside, and how. */
  @Test
  void threadsAndNeighboursChangeNothing() {
    List<List<TokenScore>> found = new ArrayList<>();
    int[] prompt = TinyModels.prompt(Seeds.random(7), PROMPT);
    for (int threads = 1; threads <= 3; threads++) {
      for (int beside : new int[] {0, 1, 5}) {
        try (Rig rig = new Rig(folder, "llama", 1, "vector", threads);
            Engine engine = rig.engine(Rig.config(32, 8, 8, 16 + beside, 1_000))) {
          for (int i = 0; i < beside; i++) {
            Answers.accepted(
                engine, telling(TokenIds.of(TinyModels.prompt(Seeds.random(i), 9 + i)), OUTPUT, i));
          }
          found.add(read(engine, telling(TokenIds.of(prompt), OUTPUT, 11)).scores());
        }
      }
    }
    assertTrue(found.getFirst().size() > 2);
    assertEquals(1, found.stream().distinct().count());
  }
}
