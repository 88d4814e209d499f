package dev.palimpsest.engine.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.KernelsContract;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class VectorKernelsTest extends KernelsContract {
  @Override
  protected Kernels kernels() {
    return new VectorKernels((size, _) -> MemorySegment.ofArray(new byte[(int) size]));
  }

  @Override
  protected String name() {
    return "vector";
  }

  @Test
  void theExponentialIsNearTheLibrarys() {
    for (float x = -87; x <= 88; x += 0.0137f) {
      float[] values = new float[Lanes.L];
      values[0] = -x;
      Lanes.exp(values, 1, -1, 0);
      float found = values[0];
      double expected = Math.exp(x);
      assertTrue(Math.abs(found - expected) <= 3e-7 * expected, "e^" + x + " is not " + found);
    }
  }

  @Test
  void lanesAreAddedInATree() {
    float[] lanes = new float[Lanes.L];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = 1 + i * 1e-7f * i;
    }
    float[] tree = lanes.clone();
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        tree[i] += tree[i + half];
      }
    }
    assertEquals(tree[0], Lanes.sum(lanes, 0));
  }
}
