package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.SharedFolder;
import dev.palimpsest.engine.backend.vector.VectorKernels;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Raw blocks of every type and the numbers they stand for, as other implementations have them. */
class StoredBlocksTest {
  private static final List<DType> TYPES =
      List.of(DType.values()).stream().filter(type -> type != DType.F32).toList();

  @Test
  void everyTypeGivesTheBitsOfItsDefinition() throws IOException {
    for (DType type : TYPES) {
      check(type, resource(type + ".bin"), resource(type + ".f32"));
    }
  }

  @Test
  void everyTypeGivesTheBitsOfTheReference() throws IOException {
    var folder = SharedFolder.require("golden/quant/blocks");
    for (DType type : TYPES) {
      byte[] stored = Files.readAllBytes(folder.resolve(type + ".bin"));
      check(type, stored, Files.readAllBytes(folder.resolve(type + ".f32")));
    }
  }

  /** As one row of all blocks, and as a row for each block. */
  private static void check(DType type, byte[] stored, byte[] expected) {
    int blocks = stored.length / type.blockBytes();
    assertTrue(blocks > 0 && stored.length % type.blockBytes() == 0, type::name);
    ByteBuffer values = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN);
    Kernels vector = new VectorKernels((size, _) -> MemorySegment.ofArray(new byte[(int) size]));
    for (Kernels kernels : List.of(new ScalarKernels(), vector)) {
      check(kernels, type, stored, values, 1);
      check(kernels, type, stored, values, blocks);
    }
  }

  private static void check(
      Kernels kernels, DType type, byte[] stored, ByteBuffer expected, int rows) {
    int columns = expected.capacity() / Float.BYTES / rows;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(stored.length, 1).copyFrom(MemorySegment.ofArray(stored));
      Tensor weights = new Tensor(type.name(), type, Shape.of(rows, columns), data);
      MemorySegment line = arena.allocate(DType.F32.bytes(columns), Float.BYTES);
      Tensor out = new Tensor("out", DType.F32, Shape.of(1, columns), line);
      for (int row = 0; row < rows; row++) {
        kernels.decode(weights, row, out, 0);
        float[] found = Poisoned.floats(out);
        for (int i = 0; i < columns; i++) {
          int wanted = expected.getInt((row * columns + i) * Float.BYTES);
          String place = type + ", row " + row + ", element " + i;
          assertEquals(wanted, Float.floatToRawIntBits(found[i]), place);
        }
      }
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = StoredBlocksTest.class.getResourceAsStream("/blocks/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no test resource blocks/" + name);
      }
      return in.readAllBytes();
    }
  }
}
