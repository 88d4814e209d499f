package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuerySampleTest {
  private static final int TOKENS = 60;

  @TempDir Path folder;

  @Test
  void aSampleHoldsTheQueriesThatAttentionUsedWhateverTheBatches() {
    QuerySample whole = sample(60, TOKENS);
    QuerySample pieces = sample(7, TOKENS);
    assertEquals(TOKENS, whole.rows());
    for (int layer = 0; layer < 2; layer++) {
      assertArrayEquals(whole.queries(layer, 1), pieces.queries(layer, 1));
    }
    int[] positions = whole.positions();
    assertEquals(TOKENS * 2, positions.length);
    for (int i = 0; i < positions.length; i++) {
      assertEquals(i / 2, positions[i]);
    }
  }

  @Test
  void aSmallSampleHoldsSomeOfTheRowsOfALargeOne() {
    QuerySample all = sample(60, TOKENS);
    QuerySample some = sample(60, 9);
    assertEquals(9, some.rows());
    assertEquals(TOKENS, some.seen());
    int width = 2 * 6;
    for (int row = 0; row < 9; row++) {
      int position = some.positions()[row * 2];
      float[] found = Arrays.copyOfRange(some.queries(1, 0), row * width, (row + 1) * width);
      int from = position * width;
      assertArrayEquals(Arrays.copyOfRange(all.queries(1, 0), from, from + width), found);
    }
    assertTrue(Arrays.stream(some.positions()).anyMatch(position -> position >= 30));
    for (int size : new int[] {3, 60}) {
      assertArrayEquals(some.queries(0, 0), sample(size, 9).queries(0, 0));
    }
  }

  @Test
  void everyTokenHasTheSameChance() {
    int[] hits = new int[20];
    for (int seed = 0; seed < 4_000; seed++) {
      QuerySample sample = new QuerySample(1, new Heads(1, 1, 1), 5, seed);
      for (int i = 0; i < hits.length; i++) {
        sample.take(i);
      }
      for (int position : sample.positions()) {
        hits[position]++;
      }
    }
    for (int hit : hits) {
      assertEquals(1_000, hit, 130);
    }
  }

  @Test
  void aCopyStaysWhenTheSequenceGoesOn() {
    QuerySample sample = sample(60, 5);
    QuerySample copy = sample.copy();
    int[] before = copy.positions();
    for (int i = 0; i < 100; i++) {
      sample.take(1_000 + i);
    }
    assertArrayEquals(before, copy.positions());
    assertFalse(Arrays.equals(before, sample.positions()));
  }

  private QuerySample sample(int batchRows, int rowsMax) {
    try (Model model = Model.open(TinyModels.write(folder, "llama", 5));
        KvPool pool = new KvPool(model.architecture().cacheLayout(), 4)) {
      return run(model, pool, batchRows, rowsMax);
    }
  }

  private QuerySample run(Model model, KvPool pool, int batchRows, int rowsMax) {
    int[] tokens = TinyModels.prompt(Seeds.random(7), TOKENS);
    try (Backend backend = Backend.open("vector", 2)) {
      ForwardLimits limits = new ForwardLimits(TOKENS, 1, TinyModels.CONTEXT, 4);
      Forward forward = new Forward(model.weights(), backend, pool, limits);
      PagedSpan span = pool.reserve(TOKENS);
      QuerySample sample = new QuerySample(2, pool.layout().heads(), rowsMax, 1);
      Batch batch = new Batch(TOKENS, 1);
      for (int from = 0; from < TOKENS; from += batchRows) {
        batch.clear();
        for (int i = from; i < Math.min(TOKENS, from + batchRows); i++) {
          batch.add(tokens[i], i, span);
          batch.sampleOfLast(sample);
        }
        forward.run(batch);
      }
      return sample;
    }
  }
}
