package dev.palimpsest.engine.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Broken headers by the hundred: each is refused with a place in the file, or is a file in which
 * everything can be read. Nothing else is thrown, little is allocated, no mapping stays behind.
 */
final class MutatedHeaderTest {
  private static final int MUTANTS = 200;
  private static final long ALLOCATED_BYTES_MAX = 64 << 10;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path folder;

  static GgufWriter model() {
    return new GgufWriter()
        .alignment(64)
        .string("general.architecture", "llama")
        .u32("llama.block_count", 2)
        .f32("llama.epsilon", 1e-5f)
        .flag("tokenizer.ggml.add_bos_token", true)
        .raw("number.i64", 11, new byte[] {1, 2, 3, 4, 5, 6, 7, 8})
        .raw("number.u16", 2, new byte[] {1, 2})
        .strings("tokenizer.ggml.tokens", List.of("<unk>", "\u2581a", "b", ""))
        .floats("tokenizer.ggml.scores", 0, -1, -2, -3)
        .ints("tokenizer.ggml.token_type", 2, 1, 1, 1)
        .flags("some.flags", true, false, true)
        .tensor("token_embd.weight", Shape.of(4, 8), new float[32])
        .tensor("blk.0.attn_q.weight", 1, Shape.of(3, 5, 7), new byte[210])
        .tensor("blk.0.ffn.weight", 8, Shape.of(2, 64), new byte[136])
        .tensor("blk.0.q4_k", 12, Shape.of(2, 256), new byte[288])
        .tensor("blk.0.q6_k", 14, Shape.of(1, 512), new byte[420])
        .tensor("blk.0.q5_1", 7, Shape.of(3, 32), new byte[72])
        .tensor("blk.0.iq4_xs", 23, Shape.of(1, 256), new byte[136])
        .tensor("blk.0.bf16", 30, Shape.of(3, 5), new byte[30])
        .tensor("blk.0.mxfp4", 39, Shape.of(2, 64), new byte[68])
        .tensor("of.unknown.type", 77, Shape.of(3), new byte[9]);
  }

  @Test
  void mutantsAreRefusedWithAPlaceOrAreValid() throws IOException {
    long seed = Seeds.seed("mutated headers");
    HeaderMutator mutator = new HeaderMutator(model());
    open(model().bytes());
    int refused = 0;
    int mutants = Seeds.iterations(MUTANTS);
    for (int i = 0; i < mutants; i++) {
      RandomGenerator random = Seeds.random(seed + i);
      refused += open(mutator.mutant(random)) ? 0 : 1;
    }
    System.out.println("mutated headers: " + refused + " of " + mutants + " refused");
    assertTrue(refused > mutants / 2, "a mutation that changes nothing tests nothing");
    assertFalse(mapped(), "a mapping was left behind");
  }

  @Test
  void fileTruncatedAtAnyFieldIsRefusedThere() throws IOException {
    byte[] whole = model().bytes();
    for (GgufWriter.Field field : model().fields()) {
      assertFalse(open(Arrays.copyOf(whole, field.offset())), field::toString);
      assertFalse(open(Arrays.copyOf(whole, field.offset() + field.length() / 2)), field::name);
    }
    // The last tensor is of an unknown type, so its length cannot be missed, but its begin can.
    assertFalse(open(Arrays.copyOf(whole, whole.length - 9)));
    assertTrue(open(whole));
  }

  /**
   * Whether the file was accepted; checks what holds either way. Only the second opening is
   * weighed: at the first, the virtual machine itself allocates for code that has not run before.
   */
  private boolean open(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("mutant.gguf"), bytes);
    boolean accepted = opens(file, bytes.length);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    tryToOpen(file);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated <= ALLOCATED_BYTES_MAX, () -> allocated + " bytes were allocated");
    return accepted;
  }

  private static boolean opens(Path file, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      checkReadable(Gguf.open(file, arena));
      return true;
    } catch (ModelFormatException e) {
      checkPlace(e, file, bytes);
      return false;
    }
  }

  private static void tryToOpen(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      Gguf.open(file, arena);
    } catch (ModelFormatException e) {
      assertEquals(file, e.file());
    }
  }

  private static void checkPlace(ModelFormatException e, Path file, long bytes) {
    assertEquals(file, e.file());
    assertTrue(e.offset() >= 0 && e.offset() <= bytes, e::getMessage);
    assertFalse(e.field().isEmpty());
    String message = e.getMessage();
    assertTrue(message.startsWith(file + ", byte " + e.offset() + ", "), message);
  }

  static void checkReadable(Gguf gguf) {
    for (TensorInfo info : gguf.tensors()) {
      if (info.type().isEmpty()) {
        assertThrows(ModelFormatException.class, () -> gguf.tensor(info.name()));
        continue;
      }
      Tensor tensor = gguf.tensor(info.name());
      assertEquals(info.shape(), tensor.shape());
      tensor.data().get(ValueLayout.JAVA_BYTE, tensor.data().byteSize() - 1);
    }
    Metadata metadata = gguf.metadata();
    for (String key : metadata.keys()) {
      checkValue(metadata, key);
    }
  }

  /** A value can be read as at most one type. */
  private static void checkValue(Metadata metadata, String key) {
    List<BiConsumer<Metadata, String>> readers =
        List.of(
            Metadata::string,
            Metadata::number,
            Metadata::real,
            (m, k) -> m.flagOr(k, false),
            Metadata::strings,
            Metadata::reals,
            Metadata::numbers);
    int readable = 0;
    for (BiConsumer<Metadata, String> reader : readers) {
      try {
        reader.accept(metadata, key);
        readable++;
      } catch (ModelFormatException e) {
        assertEquals(key, e.field());
      }
    }
    assertTrue(readable <= 1, key);
  }

  private boolean mapped() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    return Files.exists(maps) && Files.readString(maps).contains(folder.toString());
  }
}
