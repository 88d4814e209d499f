package dev.palimpsest.engine.backend.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Poisoned;
import dev.palimpsest.engine.backend.ProductsContract;
import dev.palimpsest.engine.backend.ScalarKernels;
import dev.palimpsest.engine.backend.vector.VectorKernels;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("it changes where native libraries are looked for")
class NativeKernelsTest extends ProductsContract {
  private static final Arena LIBRARIES = Arena.ofShared();

  /** What the library multiplies; the rest it leaves to others. */
  private static final List<DType> NATIVE =
      List.of(DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q5_K, DType.Q6_K);

  private static NativeCpu.Present library;

  @BeforeAll
  static void load() {
    library = NativeHere.orSkip(LIBRARIES);
  }

  @AfterAll
  static void close() {
    LIBRARIES.close();
  }

  @Override
  protected Kernels kernels() {
    return library.kernels(new VectorKernels(LIBRARIES), LIBRARIES);
  }

  @Override
  protected String name() {
    return "native";
  }

  /** Other rows than those of a tile, more columns than a panel has, more tokens than a block. */
  @Test
  void everyInstructionSetGivesTheSameBits() {
    try (Arena arena = Arena.ofShared()) {
      Poisoned memory = new Poisoned(arena, Seeds.random(Seeds.seed("instruction sets")));
      List<Kernels> sets = new ArrayList<>();
      for (InstructionSet set : InstructionSet.values()) {
        if (NativeCpu.load(arena, set) instanceof NativeCpu.Present present) {
          assertEquals(set, present.set());
          sets.add(present.kernels(new ScalarKernels(), arena));
        }
      }
      if (VectorKernels.laneBits() == 256) {
        sets.add(new VectorKernels(arena));
      }
      assertTrue(sets.size() > 1, "there is nothing to compare");
      for (DType type : NATIVE) {
        for (int rows : new int[] {1, 7, 31, 1021}) {
          int columns = rows == 7 ? 1280 : 256;
          int tokens = rows == 31 ? 101 : 3;
          Tensor weights = memory.random(type, rows, columns);
          Tensor x = memory.random(DType.F32, tokens, columns);
          float[] expected = product(memory, sets.getFirst(), weights, x);
          for (Kernels each : sets.subList(1, sets.size())) {
            assertArrayEquals(expected, product(memory, each, weights, x), type + " " + rows);
          }
        }
      }
      memory.check();
    }
  }

  private static float[] product(Poisoned memory, Kernels kernels, Tensor weights, Tensor x) {
    int rows = (int) weights.shape().rows();
    int tokens = (int) x.shape().rows();
    Tensor out = memory.empty(DType.F32, tokens, rows);
    kernels.multiply(weights, x, out, tokens, 0, rows);
    return Poisoned.floats(out);
  }

  @Test
  void whatDoesNotFitItsTensorsIsRefused() {
    try (Arena arena = Arena.ofShared()) {
      Poisoned memory = new Poisoned(arena, Seeds.random(1));
      Tensor weights = memory.random(DType.Q8_0, 8, 32);
      Tensor x = memory.random(DType.F32, 2, 32);
      Tensor out = memory.empty(DType.F32, 2, 8);
      for (int[] each : new int[][] {{2, 0, 9}, {2, -1, 8}, {3, 0, 8}, {-1, 0, 8}}) {
        assertThrows(
            IllegalArgumentException.class,
            () -> kernels().multiply(weights, x, out, each[0], each[1], each[2]));
      }
      memory.check();
    }
  }

  @Test
  void aLibraryThatIsNotThereIsAnAnswer(@TempDir Path folder) throws IOException {
    String name = System.mapLibraryName("palimpsest_cpu");
    assertEquals("there is no " + name + " in java.library.path", reason(folder));
    Files.writeString(folder.resolve(name + ".absent"), "no C++ compiler was found\nmore\n");
    assertEquals("it was not built: no C++ compiler was found", reason(folder));
    Files.writeString(folder.resolve(name), "no library");
    String reason = reason(folder);
    assertTrue(reason.startsWith(folder.resolve(name) + " cannot be loaded: "), reason);
  }

  private static String reason(Path folder) {
    String before = System.setProperty("java.library.path", folder.toString());
    try (Arena arena = Arena.ofShared()) {
      return assertInstanceOf(NativeCpu.Absent.class, NativeCpu.load(arena)).reason();
    } finally {
      System.setProperty("java.library.path", before);
    }
  }
}
