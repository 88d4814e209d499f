package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one architecture has more than another, held to what the other gives without it. */
class TraitsTest {
  private static final List<String> NUMBERS =
      List.of(
          "context_length",
          "embedding_length",
          "block_count",
          "feed_forward_length",
          "attention.head_count",
          "attention.head_count_kv",
          "attention.key_length");

  @TempDir Path folder;

  private final long seed = Seeds.seed("TraitsTest");
  private final int[] prompt = TinyModels.prompt(Seeds.random(seed), 90);
  private Arena arena;
  private int written;

  @BeforeEach
  void openArena() {
    arena = Arena.ofShared();
  }

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void everyArchitectureGivesTheLogitsOfItsDefinition() {
    for (String architecture : TinyModels.ARCHITECTURES) {
      Gguf model = open(TinyModels.write(folder, architecture, seed));
      double[][] expected = new PlainForward(model).logits(prompt);
      for (String backend : List.of("scalar", "vector")) {
        float[][] found = logits(model.file(), backend);
        for (int i = 0; i < prompt.length; i++) {
          for (int id = 0; id < TinyModels.VOCABULARY; id++) {
            String place = architecture + ", position " + i + ", id " + id;
            assertEquals(expected[i][id], found[i][id], 5e-4, place);
          }
        }
      }
    }
  }

  @Test
  void fusedMatricesAreTheMatricesOnTopOfEachOther() throws IOException {
    Gguf fused = open(TinyModels.write(folder, "phi3", seed));
    GgufWriter apart = shape(fused, "phi3", "qwen2");
    for (Tensor tensor : tensors(fused)) {
      String layer = tensor.name().substring(0, tensor.name().lastIndexOf('.'));
      switch (tensor.name().replaceFirst("blk\\.\\d+\\.", "")) {
        case "attn_qkv.weight" -> {
          split(apart, tensor, 0, 24, layer.replace("qkv", "q"));
          split(apart, tensor, 24, 12, layer.replace("qkv", "k"));
          split(apart, tensor, 36, 12, layer.replace("qkv", "v"));
        }
        case "ffn_up.weight" -> {
          split(apart, tensor, 0, 24, layer.replace("up", "gate") + ".weight");
          split(apart, tensor, 24, 24, layer + ".weight");
        }
        default -> copy(apart, tensor);
      }
    }
    apart.u32("qwen2.attention.sliding_window", 24);
    for (String backend : List.of("scalar", "vector")) {
      assertSame(logits(fused.file(), backend), logits(write(apart), backend));
    }
  }

  /** A matrix of its own, with a bias of zeros. */
  private static void split(GgufWriter to, Tensor from, long row, long rows, String name) {
    Tensor part = from.rows(row, rows);
    boolean isProjection = !name.endsWith(".weight");
    String matrix = isProjection ? name + ".weight" : name;
    to.tensor(matrix, part.type().ggmlId(), part.shape(), bytes(part));
    if (isProjection) {
      to.tensor(name + ".bias", Shape.of(rows), new float[(int) rows]);
    }
  }

  @Test
  void expertsThatAreAllTheSameAreOneFeedForward() throws IOException {
    Gguf dense = open(TinyModels.write(folder, "qwen3", seed));
    for (int used = 1; used <= 3; used++) {
      GgufWriter experts = shape(dense, "qwen3", "qwen3moe");
      experts.u32("qwen3moe.expert_count", 3).u32("qwen3moe.expert_used_count", used);
      for (Tensor tensor : tensors(dense)) {
        if (tensor.name().matches(".*ffn_(gate|up|down).weight")) {
          repeat(experts, tensor);
        } else {
          copy(experts, tensor);
        }
      }
      float[] router = new float[3 * 16];
      for (int i = 0; i < router.length; i++) {
        router[i] = (float) Math.sin(i);
      }
      experts.tensor("blk.0.ffn_gate_inp.weight", Shape.of(3, 16), router);
      experts.tensor("blk.1.ffn_gate_inp.weight", Shape.of(3, 16), router);
      for (String backend : List.of("scalar", "vector")) {
        assertNear(logits(dense.file(), backend), logits(write(experts), backend));
      }
    }
  }

  private static void repeat(GgufWriter to, Tensor tensor) {
    byte[] one = bytes(tensor);
    byte[] all = new byte[3 * one.length];
    for (int e = 0; e < 3; e++) {
      System.arraycopy(one, 0, all, e * one.length, one.length);
    }
    Shape shape = Shape.of(3, tensor.shape().rows(), tensor.shape().columns());
    to.tensor(tensor.name().replace(".weight", "_exps.weight"), tensor.type().ggmlId(), shape, all);
  }

  @Test
  void tokenThatSeesItselfOnlyGivesWhatItGivesAlone() throws IOException {
    Gguf plain = open(TinyModels.write(folder, "llama", seed));
    Path narrow = write(copied(plain, "llama").u32("llama.attention.sliding_window", 1));
    for (String backend : List.of("scalar", "vector")) {
      float[][] all = logits(narrow, backend);
      try (ForwardRig rig = new ForwardRig(plain.file(), backend, 1)) {
        for (int i = 0; i < prompt.length; i++) {
          rig.restart();
          assertArrayEquals(rig.append(new int[] {prompt[i]}, 1)[0], all[i], 1e-4f);
        }
      }
    }
  }

  @Test
  void windowAsLargeAsTheSequenceChangesNothing() throws IOException {
    Gguf plain = open(TinyModels.write(folder, "llama", seed));
    Path wide = write(copied(plain, "llama").u32("llama.attention.sliding_window", prompt.length));
    Path less = write(copied(plain, "llama").u32("llama.attention.sliding_window", 89));
    float[][] expected = logits(plain.file(), "vector");
    assertSame(expected, logits(wide, "vector"));
    float[][] found = logits(less, "vector");
    assertSame(Arrays.copyOf(expected, 89), Arrays.copyOf(found, 89));
    assertFalse(Arrays.equals(expected[89], found[89]));
  }

  @Test
  void temperatureRisesBeyondItsLengthOnly() throws IOException {
    Gguf plain = open(TinyModels.write(folder, "llama", seed));
    GgufWriter warm = copied(plain, "mistral3").f32("mistral3.attention.temperature_scale", 0.5f);
    Path file = write(warm.u32("mistral3.attention.temperature_length", 64));
    float[][] expected = logits(plain.file(), "scalar");
    float[][] found = logits(file, "scalar");
    assertSame(Arrays.copyOf(expected, 64), Arrays.copyOf(found, 64));
    assertFalse(Arrays.equals(expected[64], found[64]));
  }

  /** All tensors under another architecture's name. */
  private static GgufWriter copied(Gguf from, String to) {
    GgufWriter writer = shape(from, "llama", to);
    tensors(from).forEach(tensor -> copy(writer, tensor));
    return writer;
  }

  /** What a forward pass has to know, under another architecture's name. */
  private static GgufWriter shape(Gguf from, String name, String to) {
    GgufWriter writer = new GgufWriter().string("general.architecture", to);
    for (String key : NUMBERS) {
      writer.u32(to + "." + key, (int) from.metadata().number(name + "." + key));
    }
    writer.f32(to + ".rope.freq_base", 10_000);
    return writer.f32(to + ".attention.layer_norm_rms_epsilon", 1e-5f);
  }

  private Gguf open(Path file) {
    return Gguf.open(file, arena);
  }

  private static List<Tensor> tensors(Gguf from) {
    return from.tensors().stream().map(info -> from.tensor(info.name())).toList();
  }

  private static void copy(GgufWriter to, Tensor tensor) {
    to.tensor(tensor.name(), tensor.type().ggmlId(), tensor.shape(), bytes(tensor));
  }

  private static byte[] bytes(Tensor tensor) {
    return tensor.data().toArray(ValueLayout.JAVA_BYTE);
  }

  private Path write(GgufWriter writer) throws IOException {
    return writer.write(folder.resolve("written-" + written++ + ".gguf"));
  }

  private float[][] logits(Path file, String backend) {
    try (ForwardRig rig = new ForwardRig(file, backend, 1)) {
      return rig.append(prompt, 64);
    }
  }

  private static void assertSame(float[][] expected, float[][] found) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], found[i], "position " + i);
    }
  }

  private static void assertNear(float[][] expected, float[][] found) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], found[i], 1e-4f, "position " + i);
    }
  }
}
