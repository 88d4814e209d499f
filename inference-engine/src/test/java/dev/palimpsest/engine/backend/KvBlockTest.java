package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class KvBlockTest {
  private static final List<DType> TYPES = List.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0);
  private final RandomGenerator random = Seeds.random(Seeds.seed("KvBlockTest"));

  @Test
  void aBlockTakesWhatItsElementsTake() {
    assertEquals(2 * 64 * 32 * 4, KvBlock.f32(64).bytes());
    assertEquals(2 * 64 * 32 * 2, new KvBlock(DType.F16, 64).bytes());
    assertEquals(2 * 64 * 32 * 2, new KvBlock(DType.BF16, 64).bytes());
    assertEquals(2 * (64 * 32 + 2 * 32 * 2), new KvBlock(DType.Q8_0, 64).bytes());
    assertEquals(2 * (40 * 32 + 2 * 32 * 2), new KvBlock(DType.Q8_0, 40).bytes());
  }

  @Test
  void whatIsStoredReadsAsTheNearestThatTheTypeHas() {
    for (DType type : TYPES) {
      for (int dim : new int[] {1, 6, 32, 40, 64}) {
        assertStored(new KvBlock(type, dim));
      }
    }
  }

  /** All tokens in any order, so that one that writes into another is found. */
  private void assertStored(KvBlock block) {
    MemorySegment slab = MemorySegment.ofArray(new byte[Math.toIntExact(block.bytes())]);
    float[][] keys = new float[Attention.PAGE_TOKENS][];
    float[][] values = new float[Attention.PAGE_TOKENS][];
    for (int i = 0; i < keys.length; i++) {
      int slot = (i * 7 + 3) % keys.length;
      keys[slot] = vector(block.dim());
      values[slot] = vector(block.dim());
      MemorySegment key = MemorySegment.ofArray(keys[slot]);
      block.store(key, MemorySegment.ofArray(values[slot]), 0, slab, 0, slot);
    }
    for (int slot = 0; slot < keys.length; slot++) {
      for (int d = 0; d < block.dim(); d++) {
        assertNear(block.type(), keys[slot], d, block.key(slab, 0, slot, d));
        assertNear(block.type(), values[slot], d, block.value(slab, 0, slot, d));
      }
    }
  }

  private float[] vector(int dim) {
    float scale = (float) Math.exp(3 * random.nextGaussian());
    float[] x = new float[dim];
    for (int d = 0; d < dim; d++) {
      x[d] = random.nextInt(9) == 0 ? 0 : scale * (float) random.nextGaussian();
    }
    return x;
  }

  private static void assertNear(DType type, float[] of, int d, float found) {
    float x = of[d];
    float largest = 0;
    int first = d / KvBlock.SCALED * KvBlock.SCALED;
    for (int i = first; i < Math.min(of.length, first + KvBlock.SCALED); i++) {
      largest = Math.max(largest, Math.abs(of[i]));
    }
    // Half a step; for Q8_0 also what the largest loses where the scale is rounded down, to 11 bits
    // or to a subnormal.
    float error =
        switch (type) {
          case F32 -> 0;
          case F16 -> Math.abs(x) * 0x1p-11f + 0x1p-25f;
          case BF16 -> Math.abs(x) * 0x1p-8f;
          default -> largest * (0.5f / 127 + 0x1p-10f) + 127 * 0x1p-25f;
        };
    assertEquals(x, found, error, () -> type + ": " + Arrays.toString(of));
  }

  @Test
  void whatIsTooLargeForAHalfBecomesTheLargest() {
    KvBlock block = new KvBlock(DType.F16, 1);
    MemorySegment slab = MemorySegment.ofArray(new byte[Math.toIntExact(block.bytes())]);
    MemorySegment large = MemorySegment.ofArray(new float[] {-1e9f});
    block.store(large, large, 0, slab, 0, 5);
    assertEquals(-65_504f, block.key(slab, 0, 5, 0));
    assertTrue(Float.isFinite(block.value(slab, 0, 5, 0)));
  }

  @Test
  void otherTypesAreRefused() {
    for (DType type : DType.values()) {
      if (!TYPES.contains(type)) {
        assertThrows(IllegalArgumentException.class, () -> new KvBlock(type, 64));
      }
    }
  }
}
