package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpilogueTest {
  private final RandomGenerator random = Seeds.random(Seeds.seed("EpilogueTest"));

  @Test
  void aRowsNumbersAreThoseOfItsDefinition() {
    for (int round = 0; round < Seeds.iterations(60); round++) {
      int width = round % 3 == 0 ? random.nextInt(1, 100) : random.nextInt(100, 20_000);
      float[] logits = logits(3 * width);
      Epilogue epilogue = walked(logits, width, 1);
      for (int row = 0; row < 3; row++) {
        compare(
            epilogue, row, java.util.Arrays.copyOfRange(logits, row * width, (row + 1) * width));
      }
    }
  }

  private float[] logits(int count) {
    float scale = random.nextFloat(0.1f, 30);
    float[] logits = new float[count];
    for (int i = 0; i < count; i++) {
      logits[i] =
          random.nextInt(5) == 0 ? random.nextInt(4) : (float) random.nextGaussian() * scale;
    }
    return logits;
  }

  private static void compare(Epilogue epilogue, int row, float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float each : logits) {
      max = Math.max(max, each);
    }
    double sum = 0;
    for (float each : logits) {
      sum += Math.exp(each - max);
    }
    double entropy = 0;
    for (float each : logits) {
      double p = Math.exp(each - max) / sum;
      entropy -= p > 0 ? p * Math.log(p) : 0;
    }
    RowStatistics found = epilogue.statistics(row);
    assertEquals((float) max, found.max());
    assertEquals(max + Math.log(sum), found.logSumExp(), 1e-9 * Math.max(1, Math.abs(max)));
    assertEquals(entropy, found.entropy(), 1e-9);
    int known = Math.min(Epilogue.TOP, logits.length);
    List<Integer> best =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparing((Integer id) -> -logits[id]).thenComparing(id -> id))
            .limit(known)
            .toList();
    Set<Integer> places = new HashSet<>();
    for (int place = 0; place < epilogue.topPlaces(); place++) {
      int id = epilogue.topId(row, place);
      assertTrue(places.add(id), "an id twice");
      assertEquals(logits[id], epilogue.topLogit(row, place));
    }
    assertTrue(places.containsAll(best), "one of the largest is missing");
  }

  @Test
  void numbersDoNotDependOnThreads() {
    int width = 9_001;
    float[] logits = logits(5 * width);
    Epilogue alone = walked(logits, width, 1);
    for (int threads = 2; threads <= 4; threads++) {
      Epilogue shared = walked(logits, width, threads);
      for (int row = 0; row < 5; row++) {
        assertEquals(alone.statistics(row), shared.statistics(row));
      }
    }
  }

  @Test
  void whatIsNoNumberIsTheLeast() {
    float[] logits = {Float.NaN, 1, Float.NEGATIVE_INFINITY, 1};
    RowStatistics found = walked(logits, 4, 1).statistics(0);
    assertEquals(1 + Math.log(2), found.logSumExp(), 1e-12);
    assertEquals(Math.log(2), found.entropy(), 1e-12);
    float[] infinite = {0, Float.POSITIVE_INFINITY, Float.NaN};
    assertEquals(0, walked(infinite, 3, 1).statistics(0).entropy());
  }

  private static Epilogue walked(float[] logits, int width, int threads) {
    int rows = logits.length / width;
    Tensor tensor =
        new Tensor("logits", DType.F32, Shape.of(rows, width), MemorySegment.ofArray(logits));
    Epilogue epilogue = new Epilogue(tensor);
    try (Backend backend = Backend.open("scalar", threads)) {
      backend.run(epilogue, epilogue.units(rows));
    }
    return epilogue;
  }
}
