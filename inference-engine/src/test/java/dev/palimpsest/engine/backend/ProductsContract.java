package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every backend's products must do: give what {@link ScalarKernels} gives, within a tolerance;
 * touch nothing outside their rows; and give the same bits for a row whatever else is computed with
 * it. A backend that leaves all else to others keeps this contract, any other {@link
 * KernelsContract}.
 */
public abstract class ProductsContract {
  /** Relative to the sum of the magnitudes that are added. */
  static final double SUM_TOLERANCE = 1e-5;

  static final int[] SIZES = {1, 7, 31, 1021};
  private static final int[] BLOCK_SIZES = {32, 96, 1024};
  private static final int[] SUPER_BLOCK_SIZES = {256, 768};
  private static final int ROWS = 23;

  final Kernels scalar = new ScalarKernels();
  private Arena arena;
  Poisoned memory;

  /** New kernels of the backend under test. */
  protected abstract Kernels kernels();

  /** The name by which {@link Backend#open} knows them. */
  protected abstract String name();

  @BeforeEach
  void openMemory() {
    arena = Arena.ofShared();
    memory = new Poisoned(arena, Seeds.random(Seeds.seed(getClass().getSimpleName())));
  }

  @AfterEach
  void closeMemory() {
    memory.check();
    arena.close();
  }

  private static int[] columns(DType type) {
    return switch (type.blockElements()) {
      case 1 -> SIZES;
      case 32 -> BLOCK_SIZES;
      default -> SUPER_BLOCK_SIZES;
    };
  }

  @Test
  void multiplicationAgreesWithTheScalarOne() {
    for (DType type : DType.values()) {
      for (int columns : columns(type)) {
        for (int tokens : new int[] {1, 2, 3, 4, 5, 9}) {
          compareMultiplication(memory.random(type, ROWS, columns), columns, tokens);
        }
      }
    }
  }

  private void compareMultiplication(Tensor weights, int columns, int tokens) {
    Tensor x = memory.random(DType.F32, tokens, columns);
    Tensor expected = memory.empty(DType.F32, tokens, ROWS);
    Tensor found = memory.empty(DType.F32, tokens, ROWS);
    scalar.multiply(weights, x, expected, tokens, 0, ROWS);
    kernels().multiply(weights, x, found, tokens, 0, ROWS);
    float[] magnitudes = magnitudes(weights, x, tokens, columns);
    assertNear(Poisoned.floats(expected), Poisoned.floats(found), magnitudes, SUM_TOLERANCE);
  }

  private float[] magnitudes(Tensor weights, Tensor x, int tokens, int columns) {
    Tensor row = memory.empty(DType.F32, 1, columns);
    float[] inputs = Poisoned.floats(x);
    float[] sums = new float[tokens * ROWS];
    for (int r = 0; r < ROWS; r++) {
      scalar.decode(weights, r, row, 0);
      float[] w = Poisoned.floats(row);
      for (int i = 0; i < tokens * columns; i++) {
        sums[i / columns * ROWS + r] += Math.abs(w[i % columns] * inputs[i]);
      }
    }
    return sums;
  }

  @Test
  void aRowHasTheSameBitsInEveryBatchAndEveryPartOfTheMatrix() {
    int tokens = 9;
    for (DType type : DType.values()) {
      for (int columns : columns(type)) {
        Tensor weights = memory.random(type, ROWS, columns);
        Tensor x = memory.random(DType.F32, tokens, columns);
        Tensor whole = memory.empty(DType.F32, tokens, ROWS);
        kernels().multiply(weights, x, whole, tokens, 0, ROWS);
        for (int count = 1; count < tokens; count++) {
          Tensor part = memory.empty(DType.F32, tokens, ROWS);
          for (int from = 0; from < ROWS; from += count) {
            kernels().multiply(weights, x, part, count, from, Math.min(ROWS, from + count));
          }
          assertArrayEquals(
              Arrays.copyOf(Poisoned.floats(whole), count * ROWS),
              Arrays.copyOf(Poisoned.floats(part), count * ROWS));
        }
      }
    }
  }

  @Test
  void threadsDoNotChangeABit() {
    int rows = 1_000;
    int tokens = 6;
    for (DType type : DType.values()) {
      int columns = type.blockElements() > 32 ? 512 : 352;
      Tensor weights = memory.random(type, rows, columns);
      Tensor x = memory.random(DType.F32, tokens, columns);
      Tensor alone = memory.empty(DType.F32, tokens, rows);
      kernels().multiply(weights, x, alone, tokens, 0, rows);
      for (int threads = 1; threads <= 4; threads++) {
        Tensor shared = memory.empty(DType.F32, tokens, rows);
        Projections work = new Projections(x, List.of(new Projection(weights, shared)));
        try (Backend backend = Backend.open(name(), threads)) {
          backend.multiply(work, tokens);
        }
        assertArrayEquals(Poisoned.floats(alone), Poisoned.floats(shared));
      }
    }
  }

  @Test
  void onlyTheRowsAskedForAreWritten() {
    Tensor weights = memory.random(DType.F32, ROWS, 31);
    Tensor x = memory.random(DType.F32, 2, 31);
    Tensor out = memory.empty(DType.F32, 2, ROWS);
    kernels().multiply(weights, x, out, 2, 5, 14);
    float[] found = Poisoned.floats(out);
    for (int i = 0; i < found.length; i++) {
      boolean isAskedFor = i % ROWS >= 5 && i % ROWS < 14;
      assertEquals(!isAskedFor, Float.isNaN(found[i]), "element " + i);
    }
  }

  @Test
  void decodingIsExact() {
    for (DType type : DType.values()) {
      for (int columns : columns(type)) {
        Tensor weights = memory.random(type, ROWS, columns);
        Tensor expected = memory.empty(DType.F32, 2, columns);
        Tensor found = memory.copy(expected);
        scalar.decode(weights, ROWS - 1, expected, 1);
        kernels().decode(weights, ROWS - 1, found, 1);
        assertArrayEquals(Poisoned.floats(expected), Poisoned.floats(found));
      }
    }
  }

  static void assertNear(float[] expected, float[] found, float[] sizes, double tolerance) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      boolean isNear = Math.abs(expected[i] - found[i]) <= tolerance * sizes[i];
      boolean isSame = Float.compare(expected[i], found[i]) == 0;
      assertTrue(isNear || isSame, i + ": expected " + expected[i] + ", found " + found[i]);
    }
  }
}
