package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.model.InputRow.Mix;
import dev.palimpsest.engine.model.InputRow.Part;
import dev.palimpsest.engine.model.InputRow.Vector;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that read a point of the embedding's space, held to rows that read a token. */
class InputRowTest {
  private static final List<String> ARCHITECTURES =
      List.of("llama", "qwen3", "gemma3", "qwen35", "qwen3moe");
  private static final int TOKENS = 40;

  private final long seed = Seeds.seed("InputRowTest");
  private final int[] prompt = TinyModels.prompt(Seeds.random(seed), TOKENS);

  @TempDir Path folder;

  private static Mix mix(Part... parts) {
    return new Mix(List.of(parts));
  }

  private void sameAsTokens(IntFunction<@Nullable InputRow> inputs) {
    for (String architecture : ARCHITECTURES) {
      Path file = TinyModels.write(folder, architecture, seed);
      for (String backend : List.of("scalar", "vector")) {
        try (ForwardRig rig = new ForwardRig(file, backend, 2)) {
          float[][] expected = rig.append(prompt, 7);
          rig.restart();
          float[][] read = rig.append(prompt, 7, inputs);
          for (int i = 0; i < TOKENS; i++) {
            assertArrayEquals(expected[i], read[i], architecture + " " + backend + " row " + i);
          }
        }
      }
    }
  }

  @Test
  void allOfOneTokenIsThatToken() {
    sameAsTokens(token -> mix(new Part(token, 1)));
  }

  @Test
  void sharesOfOneTokenAddUp() {
    sameAsTokens(token -> mix(new Part(token, 0.5f), new Part(token, 0.5f)));
    sameAsTokens(token -> mix(new Part(token, 2), new Part(token, -1)));
  }

  @Test
  void someRowsMayReadTokensBeside() {
    sameAsTokens(token -> token % 2 == 0 ? null : mix(new Part(token, 1)));
  }

  @Test
  void aRowOfTheEmbeddingIsItsToken() {
    for (String architecture : ARCHITECTURES) {
      Path file = TinyModels.write(folder, architecture, seed);
      try (ForwardRig rig = new ForwardRig(file, "vector", 2)) {
        float[][] expected = rig.append(prompt, 7);
        rig.restart();
        float[][] read = rig.append(prompt, 7, token -> new Vector(rig.embedding(), token));
        assertArrayEquals(expected[TOKENS - 1], read[TOKENS - 1], architecture);
      }
    }
  }

  @Test
  void twoTokensMixedAreNeitherAndTheSameOnBothBackends() {
    int other = prompt[0] == 1 ? 2 : 1;
    IntFunction<@Nullable InputRow> halves =
        token -> mix(new Part(token, 0.5f), new Part(other, 0.5f));
    Path file = TinyModels.write(folder, "llama", seed);
    try (ForwardRig scalar = new ForwardRig(file, "scalar", 1);
        ForwardRig vector = new ForwardRig(file, "vector", 2)) {
      float[] one = scalar.append(prompt, 7, halves)[TOKENS - 1];
      float[] two = vector.append(prompt, 3, halves)[TOKENS - 1];
      assertArrayEquals(one, two, 1e-3f);
      scalar.restart();
      assertFalse(Arrays.equals(one, scalar.append(prompt, 7)[TOKENS - 1]));
    }
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Mix(List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Part(-1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Part(0, Float.NaN));
    Path file = TinyModels.write(folder, "llama", seed);
    try (ForwardRig rig = new ForwardRig(file, "vector", 1)) {
      int rows = (int) rig.embedding().shape().rows();
      assertThrows(IndexOutOfBoundsException.class, () -> new Vector(rig.embedding(), rows));
      assertThrows(
          RuntimeException.class,
          () -> rig.append(new int[] {0}, 1, token -> mix(new Part(rows, 1))));
    }
  }
}
