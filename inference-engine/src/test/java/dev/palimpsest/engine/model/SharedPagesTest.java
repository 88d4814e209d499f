package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A decoder whose layers use the same pages in turn, held to one whose layers have their own. */
class SharedPagesTest {
  @TempDir Path folder;

  @Test
  void wholeSequencesGetTheSameBitsWhetherLayersSharePagesOrNot() {
    long seed = Seeds.seed("SharedPagesTest");
    int[] prompt = TinyModels.prompt(Seeds.random(seed), 90);
    for (String architecture : List.of("llama", "qwen3", "gemma3", "phi3")) {
      try (Model model = Model.open(TinyModels.write(folder, architecture, seed));
          Backend backend = Backend.open("vector", 1)) {
        int layers = model.architecture().layers();
        float[] own = vectors(model, backend, layers, prompt);
        assertArrayEquals(own, vectors(model, backend, 1, prompt), architecture);
      }
    }
  }

  private static float[] vectors(Model model, Backend backend, int layers, int[] prompt) {
    Weights weights = model.weights();
    KvLayout layout = new KvLayout(layers, weights.architecture().heads());
    try (KvPool pool = new KvPool(layout, 4)) {
      ForwardLimits limits = new ForwardLimits(prompt.length, 1, prompt.length, 4);
      Pass pass = new Forward(weights, backend, pool, limits);
      PagedSpan span = pool.reserve(prompt.length);
      Batch batch = new Batch(prompt.length, 1);
      for (int i = 0; i < prompt.length; i++) {
        batch.add(prompt[i], i, span);
      }
      pass.run(batch);
      return pass.vectors().data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }
}
