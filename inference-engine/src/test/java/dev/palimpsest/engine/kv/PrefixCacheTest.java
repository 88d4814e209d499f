package dev.palimpsest.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class PrefixCacheTest {
  private static final KvLayout LAYOUT = new KvLayout(1, new Heads(2, 1, 2));
  private static final int PAGE = 32;

  /** A sequence with the salt and the tokens that belong into its pages. */
  private static final class Holder {
    private final String salt;
    private final int[] tokens;
    private final PrefixCache.Lease lease;
    private int computed;

    Holder(String salt, int[] tokens, PrefixCache.Lease lease) {
      this.salt = salt;
      this.tokens = tokens;
      this.lease = lease;
      this.computed = lease.cachedTokens();
    }

    PagedSpan span() {
      return lease.span();
    }
  }

  private final RandomGenerator random = Seeds.random(Seeds.seed("PrefixCacheTest"));

  /** What was computed into each page last: the salt and all tokens up to its end. */
  private final Map<Integer, String> written = new HashMap<>();

  @Test
  void pagesHoldWhatLedToThemWhoeverComesAndGoes() {
    int found = 0;
    int full = 0;
    for (int round = 0; round < Seeds.iterations(20); round++) {
      written.clear();
      try (KvPool pool = new KvPool(LAYOUT, random.nextInt(2, 20))) {
        PrefixCache cache = new PrefixCache(pool);
        List<Holder> holders = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
          if (random.nextInt(3) == 0) {
            int before = holders.size();
            found += begin(cache, pool, holders);
            full += holders.size() == before ? 1 : 0;
          } else if (!holders.isEmpty()) {
            goOn(cache, pool, holders);
          }
          pool.checkInvariants(holders.stream().map(Holder::span).toList());
          assertTrue(cache.pages() >= pool.idlePages());
        }
        holders.forEach(holder -> pool.release(holder.span()));
        assertEquals(pool.pages(), pool.freePages() + pool.idlePages());
        assertEquals(cache.pages(), pool.idlePages());
      }
    }
    assertTrue(found > 100, found + " pages were found");
    assertTrue(full > 100, full + " times there was no room");
  }

  @Test
  void theLongestUnusedGoesFirstAndThePathFromItsEnd() {
    try (KvPool pool = new KvPool(LAYOUT, 6)) {
      PrefixCache cache = new PrefixCache(pool);
      TokenIds old = ids(1, 3 * PAGE + 1);
      TokenIds young = ids(2, PAGE + 1);
      run(cache, pool, old);
      run(cache, pool, young);
      assertEquals(4, pool.idlePages());
      PrefixCache.Lease large = leased(cache, ids(3, 4 * PAGE));
      assertEquals(4, large.span().pageCount());
      assertEquals(2, pool.idlePages());
      pool.release(large.span());
      assertEquals(PAGE, cached(cache, pool, young));
      assertEquals(PAGE, cached(cache, pool, old));
    }
  }

  /** Giving a held page up would make no room, and nobody would find it again. */
  @Test
  void whatIsHeldStaysKnownWhileOthersGiveWay() {
    try (KvPool pool = new KvPool(LAYOUT, 6)) {
      PrefixCache cache = new PrefixCache(pool);
      TokenIds held = ids(1, 2 * PAGE + 1);
      PrefixCache.Lease longHeld = leased(cache, held);
      cache.publish(longHeld.place(), longHeld.span(), held::at, 2 * PAGE);
      TokenIds idle = ids(2, 3 * PAGE);
      run(cache, pool, idle);
      PrefixCache.Lease large = leased(cache, ids(3, 2 * PAGE));
      pool.checkInvariants(List.of(longHeld.span(), large.span()));
      assertEquals(1, pool.idlePages());
      assertEquals(3, cache.pages());
      pool.release(longHeld.span());
      pool.release(large.span());
      assertEquals(2 * PAGE, cached(cache, pool, held));
      assertEquals(PAGE, cached(cache, pool, idle));
    }
  }

  /** The beginning was computed twice: what is known of it is idle, what follows it is held. */
  @Test
  void whatIsHeldBehindAnIdlePageIsForgottenWhereThatPageIsNeeded() {
    try (KvPool pool = new KvPool(LAYOUT, 5)) {
      PrefixCache cache = new PrefixCache(pool);
      TokenIds tokens = ids(1, 3 * PAGE);
      PrefixCache.Lease first = leased(cache, tokens.slice(0, 2 * PAGE));
      PrefixCache.Lease second = leased(cache, tokens);
      cache.publish(first.place(), first.span(), tokens::at, 2 * PAGE);
      cache.publish(second.place(), second.span(), tokens::at, 3 * PAGE);
      pool.release(first.span());
      assertEquals(3, cache.pages());
      assertEquals(2, pool.idlePages());
      PrefixCache.Lease third = leased(cache, ids(2, 2 * PAGE));
      assertEquals(0, cache.pages());
      pool.checkInvariants(List.of(second.span(), third.span()));
      cache.publish(second.place(), second.span(), tokens::at, 3 * PAGE);
      assertEquals(0, cache.pages());
      pool.release(second.span());
      pool.release(third.span());
      assertEquals(5, pool.freePages());
    }
  }

  @Test
  void whatIsForgottenIsNotFoundAndFreeOnceNobodyHoldsIt() {
    try (KvPool pool = new KvPool(LAYOUT, 12)) {
      PrefixCache cache = new PrefixCache(pool);
      TokenIds prompt = ids(1, 2 * PAGE + 1);
      run(cache, pool, prompt);
      PrefixCache.Lease held = leased(cache, prompt);
      assertEquals(2 * PAGE, held.cachedTokens());
      assertEquals(2, cache.forget(""));
      assertEquals(0, cache.forget(""));
      assertEquals(0, cache.pages());
      assertEquals(0, cached(cache, pool, prompt));
      cache.publish(held.place(), held.span(), prompt::at, 2 * PAGE);
      assertEquals(0, cache.pages());
      pool.release(held.span());
      assertEquals(pool.pages(), pool.freePages());
      run(cache, pool, prompt);
      assertEquals(2 * PAGE, cached(cache, pool, prompt));
    }
  }

  @Test
  void aPromptThatIsKnownToItsEndStillHasATokenToCompute() {
    try (KvPool pool = new KvPool(LAYOUT, 8)) {
      PrefixCache cache = new PrefixCache(pool);
      run(cache, pool, ids(1, 2 * PAGE));
      assertEquals(PAGE, cached(cache, pool, ids(1, 2 * PAGE)));
      assertEquals(2 * PAGE, cached(cache, pool, ids(1, 2 * PAGE + 1)));
      assertEquals(0, cached(cache, pool, ids(1, PAGE)));
    }
  }

  @Test
  void whereThereIsNoRoomNothingIsTaken() {
    try (KvPool pool = new KvPool(LAYOUT, 3)) {
      PrefixCache cache = new PrefixCache(pool);
      PrefixCache.Lease held = leased(cache, ids(1, 2 * PAGE));
      cache.publish(held.place(), held.span(), at -> 1, 2 * PAGE);
      assertNull(cache.lease("", ids(1, 4 * PAGE), 4 * PAGE, 0));
      assertEquals(1, pool.freePages());
      pool.checkInvariants(List.of(held.span()));
      pool.release(held.span());
      assertEquals(2, pool.idlePages());
      PrefixCache.Lease all = leased(cache, ids(2, 3 * PAGE));
      assertEquals(0, pool.idlePages());
      assertEquals(0, cache.pages());
      pool.release(all.span());
    }
  }

  private int begin(PrefixCache cache, KvPool pool, List<Holder> holders) {
    String salt = random.nextInt(4) == 0 ? "b" : "a";
    int[] tokens = new int[random.nextInt(1, 5 * PAGE)];
    int change = random.nextInt(tokens.length + 1);
    Arrays.fill(tokens, change, tokens.length, random.nextInt(1, 3));
    int capacity = tokens.length + random.nextInt(1, PAGE);
    int room = pool.freePages() + pool.idlePages();
    int[] whole = Arrays.copyOf(tokens, capacity);
    Arrays.fill(whole, tokens.length, capacity, random.nextInt(3));
    PrefixCache.Lease lease = cache.lease(salt, TokenIds.of(tokens), capacity, 0);
    if (lease == null) {
      assertTrue(KvLayout.pagesFor(capacity) > room);
      return 0;
    }
    int cached = lease.cachedTokens() / PAGE;
    assertTrue(lease.cachedTokens() < tokens.length);
    for (int i = 0; i < cached; i++) {
      assertEquals(path(salt, whole, i), written.get(lease.span().page(i)));
    }
    holders.add(new Holder(salt, whole, lease));
    return cached;
  }

  /** Computes some tokens, or ends. */
  private void goOn(PrefixCache cache, KvPool pool, List<Holder> holders) {
    int index = random.nextInt(holders.size());
    Holder holder = holders.get(index);
    int computed = holder.computed;
    int next = Math.min(holder.tokens.length, computed + random.nextInt(1, 2 * PAGE));
    if (next == computed || random.nextInt(5) == 0) {
      pool.release(holders.remove(index).span());
      return;
    }
    for (int page = computed / PAGE; (page + 1) * PAGE <= next; page++) {
      written.put(holder.span().page(page), path(holder.salt, holder.tokens, page));
    }
    holder.computed = next;
    cache.publish(holder.lease.place(), holder.span(), at -> holder.tokens[at], next);
  }

  private static String path(String salt, int[] tokens, int page) {
    return salt + Arrays.toString(Arrays.copyOf(tokens, (page + 1) * PAGE));
  }

  private static void run(PrefixCache cache, KvPool pool, TokenIds tokens) {
    PrefixCache.Lease lease = leased(cache, tokens);
    cache.publish(lease.place(), lease.span(), tokens::at, tokens.size());
    pool.release(lease.span());
  }

  private static int cached(PrefixCache cache, KvPool pool, TokenIds tokens) {
    PrefixCache.Lease lease = leased(cache, tokens);
    pool.release(lease.span());
    return lease.cachedTokens();
  }

  private static PrefixCache.Lease leased(PrefixCache cache, TokenIds tokens) {
    PrefixCache.Lease lease = cache.lease("", tokens, tokens.size(), 0);
    if (lease == null) {
      throw new AssertionError("no room for " + tokens.size() + " tokens");
    }
    return lease;
  }

  private static TokenIds ids(int token, int count) {
    int[] tokens = new int[count];
    Arrays.fill(tokens, token);
    return TokenIds.of(tokens);
  }
}
