package dev.palimpsest.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Heads;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvPoolTest {
  private static final KvLayout LAYOUT = new KvLayout(2, new Heads(4, 2, 8));

  @Test
  void theSlabHasTheSizeOfItsPages() {
    assertEquals(2 * 2 * 2 * 8 * 32 * 4, LAYOUT.pageBytes());
    try (KvPool pool = new KvPool(LAYOUT, 3)) {
      assertEquals(3 * LAYOUT.pageBytes(), pool.bytes());
    }
  }

  @Test
  void pagesAddUpWhateverIsTakenAndGivenBack() {
    var random = Seeds.random(Seeds.seed("KvPoolTest"));
    try (KvPool pool = new KvPool(LAYOUT, 17)) {
      List<PagedSpan> out = new ArrayList<>();
      for (int i = 0; i < Seeds.iterations(5_000); i++) {
        int tokens = random.nextInt(1, 200);
        if (random.nextBoolean() && KvLayout.pagesFor(tokens) <= pool.freePages()) {
          out.add(pool.reserve(tokens));
        } else if (!out.isEmpty()) {
          pool.release(out.remove(random.nextInt(out.size())));
        }
        pool.checkInvariants(out);
      }
      out.forEach(pool::release);
      assertEquals(17, pool.freePages());
    }
  }

  @Test
  void moreThanIsFreeIsRefusedAndNothingTaken() {
    try (KvPool pool = new KvPool(LAYOUT, 2)) {
      PagedSpan span = pool.reserve(33);
      assertEquals(2, span.pageCount());
      assertEquals(64, span.capacityTokens());
      var error = assertThrows(IllegalStateException.class, () -> pool.reserve(1));
      assertEquals("1 tokens need 1 pages, 0 are free", error.getMessage());
      pool.checkInvariants(List.of(span));
    }
  }

  @Test
  void aSpanIsGivenBackOnce() {
    try (KvPool pool = new KvPool(LAYOUT, 2)) {
      PagedSpan span = pool.reserve(1);
      pool.release(span);
      assertTrue(span.isReleased());
      assertThrows(IllegalStateException.class, () -> pool.release(span));
      pool.checkInvariants(List.of());
    }
  }

  @Test
  void theCheckFindsALostPage() {
    try (KvPool pool = new KvPool(LAYOUT, 2)) {
      pool.reserve(1);
      assertThrows(IllegalStateException.class, () -> pool.checkInvariants(List.of()));
    }
  }
}
