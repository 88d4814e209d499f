package dev.palimpsest.engine.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.SharedFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final double TOLERANCE = 2e-6;

  @Test
  void distributionsAreThoseOfTheReferenceEngine() throws IOException {
    JsonNode golden =
        new ObjectMapper().readTree(SharedFolder.require("golden/sampling.json").toFile());
    int compared = 0;
    for (JsonNode each : golden.get("cases")) {
      if (!each.get("params").has("top_n_sigma")) {
        compare(logits(golden.get("logits").get(each.get("logits").asText())), each);
        compared++;
      }
    }
    assertEquals(189, compared);
    for (JsonNode each : golden.get("sparsemax")) {
      float[] logits = logits(golden.get("logits").get(each.get("logits").asText()));
      SamplingParams params =
          params(
              each.get("lambda").asDouble(),
              0,
              1,
              0,
              1,
              Distribution.SPARSEMAX,
              Penalties.NONE,
              LogitBias.NONE);
      double[] found = Walked.distribution(logits, params);
      for (int id = 0; id < found.length; id++) {
        double wanted = each.get("probabilities").path(Integer.toString(id)).asDouble(0);
        assertEquals(wanted, found[id], TOLERANCE, each.get("lambda") + " id " + id);
      }
    }
  }

  private static void compare(float[] logits, JsonNode expected) {
    JsonNode given = expected.get("params");
    int last = given.path("last_n").asInt(64);
    Penalties penalties =
        last == 0
            ? Penalties.NONE
            : new Penalties(
                (float) given.path("repeat").asDouble(1),
                (float) given.path("presence").asDouble(0),
                (float) given.path("frequency").asDouble(0),
                last);
    SamplingParams params =
        params(
            Math.max(0, given.path("temperature").asDouble(1)),
            Math.max(0, given.path("top_k").asInt(0)),
            Math.min(1, given.path("top_p").asDouble(1)),
            Math.max(0, given.path("min_p").asDouble(0)),
            Math.min(1, given.path("typical_p").asDouble(1)),
            Distribution.SOFTMAX,
            penalties,
            LogitBias.NONE);
    SamplingState state = Walked.free(params);
    given.path("history").forEach(token -> state.accept(token.asInt()));
    double[] found = Walked.distribution(logits, state);
    double[] wanted = new double[logits.length];
    for (int i = 0; i < expected.get("ids").size(); i++) {
      wanted[expected.get("ids").get(i).asInt()] = expected.get("probabilities").get(i).asDouble();
    }
    for (int id = 0; id < logits.length; id++) {
      assertEquals(wanted[id] > 0, found[id] > 0, given + " id " + id);
      assertEquals(wanted[id], found[id], TOLERANCE, given + " id " + id);
    }
  }

  private static SamplingParams params(
      double temperature,
      int topK,
      double topP,
      double minP,
      double typicalP,
      Distribution distribution,
      Penalties penalties,
      LogitBias bias) {
    return new SamplingParams(
        (float) temperature,
        topK,
        (float) topP,
        (float) minP,
        (float) typicalP,
        distribution,
        penalties,
        bias,
        1);
  }

  @Test
  void greedyTakesTheLowestOfEqualIds() {
    assertEquals(1, Walked.draw(SamplingParams.GREEDY, 0, -1, 2, 2, 1, 2));
  }

  @Test
  void whatIsNoNumberIsNeverChosen() {
    float nan = Float.NaN;
    SamplingParams free = new SamplingParams(1, 0, 1, 0, 1);
    assertEquals(2, Walked.draw(SamplingParams.GREEDY, 0, nan, -5, -4, Float.NEGATIVE_INFINITY));
    assertEquals(3, Walked.draw(free, 0, nan, 0, 0, Float.POSITIVE_INFINITY));
    assertEquals(0, Walked.draw(SamplingParams.GREEDY, 0, nan, nan));
  }

  @Test
  void equalLogitsAreKeptByTheirIds() {
    SamplingParams two = new SamplingParams(1, 2, 1, 0, 7);
    for (int position = 0; position < 200; position++) {
      assertTrue(Walked.draw(two, position, 1, 1, 1, 1, 1) <= 1);
    }
  }

  @Test
  void theDrawDependsOnSeedAndPositionAlone() {
    float[] logits = new float[100];
    SamplingParams params = new SamplingParams(1, 0, 1, 0, 42);
    int first = Walked.draw(params, 17, logits);
    assertTrue(Walked.draw(new SamplingParams(1, 0, 1, 0, 43), 18, logits) >= 0);
    assertEquals(first, Walked.draw(params, 17, logits));
  }

  /** Large vocabularies take the short way where they can; it leads to the same tokens. */
  @Test
  void theLargestLogitsLeadToWhatAllOfThemWouldLeadTo() {
    long seed = Seeds.seed("SamplerTest");
    RandomGenerator random = Seeds.random(seed);
    LogitBias nothing = new LogitBias(List.of(new LogitBias.Entry(3, 0)));
    for (int round = 0; round < Seeds.iterations(300); round++) {
      int count = random.nextInt(60, 13_000);
      float[] logits = Walked.random(random, count);
      for (int equal = random.nextInt(200); equal > 0; equal--) {
        logits[random.nextInt(count)] = 3;
      }
      SamplingParams quick =
          params(
              random.nextInt(4) * 0.5,
              random.nextInt(3) * random.nextInt(100),
              random.nextBoolean() ? 1 : random.nextFloat(0.01f, 1),
              random.nextBoolean() ? 0 : random.nextFloat(0.2f),
              random.nextInt(3) > 0 ? 1 : random.nextFloat(0.1f, 1),
              random.nextInt(3) > 0 ? Distribution.SOFTMAX : Distribution.SPARSEMAX,
              Penalties.NONE,
              LogitBias.NONE);
      SamplingParams slow =
          params(
              quick.temperature(),
              quick.topK(),
              quick.topP(),
              quick.minP(),
              quick.typicalP(),
              quick.distribution(),
              quick.penalties(),
              nothing);
      double[] expected = Walked.distribution(logits, slow);
      double[] found = Walked.distribution(logits, quick);
      for (int id = 0; id < count; id++) {
        assertEquals(expected[id], found[id], 1e-12, quick + " id " + id);
      }
      assertEquals(Walked.draw(slow, round, logits), Walked.draw(quick, round, logits));
    }
  }

  /** Whoever allows only some tokens gets what he would get if the others were impossible. */
  @Test
  void onlyWhatIsAllowedIsChosen() {
    long seed = Seeds.seed("SamplerTest");
    RandomGenerator random = Seeds.random(seed);
    for (int round = 0; round < Seeds.iterations(3_000); round++) {
      float[] logits = new float[150];
      float[] possible = new float[logits.length];
      BitSet allowed = new BitSet();
      for (int id = 0; id < logits.length; id++) {
        logits[id] = random.nextInt(4) == 0 ? random.nextInt(3) : (float) random.nextGaussian();
        allowed.set(id, random.nextInt(6) == 0);
      }
      allowed.set(random.nextInt(logits.length));
      for (int id = 0; id < logits.length; id++) {
        possible[id] = allowed.get(id) ? logits[id] : Float.NEGATIVE_INFINITY;
      }
      SamplingParams params =
          new SamplingParams(
              random.nextInt(3), random.nextInt(9), random.nextFloat(0.1f, 1f), 0.01f, round);
      Allowing constraint = new Allowing(allowed);
      TokenChoice chosen =
          new Sampler(logits.length)
              .sample(Walked.rows(logits), 0, new SamplingState(params, constraint), round);
      assertEquals(Walked.draw(params, round, possible), chosen.id());
      assertEquals(chosen.id(), constraint.accepted);
      assertEquals(
          Walked.rows(logits).statistics(0).logSumExp(), chosen.logSumExp(), "of all tokens");
    }
  }

  @Test
  void aConstraintThatAllowsNothingIsAnError() {
    SamplingState nothing = new SamplingState(SamplingParams.GREEDY, new Allowing(new BitSet()));
    assertThrows(
        IllegalStateException.class,
        () -> new Sampler(3).sample(Walked.rows(new float[3]), 0, nothing, 0));
  }

  @Test
  void biasMovesSingleTokensAndUnknownOnesNothing() {
    float[] logits = {1, 2, 3, 4};
    List<LogitBias.Entry> entries = new ArrayList<>();
    entries.add(new LogitBias.Entry(0, 1.5f));
    entries.add(new LogitBias.Entry(3, -LogitBias.BIAS_MAX));
    entries.add(new LogitBias.Entry(99, 5));
    double[] found =
        Walked.distribution(
            logits,
            params(1, 0, 1, 0, 1, Distribution.SOFTMAX, Penalties.NONE, new LogitBias(entries)));
    double total = Math.exp(2.5) + Math.exp(2) + Math.exp(3);
    assertEquals(Math.exp(2.5) / total, found[0], 1e-12);
    assertEquals(0, found[3], 1e-300);
    assertEquals(
        0,
        Walked.draw(
            params(
                0,
                0,
                1,
                0,
                1,
                Distribution.SOFTMAX,
                Penalties.NONE,
                new LogitBias(List.of(new LogitBias.Entry(0, 100)))),
            0,
            logits));
  }

  @Test
  void aSetOfTokensHoldsWhatWasAdded() {
    TokenSet set = new TokenSet(130);
    for (int id : new int[] {0, 63, 64, 129, 64}) {
      set.add(id);
    }
    assertEquals(0, set.next(0));
    assertEquals(63, set.next(1));
    assertEquals(64, set.next(64));
    assertEquals(129, set.next(65));
    assertEquals(-1, set.next(130));
    assertTrue(set.contains(129) && !set.contains(128) && !set.contains(-1) && !set.contains(130));
    assertThrows(IndexOutOfBoundsException.class, () -> set.add(130));
    assertThrows(IndexOutOfBoundsException.class, () -> set.add(-1));
    set.clear();
    assertEquals(-1, set.next(0));
  }

  /** Counts of a window that slides, against counting anew. */
  @Test
  void countsAreThoseOfTheLastTokens() {
    RandomGenerator random = Seeds.random(Seeds.seed("SamplerTest"));
    for (int window : new int[] {1, 7, 64, Integer.MAX_VALUE}) {
      TokenCounts counts = new TokenCounts(window);
      List<Integer> said = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        int token = random.nextInt(3) * random.nextInt(200) * 1024;
        said.add(token);
        counts.add(token);
      }
      List<Integer> last = said.subList(Math.max(0, said.size() - window), said.size());
      long total = 0;
      for (int slot = 0; slot < counts.slots(); slot++) {
        int id = counts.id(slot);
        assertEquals(last.stream().filter(t -> t == id).count(), counts.count(slot), "id " + id);
        total += counts.count(slot);
      }
      assertEquals(last.size(), total);
    }
  }

  private static final class Allowing implements TokenConstraint {
    private final BitSet allowed;
    private int accepted = -1;

    Allowing(BitSet allowed) {
      this.allowed = allowed;
    }

    @Override
    public void allow(TokenSet next) {
      allowed.stream().forEach(next::add);
    }

    @Override
    public void accept(int token) {
      accepted = token;
    }
  }

  @Test
  void parametersAreChecked() {
    refused(() -> new SamplingParams(-1, 0, 1, 0, 0));
    refused(() -> new SamplingParams(Float.NaN, 0, 1, 0, 0));
    refused(() -> new SamplingParams(1, -1, 1, 0, 0));
    refused(() -> new SamplingParams(1, 0, 0, 0, 0));
    refused(() -> new SamplingParams(1, 0, 1, 1.1f, 0));
    refused(() -> params(1, 0, 1, 0, 0, Distribution.SOFTMAX, Penalties.NONE, LogitBias.NONE));
    refused(() -> new Penalties(0, 0, 0, 1));
    refused(() -> new Penalties(11, 0, 0, 1));
    refused(() -> new Penalties(1, Float.NaN, 0, 1));
    refused(() -> new Penalties(1, 0, 101, 1));
    refused(() -> new Penalties(1, 0, 0, 0));
    refused(() -> new LogitBias.Entry(-1, 0));
    refused(() -> new LogitBias.Entry(1, Float.POSITIVE_INFINITY));
    LogitBias.Entry one = new LogitBias.Entry(1, 1);
    refused(() -> new LogitBias(List.of(one, one)));
    List<LogitBias.Entry> many = new ArrayList<>();
    for (int id = 0; id <= LogitBias.ENTRIES_MAX; id++) {
      many.add(new LogitBias.Entry(id, 1));
    }
    refused(() -> new LogitBias(many));
  }

  private static void refused(org.junit.jupiter.api.function.Executable made) {
    assertThrows(IllegalArgumentException.class, made);
  }

  private static float[] logits(JsonNode array) {
    float[] logits = new float[array.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) array.get(i).asDouble();
    }
    return logits;
  }
}
