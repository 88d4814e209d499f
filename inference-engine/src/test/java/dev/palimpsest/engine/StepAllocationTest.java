package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After warm-up a decode step allocates its deltas and next to nothing else. How long the compiler
 * takes to get there depends on the machine, so rounds are tried until one is good. The engine's
 * own share is seen with the scalar kernels; with the vector kernels some vectors may stay boxed
 * where other tests of the same virtual machine have spoilt the compiler's view of a call.
 */
class StepAllocationTest {
  private static final int SEQUENCES = 4;
  private static final int STEPS = 80;
  private static final int ROUNDS = 300;

  @TempDir Path folder;

  @Test
  void aDecodeStepAllocatesNextToNothing() {
    decode("llama", "scalar", 512);
  }

  @Test
  void neitherDoesOneWithStates() {
    decode("qwen35", "scalar", 512);
  }

  @Test
  void vectorsAreNotBoxedElementByElement() {
    decode("llama", "vector", 8_192);
    decode("qwen35", "vector", 8_192);
  }

  private void decode(String architecture, String backend, int bytesPerTokenMax) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Rig rig = new Rig(folder, architecture, 1, backend, 1);
        Engine engine = rig.engine(Rig.config(16, SEQUENCES, 8, 32, 1_000))) {
      long workspace = rig.backend().workspaceBytes();
      long least = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS && perToken(least) >= bytesPerTokenMax; round++) {
        for (int i = 0; i < SEQUENCES; i++) {
          Answers.accepted(engine, Rig.request("warm", 100));
        }
        engine.step();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int step = 0; step < STEPS; step++) {
          assertEquals(SEQUENCES, engine.step());
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        Rig.drain(engine);
      }
      assertTrue(perToken(least) < bytesPerTokenMax, perToken(least) + " bytes per token");
      assertEquals(workspace, rig.backend().workspaceBytes());
    }
  }

  private static long perToken(long bytes) {
    return bytes / STEPS / SEQUENCES;
  }
}
