package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What every backend's kernels must do beside products: give what {@link ScalarKernels} gives,
 * within a tolerance stated for each operation; touch nothing outside their rows; and give the same
 * bits for a row whatever else is computed with it.
 */
public abstract class KernelsContract extends ProductsContract {
  /** Relative to the result, where one number becomes one number. */
  private static final double ELEMENT_TOLERANCE = 2e-6;

  @Test
  void normsAgreeWithTheScalarOnes() {
    for (int width : SIZES) {
      Tensor x = memory.random(DType.F32, 3, width);
      Tensor weight = memory.random(DType.F32, 1, width);
      Tensor expected = memory.empty(DType.F32, 3, width);
      Tensor found = memory.empty(DType.F32, 3, width);
      scalar.rmsNorm(x, weight, expected, 1, 1e-5f);
      kernels().rmsNorm(x, weight, found, 1, 1e-5f);
      assertNearEach(expected, found, SUM_TOLERANCE);
    }
  }

  @Test
  void normsByMeanAndVarianceAreNearTheirDefinition() {
    for (int width : SIZES) {
      Tensor x = memory.random(DType.F32, 3, width);
      Tensor weight = memory.random(DType.F32, 1, width);
      Tensor bias = memory.random(DType.F32, 1, width);
      Tensor apart = memory.empty(DType.F32, 3, width);
      kernels().layerNorm(x, weight, bias, apart, 1, 1e-5f);
      double[] expected = layerNorm(Poisoned.floats(x), width, Poisoned.floats(weight));
      for (int i = 0; i < width; i++) {
        float found = Poisoned.floats(apart)[width + i];
        assertEquals(expected[i] + Poisoned.floats(bias)[i], found, 1e-5 * (4 + Math.abs(found)));
      }
      kernels().layerNorm(x, weight, bias, x, 1, 1e-5f);
      assertArrayEquals(
          Arrays.copyOfRange(Poisoned.floats(apart), width, 2 * width),
          Arrays.copyOfRange(Poisoned.floats(x), width, 2 * width));
    }
  }

  /** Of the second row, without a bias. */
  private static double[] layerNorm(float[] x, int width, float[] weight) {
    double mean = 0;
    double variance = 0;
    for (int i = 0; i < width; i++) {
      mean += (double) x[width + i] / width;
    }
    for (int i = 0; i < width; i++) {
      variance += Math.pow(x[width + i] - mean, 2) / width;
    }
    double[] out = new double[width];
    for (int i = 0; i < width; i++) {
      out[i] = (x[width + i] - mean) / Math.sqrt(variance + 1e-5f) * weight[i];
    }
    return out;
  }

  /** The distribution function by Simpson's rule, of which the kernels know nothing. */
  @Test
  void plainGatesAreNearTheirDefinition() {
    int width = 2_001;
    float[] values = new float[3 * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % width - 1_000) / 100f;
    }
    Tensor x = memory.empty(DType.F32, 3, width);
    java.lang.foreign.MemorySegment.copy(
        values, 0, x.data(), java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
    kernels().gelu(x, 1);
    float[] found = Poisoned.floats(x);
    double below = 0;
    for (int i = 0; i < width; i++) {
      double v = values[i];
      if (i > 0) {
        below += (density(v - 0.01) + 4 * density(v - 0.005) + density(v)) * 0.01 / 6;
      }
      assertEquals(v * below, found[width + i], 3e-7 * (1 + Math.abs(v)), "at " + v);
      assertEquals(values[i], found[i]);
      assertEquals(values[i], found[2 * width + i]);
    }
  }

  private static double density(double x) {
    return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }

  @Test
  void aNormMayReplaceItsInput() {
    Tensor x = memory.random(DType.F32, 3, 31);
    Tensor weight = memory.random(DType.F32, 1, 31);
    Tensor apart = memory.copy(x);
    kernels().rmsNorm(x, weight, apart, 2, 1e-5f);
    kernels().rmsNorm(x, weight, x, 2, 1e-5f);
    assertArrayEquals(Poisoned.floats(apart), Poisoned.floats(x));
  }

  @Test
  void additionIsExact() {
    for (int width : SIZES) {
      Tensor expected = memory.random(DType.F32, 3, width);
      Tensor found = memory.copy(expected);
      Tensor y = memory.random(DType.F32, 3, width);
      scalar.add(expected, y, 1);
      kernels().add(found, y, 1);
      assertArrayEquals(Poisoned.floats(expected), Poisoned.floats(found));
    }
  }

  @Test
  void multiplesAreAddedExactly() {
    for (int width : SIZES) {
      Tensor expected = memory.random(DType.F32, 3, width);
      Tensor found = memory.copy(expected);
      Tensor y = memory.random(DType.F32, 2, width);
      scalar.addScaled(expected, 2, y, 1, 0.37f);
      kernels().addScaled(found, 2, y, 1, 0.37f);
      scalar.scale(expected, 1, 1.7f);
      kernels().scale(found, 1, 1.7f);
      assertArrayEquals(Poisoned.floats(expected), Poisoned.floats(found));
    }
  }

  @Test
  void gatesWithATangentAreNearTheirDefinition() {
    for (int width : SIZES) {
      Tensor gate = memory.random(DType.F32, 3, width);
      float[] gates = Poisoned.floats(gate);
      Tensor up = memory.random(DType.F32, 3, width);
      float[] ups = Poisoned.floats(up);
      kernels().geGlu(gate, up, 1);
      float[] found = Poisoned.floats(gate);
      for (int i = width; i < 2 * width; i++) {
        double g = gates[i];
        double tangent = Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g));
        double expected = 0.5 * g * (1 + tangent) * ups[i];
        assertEquals(expected, found[i], 1e-6 * (1 + Math.abs(expected)));
      }
      assertEquals(gates[0], found[0]);
    }
  }

  @Test
  void gatesAgreeWithTheScalarOnes() {
    for (int width : SIZES) {
      Tensor expected = memory.random(DType.F32, 3, width);
      for (int i = 0; i < 3 * width; i += 5) {
        // Far out on both sides, where the exponential over- and underflows.
        float far = i % 2 == 0 ? -200 : 200;
        expected.data().setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, i, far);
      }
      Tensor found = memory.copy(expected);
      Tensor up = memory.random(DType.F32, 3, width);
      scalar.swiGlu(expected, up, 1);
      kernels().swiGlu(found, up, 1);
      assertNearEach(expected, found, ELEMENT_TOLERANCE);
    }
  }

  @Test
  void rotationsAgreeWithTheScalarOnes() {
    for (int headDim : new int[] {2, 6, 48, 128}) {
      for (boolean isHalfSplit : new boolean[] {true, false}) {
        for (int rotated : new int[] {2, headDim}) {
          Tensor table = memory.random(DType.F32, 5, rotated);
          Rotation rotation = new Rotation(table, headDim, isHalfSplit);
          Tensor expected = memory.random(DType.F32, 4, headDim);
          Tensor found = memory.copy(expected);
          scalar.rotate(expected, 2, rotation, 3);
          kernels().rotate(found, 2, rotation, 3);
          assertNearEach(expected, found, ELEMENT_TOLERANCE);
        }
      }
    }
  }

  @Test
  void attentionAgreesWithTheScalarOne() {
    for (DType type : List.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0)) {
      for (int dim : new int[] {2, 7, 8, 31, 64, 80, 128}) {
        AttentionCase each = new AttentionCase(memory, new Heads(6, 2, dim), 101, type);
        float[] expected = each.run(scalar);
        float[] found = each.run(kernels());
        float[] sizes = new float[found.length];
        Arrays.fill(sizes, 4f);
        assertNear(expected, found, sizes, SUM_TOLERANCE);
      }
    }
  }

  @Test
  void attentionSeesNothingBeforeItsWindow() {
    for (DType type : List.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0)) {
      assertWindows(new AttentionCase(memory, new Heads(4, 2, 24), 101, type));
    }
  }

  private void assertWindows(AttentionCase each) {
    for (int window : new int[] {1, 2, 31, 32, 33, 64, 100, 101, 500}) {
      float[] found = each.run(kernels(), 0, window);
      for (int row = 0; row < each.rows(); row++) {
        double[] expected = each.expected(row, window);
        float[] of = each.row(found, row);
        for (int i = 0; i < of.length; i++) {
          assertEquals(expected[i], of[i], 4 * SUM_TOLERANCE, "row " + row + ", window " + window);
        }
      }
    }
  }

  @Test
  void attentionOfARowHasTheSameBitsInEveryBatch() {
    for (DType type : List.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0)) {
      for (int dim : new int[] {7, 24}) {
        assertSameBits(new AttentionCase(memory, new Heads(4, 2, dim), 70, type));
        assertSameBits(new AttentionCase(memory, new Heads(2, 2, dim), 70, type));
      }
    }
  }

  /** As the first of its block and as a later one, alone in the last one too. */
  private void assertSameBits(AttentionCase each) {
    for (int window : new int[] {Integer.MAX_VALUE, 33}) {
      float[] whole = each.run(kernels(), 0, window);
      for (int row = 0; row < each.rows(); row++) {
        float[] later = each.run(kernels(), row, window);
        assertArrayEquals(each.row(whole, row), each.row(later, row));
      }
    }
  }

  @Test
  void attentionOverTilesAndPagesIsNearItsDefinition() {
    var random = Seeds.random(Seeds.seed("tiles"));
    int[][] lengths = {{0, 1}, {1, 0}, {7, 8}, {31, 33}, {32, 100}, {0, 0}};
    for (int dim : new int[] {1, 2, 7, 24, 64}) {
      for (int[] length : lengths) {
        for (int tileMax : new int[] {1, 5, 16, 32}) {
          int paged = 1 + random.nextInt(Attention.PAGE_TOKENS);
          TilesCase each =
              new TilesCase(memory, random, new Heads(6, 2, dim), length, tileMax, true, paged);
          double[] expected = each.expected();
          float[] found = each.run(kernels());
          for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], 8 * SUM_TOLERANCE, dim + ", tiles of " + tileMax);
          }
        }
      }
    }
  }

  @Test
  void whatARowLooksAtIsNotedAndChangesNoBitOfWhatItGets() {
    var random = Seeds.random(Seeds.seed("masses"));
    for (int[] length : new int[][] {{0, 1}, {7, 40}, {100, 64}}) {
      TilesCase each = new TilesCase(memory, random, new Heads(6, 2, 24), length, 16, true, 21);
      AttentionMass mass = new AttentionMass(2, each.longest() + 21);
      assertArrayEquals(each.run(kernels()), each.run(kernels(), mass));
      double[] expected = each.expectedShares();
      float[] shares = mass.shares();
      assertEquals(expected.length, shares.length);
      for (int i = 0; i < shares.length; i++) {
        assertEquals(expected[i], shares[i], SUM_TOLERANCE);
      }
    }
  }

  @Test
  void wholeTilesWithoutBiasesGiveTheBitsOfPages() {
    var random = Seeds.random(Seeds.seed("tiles"));
    for (int dim : new int[] {2, 7, 24, 64}) {
      for (int length : new int[] {0, 32, 96}) {
        Heads heads = new Heads(6, 2, dim);
        int[] lengths = {length, length};
        TilesCase each = new TilesCase(memory, random, heads, lengths, 32, false, 9);
        assertArrayEquals(each.runOnPages(kernels()), each.run(kernels()));
      }
    }
  }

  @Test
  void sigmoidGatesAgreeWithTheScalarOnes() {
    for (int width : SIZES) {
      Tensor expected = memory.random(DType.F32, 3, width);
      Tensor found = memory.copy(expected);
      Tensor gate = memory.random(DType.F32, 3, width);
      scalar.sigmoidGate(expected, gate, 1);
      kernels().sigmoidGate(found, gate, 1);
      assertNearEach(expected, found, ELEMENT_TOLERANCE);
    }
  }

  @Test
  void theDeltaRuleIsNearItsDefinitionAndTheSameInEveryCut() {
    List<DeltaHeads> cases =
        List.of(
            new DeltaHeads(1, 1, 1, 1, 1, false),
            new DeltaHeads(2, 4, 7, 5, 4, false),
            new DeltaHeads(2, 6, 32, 16, 2, true),
            new DeltaHeads(1, 2, 31, 40, 4, true));
    for (DeltaHeads heads : cases) {
      RecurrenceCase each = new RecurrenceCase(memory, heads, 37);
      float[] whole = each.run(kernels(), 37);
      double[] expected = each.expected();
      for (int i = 0; i < whole.length; i++) {
        assertEquals(
            expected[i], whole[i], SUM_TOLERANCE * (1 + Math.abs(expected[i])), heads + "");
      }
      for (int chunk : new int[] {1, 2, 3, 5, 36}) {
        assertArrayEquals(whole, each.run(kernels(), chunk), heads + " in pieces of " + chunk);
      }
    }
  }

  private static void assertNearEach(Tensor expected, Tensor found, double tolerance) {
    float[] values = Poisoned.floats(expected);
    float[] sizes = new float[values.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(values[i]) + 1e-6f;
    }
    assertNear(values, Poisoned.floats(found), sizes, tolerance);
  }
}
