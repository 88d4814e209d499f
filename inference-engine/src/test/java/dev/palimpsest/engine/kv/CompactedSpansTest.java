package dev.palimpsest.engine.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.backend.Tiles;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CompactedSpansTest {
  private static final int DIM = 6;
  private static final KvLayout LAYOUT = new KvLayout(3, new Heads(4, 2, DIM));
  private static final int HEADS = 6;

  private final RandomGenerator random = Seeds.random(Seeds.seed("CompactedSpansTest"));

  private List<HeadKeys> heads(int countMax) {
    List<HeadKeys> heads = new ArrayList<>();
    for (int i = 0; i < HEADS; i++) {
      int count = random.nextInt(countMax + 1);
      int[] positions = new int[count];
      for (int j = 0; j < count; j++) {
        positions[j] = (j > 0 ? positions[j - 1] + 1 : 0) + random.nextInt(3);
      }
      heads.add(
          new HeadKeys(DIM, floats(count * DIM), floats(count * DIM), floats(count), positions));
    }
    return heads;
  }

  private float[] floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static long keys(List<HeadKeys> heads) {
    return heads.stream().mapToLong(HeadKeys::count).sum();
  }

  private static void assertHolds(KvPool pool, CompactedSpan span, List<HeadKeys> heads) {
    for (int i = 0; i < HEADS; i++) {
      HeadKeys found = pool.compacted().read(span, i / 2, i % 2);
      assertArrayEquals(heads.get(i).keys(), found.keys());
      assertArrayEquals(heads.get(i).values(), found.values());
      assertArrayEquals(heads.get(i).biases(), found.biases());
      assertArrayEquals(heads.get(i).positions(), found.positions());
    }
  }

  /** Spans come and go between pages; what they hold stays, and every byte is counted. */
  @Test
  void spansHoldWhatWasStoredAndTakeNoByteMore() {
    record Out(CompactedSpan span, List<HeadKeys> heads) {}
    try (KvPool pool = new KvPool(LAYOUT, 12)) {
      List<Out> out = new ArrayList<>();
      List<CompactedSpan> held = new ArrayList<>();
      List<PagedSpan> paged = new ArrayList<>();
      int refused = 0;
      for (int i = 0; i < Seeds.iterations(2_000); i++) {
        int choice = random.nextInt(6);
        if (choice < 2) {
          List<HeadKeys> heads = heads(random.nextInt(90));
          int freeBefore = pool.freePages();
          CompactedSpan span = pool.compacted().store(500, heads);
          if (span == null) {
            refused++;
            assertEquals(freeBefore, pool.freePages());
          } else {
            assertEquals(keys(heads) * Tiles.keyBytes(DIM), span.bytes());
            out.add(new Out(span, heads));
            held.add(span);
          }
        } else if (choice == 2 && !held.isEmpty()) {
          CompactedSpan fork = held.get(random.nextInt(held.size()));
          pool.compacted().hold(fork);
          held.add(fork);
        } else if (choice == 3 && pool.freePages() > 0) {
          paged.add(pool.reserve(32));
        } else if (choice == 4 && !paged.isEmpty()) {
          pool.release(paged.removeLast());
        } else if (!held.isEmpty()) {
          pool.compacted().release(held.remove(random.nextInt(held.size())));
          out.removeIf(each -> each.span.holders() == 0);
        }
        pool.checkInvariants(paged);
        pool.compacted().checkInvariants(held);
        for (Out each : out) {
          assertHolds(pool, each.span, each.heads);
        }
      }
      assertTrue(refused > 0, "the pool was never full");
      held.forEach(pool.compacted()::release);
      paged.forEach(pool::release);
      assertEquals(12, pool.freePages());
      assertEquals(0, pool.compacted().usedBytes());
    }
  }

  @Test
  void pagesAreFilledToTheLastKeys() {
    try (KvPool pool = new KvPool(LAYOUT, 80)) {
      List<CompactedSpan> spans = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        spans.add(stored(pool, 100, heads(80)));
      }
      long used = pool.compacted().usedBytes();
      long taken = pool.compacted().pages() * LAYOUT.pageBytes();
      assertTrue(used >= 0.95 * taken, used + " of " + taken);
      spans.forEach(pool.compacted()::release);
    }
  }

  private static CompactedSpan stored(KvPool pool, int tokens, List<HeadKeys> heads) {
    CompactedSpan span = pool.compacted().store(tokens, heads);
    assertNotNull(span);
    return span;
  }

  @Test
  void aSpanIsGivenBackAsOftenAsItIsHeld() {
    try (KvPool pool = new KvPool(LAYOUT, 2)) {
      CompactedSpan span = stored(pool, 40, heads(5));
      pool.compacted().hold(span);
      pool.compacted().release(span);
      pool.compacted().checkInvariants(List.of(span));
      pool.compacted().release(span);
      assertThrows(IllegalStateException.class, () -> pool.compacted().release(span));
      assertThrows(IllegalStateException.class, () -> pool.compacted().read(span, 0, 0));
      assertEquals(2, pool.freePages());
    }
  }

  @Test
  void noRoomIsTold() {
    try (KvPool pool = new KvPool(LAYOUT, 1)) {
      PagedSpan all = pool.reserve(1);
      assertNull(pool.compacted().store(4, heads(9)));
      pool.checkInvariants(List.of(all));
    }
  }
}
