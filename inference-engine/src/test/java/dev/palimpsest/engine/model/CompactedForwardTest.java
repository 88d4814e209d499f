package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.kv.CompactedSpan;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvCache;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sequence that goes on from a compacted span, held to one that goes on from its pages. */
class CompactedForwardTest {
  private static final int PROMPT = 64;
  private static final int MORE = 20;

  @TempDir Path folder;

  /** All keys without a bias; tiles may be cut otherwise than pages, so sums round otherwise. */
  @Test
  void aSpanThatKeepsEverythingGivesWhatThePagesGive() {
    for (String backend : List.of("scalar", "vector")) {
      for (String architecture : List.of("llama", "qwen2", "qwen3", "mistral3")) {
        try (Rig rig = new Rig(folder, architecture, backend)) {
          KvCache cache = rig.compact(PROMPT, Integer.MAX_VALUE);
          assertNear(rig.next(rig.exact.alone(), PROMPT), rig.next(cache, PROMPT), 1e-4);
        }
      }
    }
  }

  /** Any length is an end of a span: what follows begins on a page of its own. */
  @Test
  void aSpanMayEndAnywhere() {
    try (Rig rig = new Rig(folder, "llama", "vector")) {
      for (int tokens : new int[] {1, 31, 33, 50}) {
        KvCache cache = rig.compact(tokens, Integer.MAX_VALUE);
        assertNear(rig.next(rig.exact.alone(), tokens), rig.next(cache, tokens), 1e-4);
      }
    }
  }

  @Test
  void closedPagesMayStandBeforeASpan() {
    try (Rig rig = new Rig(folder, "llama", "scalar")) {
      PagedSpan first = rig.pool.reserve(32);
      rig.run(first.alone(), 0, 32);
      CompactedSpan rest = rig.store(32, PROMPT, Integer.MAX_VALUE);
      PagedSpan open = rig.pool.reserve(MORE);
      KvCache cache = KvCache.of(List.of(first, rest, open));
      assertEquals(PROMPT, cache.capacityTokens() - open.capacityTokens());
      assertNear(rig.next(rig.exact.alone(), PROMPT), rig.next(cache, PROMPT), 1e-4);
    }
  }

  @Test
  void whatIsLeftOutIsMissed() {
    try (Rig rig = new Rig(folder, "llama", "vector")) {
      float[] exact = rig.next(rig.exact.alone(), PROMPT);
      float[] half = rig.next(rig.compact(PROMPT, 24), PROMPT);
      double most = 0;
      for (int i = 0; i < exact.length; i++) {
        most = Math.max(most, Math.abs(exact[i] - half[i]));
      }
      assertTrue(most > 1e-2, "no difference: " + most);
    }
  }

  @Test
  void aForkSharesTheSpanAndNoByteMore() {
    try (Rig rig = new Rig(folder, "llama", "vector")) {
      CompactedSpan span = rig.store(0, PROMPT, 10);
      long bytes = rig.pool.compacted().usedBytes();
      PagedSpan one = rig.pool.reserve(MORE);
      PagedSpan other = rig.pool.reserve(MORE);
      rig.pool.compacted().hold(span);
      float[] expected = rig.next(KvCache.of(List.of(span, one)), PROMPT);
      assertArrayEquals(expected, rig.next(KvCache.of(List.of(span, other)), PROMPT));
      assertEquals(bytes, rig.pool.compacted().usedBytes());
      rig.pool.compacted().checkInvariants(List.of(span, span));
    }
  }

  private static void assertNear(float[] expected, float[] found, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], tolerance * (1 + Math.abs(expected[i])));
    }
  }

  /** A model, a pool and a prompt that was computed exactly. */
  private static final class Rig implements AutoCloseable {
    private final Model model;
    private final Backend backend;
    private final KvPool pool;
    private final Forward forward;
    private final PagedSpan exact;
    private final int[] tokens;

    Rig(Path folder, String architecture, String choice) {
      long seed = Seeds.seed("CompactedForwardTest");
      model = Model.open(TinyModels.write(folder, architecture, seed));
      backend = Backend.open(choice, 1);
      pool = new KvPool(model.architecture().cacheLayout(), 40);
      ForwardLimits limits = new ForwardLimits(PROMPT, 1, TinyModels.CONTEXT, 40);
      forward = new Forward(model.weights(), backend, pool, limits);
      tokens = TinyModels.prompt(Seeds.random(seed), PROMPT + MORE);
      exact = pool.reserve(PROMPT + MORE);
      run(exact.alone(), 0, PROMPT);
    }

    void run(KvCache cache, int from, int to) {
      Batch batch = new Batch(PROMPT, 1);
      for (int i = from; i < to - 1; i++) {
        batch.add(tokens[i], i, cache, null);
      }
      batch.addWithLogits(tokens[to - 1], to - 1, cache, null);
      forward.run(batch);
    }

    /** Logits after the tokens that follow. */
    float[] next(KvCache cache, int from) {
      run(cache, from, from + MORE);
      return forward.logits().data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    KvCache compact(int tokens, int keysMax) {
      return KvCache.of(List.of(store(0, tokens, keysMax), pool.reserve(MORE)));
    }

    /** Keeps the first keys of each head. */
    CompactedSpan store(int from, int to, int keysMax) {
      List<HeadKeys> heads = new ArrayList<>();
      int perLayer = pool.layout().heads().keyValue();
      for (int head = 0; head < pool.layout().layers() * perLayer; head++) {
        HeadKeys all = pool.read(exact, head / perLayer, head % perLayer, from, to);
        int[] which = new int[Math.min(keysMax, all.count())];
        for (int i = 0; i < which.length; i++) {
          which[i] = i;
        }
        heads.add(all.pick(which));
      }
      CompactedSpan span = pool.compacted().store(to - from, heads);
      assertNotNull(span);
      return span;
    }

    @Override
    public void close() {
      backend.close();
      pool.close();
      model.close();
    }
  }
}
