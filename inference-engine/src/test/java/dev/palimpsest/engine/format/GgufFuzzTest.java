package dev.palimpsest.engine.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.fuzz.ByteMutator;
import dev.palimpsest.engine.fuzz.Fuzzer;
import dev.palimpsest.engine.fuzz.Target;
import dev.palimpsest.engine.fuzz.Target.Outcome;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are no model files, or nearly some: refused at a place, or readable. */
class GgufFuzzTest {
  private static final Target.Bounds BOUNDS = new Target.Bounds(1 << 18, 64, 1 << 22, 5);

  @TempDir Path folder;

  @Test
  void anyFileIsRefusedAtAPlaceOrReadable() {
    var mutator =
        new ByteMutator(
            "GGUF",
            "general.alignment",
            "general.architecture",
            "llama",
            "split.count",
            "\1\0\0\0\0\0\0\0",
            "\0\0\0\0\0\0\0\0",
            "\t\0\0\0",
            "\b\0\0\0",
            "\40\0\0\0");
    new Fuzzer("gguf", BOUNDS, mutator, this::read)
        .run(1_000, List.of(MutatedHeaderTest.model().bytes(), new GgufWriter().bytes()));
  }

  private Outcome read(byte[] input) throws IOException {
    Path file = Files.write(folder.resolve("fuzzed.gguf"), input);
    try (Arena arena = Arena.ofConfined()) {
      int tensors = Gguf.open(file, arena).tensors().size();
      return new Outcome.Taken(() -> read(file, tensors));
    } catch (ModelFormatException e) {
      assertEquals(file, e.file());
      assertTrue(e.offset() >= 0 && e.offset() <= input.length, e::getMessage);
      // Keys and names may be anything.
      return new Outcome.Refused(e.getMessage().replace(e.field(), "#"));
    }
  }

  private static String read(Path file, int tensors) {
    try (Arena arena = Arena.ofConfined()) {
      MutatedHeaderTest.checkReadable(Gguf.open(file, arena));
      return tensors == 0 ? "without tensors" : "with tensors";
    }
  }
}
