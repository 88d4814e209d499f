package dev.palimpsest.engine.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.SharedFolder;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final Set<String> KNOWN = Set.of("temperature", "top_k", "top_p", "min_p");
  private static final double TOLERANCE = 2e-6;

  @Test
  void distributionsAreThoseOfTheReferenceEngine() throws IOException {
    JsonNode golden =
        new ObjectMapper().readTree(SharedFolder.require("golden/sampling.json").toFile());
    int compared = 0;
    for (JsonNode each : golden.get("cases")) {
      Set<String> names = new java.util.HashSet<>();
      each.get("params").fieldNames().forEachRemaining(names::add);
      if (KNOWN.containsAll(names)) {
        compare(logits(golden.get("logits").get(each.get("logits").asText())), each);
        compared++;
      }
    }
    assertTrue(compared >= 100, compared + " cases");
  }

  private static void compare(float[] logits, JsonNode expected) {
    JsonNode given = expected.get("params");
    double temperature = given.path("temperature").asDouble(1);
    Map<Integer, Double> wanted = new TreeMap<>();
    for (int i = 0; i < expected.get("ids").size(); i++) {
      wanted.put(
          expected.get("ids").get(i).asInt(), expected.get("probabilities").get(i).asDouble());
    }
    SamplingParams params =
        new SamplingParams(
            (float) Math.max(0, temperature),
            Math.max(0, given.path("top_k").asInt(0)),
            (float) Math.min(1, given.path("top_p").asDouble(1)),
            (float) Math.max(0, given.path("min_p").asDouble(0)),
            1);
    Sampler sampler = new Sampler(logits.length);
    if (params.isGreedy()) {
      assertEquals(wanted, Map.of(sampler.sample(row(logits), 0, params, 5), 1.0));
      return;
    }
    Candidates left = sampler.filtered(row(logits), 0, params);
    Map<Integer, Double> found = new TreeMap<>();
    for (int i = 0; i < left.count(); i++) {
      found.put(left.id(i), sampler.probability(i));
    }
    assertEquals(wanted.keySet(), found.keySet(), given.toString());
    wanted.forEach(
        (id, p) -> assertEquals(p, found.getOrDefault(id, -1.0), TOLERANCE, given + " id " + id));
  }

  @Test
  void greedyTakesTheLowestOfEqualIds() {
    assertEquals(1, sample(SamplingParams.GREEDY, 0, -1, 2, 2, 1, 2));
  }

  @Test
  void whatIsNoNumberIsNeverChosen() {
    float nan = Float.NaN;
    assertEquals(2, sample(SamplingParams.GREEDY, 0, nan, -5, -4, Float.NEGATIVE_INFINITY));
    assertEquals(
        3, sample(new SamplingParams(1, 0, 1, 0, 1), 0, nan, 0, 0, Float.POSITIVE_INFINITY));
    assertEquals(0, sample(SamplingParams.GREEDY, 0, nan, nan));
  }

  @Test
  void equalLogitsAreKeptByTheirIds() {
    SamplingParams two = new SamplingParams(1, 2, 1, 0, 7);
    for (int position = 0; position < 200; position++) {
      assertTrue(sample(two, position, 1, 1, 1, 1, 1) <= 1);
    }
  }

  @Test
  void drawsFollowTheDistribution() {
    long seed = Seeds.seed("SamplerTest");
    float[] logits = {0, (float) Math.log(2), (float) Math.log(4), (float) Math.log(1)};
    double[] expected = {0.125, 0.25, 0.5, 0.125};
    int draws = Seeds.iterations(40_000);
    int[] counts = new int[4];
    for (int position = 0; position < draws; position++) {
      counts[sample(new SamplingParams(1, 0, 1, 0, seed), position, logits)]++;
    }
    for (int id = 0; id < 4; id++) {
      double deviation = Math.sqrt(draws * expected[id] * (1 - expected[id]));
      assertEquals(draws * expected[id], counts[id], 5 * deviation, "id " + id);
    }
  }

  @Test
  void theDrawDependsOnSeedAndPositionAlone() {
    float[] logits = new float[100];
    SamplingParams params = new SamplingParams(1, 0, 1, 0, 42);
    int first = sample(params, 17, logits);
    sample(new SamplingParams(1, 0, 1, 0, 43), 18, logits);
    assertEquals(first, sample(params, 17, logits));
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
      Sampler sampler = new Sampler(logits.length);
      int chosen = sampler.sample(row(logits), 0, params, round, constraint);
      assertEquals(sample(params, round, possible), chosen);
      assertEquals(chosen, constraint.accepted);
    }
  }

  @Test
  void aConstraintThatAllowsNothingIsAnError() {
    Allowing nothing = new Allowing(new BitSet());
    Sampler sampler = new Sampler(3);
    assertThrows(
        IllegalStateException.class,
        () -> sampler.sample(row(new float[3]), 0, SamplingParams.GREEDY, 0, nothing));
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
    assertThrows(IllegalArgumentException.class, () -> new SamplingParams(-1, 0, 1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new SamplingParams(Float.NaN, 0, 1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new SamplingParams(1, -1, 1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new SamplingParams(1, 0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new SamplingParams(1, 0, 1, 1.1f, 0));
  }

  private static int sample(SamplingParams params, int position, float... logits) {
    return new Sampler(logits.length).sample(row(logits), 0, params, position);
  }

  private static float[] logits(JsonNode array) {
    float[] logits = new float[array.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) array.get(i).asDouble();
    }
    return logits;
  }

  private static Tensor row(float[] logits) {
    return new Tensor(
        "logits", DType.F32, Shape.of(1, logits.length), MemorySegment.ofArray(logits));
  }
}
