package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.format.HeaderMutator;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterTest {
  private static final int LENGTH = 20;

  @TempDir Path folder;

  private final long seed = Seeds.seed("AdapterTest");
  private final int[] prompt = TinyModels.prompt(Seeds.random(seed), LENGTH);

  @Test
  void anAppliedAdapterGivesTheLogitsOfMergedWeights() {
    for (String architecture : TinyModels.ARCHITECTURES) {
      Path base = TinyModels.write(folder, architecture, seed);
      Path file = TinyAdapters.write(folder, base, 3, seed);
      Path merged = TinyAdapters.merged(folder, architecture, seed, file);
      for (String backend : List.of("scalar", "vector")) {
        float[][] expected = run(merged, List.of(), backend, Batch.NO_ADAPTER)[0];
        float[][] plain = run(base, List.of(), backend, Batch.NO_ADAPTER)[0];
        float[][] found = run(base, List.of(file), backend, 0)[0];
        double moved = 0;
        for (int i = 0; i < LENGTH; i++) {
          assertArrayEquals(expected[i], found[i], 5e-4f, architecture + " " + backend + " " + i);
          moved = Math.max(moved, Math.abs(plain[i][100] - found[i][100]));
        }
        assertTrue(moved > 0.05, architecture + ": the adapter changes something, " + moved);
      }
    }
  }

  @Test
  void rowsHaveTheBitsThatTheyHaveWithoutTheAdaptersOfOthers() {
    for (String architecture : List.of("llama", "phi3", "qwen3moe", "qwen35")) {
      Path base = TinyModels.write(folder, architecture, seed);
      List<Path> files =
          List.of(
              TinyAdapters.write(folder, base, 2, seed), TinyAdapters.write(folder, base, 5, 9));
      for (String backend : List.of("scalar", "vector")) {
        float[][][] mixed = run(base, files, backend, 1, Batch.NO_ADAPTER, 0, 1);
        assertSame(run(base, List.of(), backend, Batch.NO_ADAPTER)[0], mixed[1]);
        assertSame(run(base, files.subList(0, 1), backend, 0)[0], mixed[2]);
        assertSame(run(base, files.subList(1, 2), backend, 0)[0], mixed[0]);
        assertSame(mixed[0], mixed[3]);
        assertFalse(Arrays.equals(mixed[0][5], mixed[2][5]));
      }
    }
  }

  private static void assertSame(float[][] expected, float[][] found) {
    for (int i = 0; i < LENGTH; i++) {
      assertArrayEquals(expected[i], found[i], "position " + i);
    }
  }

  /** Logits of the prompt in one sequence for each of these adapters, all in the same batches. */
  private float[][][] run(Path base, List<Path> files, String choice, int... used) {
    float[][][] logits = new float[used.length][LENGTH][];
    try (Model model = Model.open(base);
        Backend backend = Backend.open(choice, 2);
        KvPool pool = new KvPool(model.architecture().cacheLayout(), used.length)) {
      StateLayout layout = model.architecture().stateLayout();
      StatePool states = layout == null ? null : new StatePool(layout, used.length);
      Weights weights = model.weights();
      List<Adapter> adapters = files.stream().map(file -> Adapter.open(file, weights)).toList();
      ForwardLimits limits = new ForwardLimits(2 * used.length, 2 * used.length, LENGTH, 4);
      Forward forward = new Forward(weights, backend, pool, states, limits);
      long before = backend.workspaceBytes();
      forward.adapt(adapters);
      long taken = backend.workspaceBytes() - before;
      assertEquals(Forward.adapterBytes(weights, limits, adapters), taken);
      Batch batch = new Batch(limits.rowsMax(), limits.logitsMax());
      PagedSpan[] spans = new PagedSpan[used.length];
      Arrays.setAll(spans, s -> pool.reserve(LENGTH));
      @Nullable StateSlot[] slots = new StateSlot[used.length];
      Arrays.setAll(slots, s -> begun(states));
      for (int at = 0; at < LENGTH; at += 2) {
        batch.clear();
        for (int s = 0; s < used.length; s++) {
          for (int i = at; i < at + 2; i++) {
            batch.addWithLogits(prompt[i], i, spans[s], slots[s]);
            batch.adapterOfLast(used[s]);
          }
        }
        forward.run(batch);
        for (int row = 0; row < 2 * used.length; row++) {
          logits[row / 2][at + row % 2] = row(forward, row);
        }
      }
      adapters.forEach(Adapter::close);
      if (states != null) {
        states.close();
      }
    }
    return logits;
  }

  private static @Nullable StateSlot begun(@Nullable StatePool states) {
    if (states == null) {
      return null;
    }
    StateSlot slot = states.take();
    states.clear(slot);
    return slot;
  }

  private static float[] row(Forward forward, int row) {
    long width = forward.logits().rowBytes();
    return forward
        .logits()
        .data()
        .asSlice(row * width, width)
        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  @Test
  void whatIsNoAdapterForTheModelIsRefusedByName() throws IOException {
    Path llama = TinyModels.write(folder, "llama", seed);
    assertRefused("general.type", "is missing", TinyModels.writer("llama", seed));
    assertRefused(
        "general.architecture",
        "is qwen3, llama expected",
        TinyAdapters.writer(TinyModels.write(folder, "qwen3", seed), 2, seed));
    assertRefused("adapter.type", "lora expected", head("control_vector"));
    assertRefused("general.type", "without a tensor", head("lora"));
    assertRefused("adapter.lora.alpha", "no factor", head("lora").f32("adapter.lora.alpha", -1));
    assertRefused(
        "blk.0.attn_q.weight.lora_b",
        "is missing",
        head("lora").tensor("blk.0.attn_q.weight.lora_a", Shape.of(1, 16), new float[16]));
    assertRefused(
        "blk.0.attn_k.weight.lora_b", "[12, 1] expected", pair("blk.0.attn_k.weight", 16, 24));
    assertRefused(
        "blk.0.attn_q.weight.lora_a", "[1, 16] expected", pair("blk.0.attn_q.weight", 15, 24));
    assertRefused("output.weight.lora_a", "no matrix", pair("output.weight", 16, 259));
    assertRefused("blk.2.attn_q.weight.lora_a", "no matrix", pair("blk.2.attn_q.weight", 16, 24));
    try (Model model = Model.open(llama)) {
      Adapter.open(TinyAdapters.write(folder, llama, 2, 1), model.weights()).close();
    }
  }

  private static GgufWriter head(String type) {
    return new GgufWriter()
        .string("general.architecture", "llama")
        .string("general.type", "adapter")
        .string("adapter.type", type);
  }

  private static GgufWriter pair(String matrix, int columns, int rows) {
    return head("lora")
        .tensor(matrix + ".lora_a", Shape.of(1, columns), new float[columns])
        .tensor(matrix + ".lora_b", Shape.of(rows, 1), new float[rows]);
  }

  private void assertRefused(String field, String words, GgufWriter writer) throws IOException {
    Path file = writer.write(folder.resolve("refused.gguf"));
    try (Model model = Model.open(TinyModels.write(folder, "llama", seed))) {
      ModelFormatException e =
          assertThrows(ModelFormatException.class, () -> Adapter.open(file, model.weights()));
      assertEquals(field, e.field(), e::getMessage);
      assertTrue(e.getMessage().contains(words), e::getMessage);
    }
  }

  @Test
  void mutatedAdaptersAreRefusedWithAPlaceOrCanBeApplied() throws IOException {
    Path base = TinyModels.write(folder, "llama", seed);
    HeaderMutator mutator = new HeaderMutator(TinyAdapters.writer(base, 2, seed));
    int refused = 0;
    int rounds = Seeds.iterations(300);
    try (Model model = Model.open(base)) {
      for (int round = 0; round < rounds; round++) {
        byte[] mutant = mutator.mutant(Seeds.random(seed + round));
        Path file = Files.write(folder.resolve("mutant.gguf"), mutant);
        try {
          Adapter.open(file, model.weights()).close();
        } catch (ModelFormatException e) {
          assertTrue(e.offset() >= 0 && e.offset() <= mutant.length, e::getMessage);
          refused++;
        }
      }
    }
    assertTrue(refused > rounds / 2 && refused < rounds, refused + " refused");
  }
}
