package dev.palimpsest.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.DeltaHeads;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.token.TokenIds;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Beginnings that are found again together with their states. */
class PrefixStatesTest {
  private static final int PAGE = 32;
  private static final KvLayout PAGES = new KvLayout(1, new Heads(2, 1, 2));
  private static final StateLayout STATES =
      new StateLayout(2, new DeltaHeads(1, 1, 2, 2, 2, false));

  private final RandomGenerator random = Seeds.random(Seeds.seed("PrefixStatesTest"));
  private KvPool pool;
  private StatePool states;
  private PrefixCache cache;

  @BeforeEach
  void open() {
    open(16, 4);
  }

  private void open(int pages, int slots) {
    pool = new KvPool(PAGES, pages);
    states = new StatePool(STATES, slots);
    cache = new PrefixCache(pool, states);
  }

  @AfterEach
  void close() {
    pool.close();
    states.close();
  }

  /** A sequence whose state holds the number of its tokens and a sum over them. */
  private final class Holder {
    private final int[] tokens;
    private final PrefixCache.Lease lease;
    private final StateSlot state;
    private int computed;

    Holder(int[] tokens, PrefixCache.Lease lease) {
      this.tokens = tokens;
      this.lease = lease;
      this.state = slot(lease.state());
      this.computed = lease.cachedTokens();
      assertEquals(sum(tokens, computed), stamp(state), "the state is not that of the pages");
    }

    void compute(int to, boolean isPassing) {
      computed = to;
      states.memory(state).set(ValueLayout.JAVA_LONG, 0, sum(tokens, to));
      cache.publish(lease.place(), lease.span(), at -> tokens[at], to);
      cache.keepState(lease.place(), state, to, isPassing);
    }

    void end() {
      pool.release(lease.span());
      states.release(state);
    }
  }

  private long stamp(StateSlot state) {
    return states.memory(state).get(ValueLayout.JAVA_LONG, 0);
  }

  private static StateSlot slot(@Nullable StateSlot state) {
    return Objects.requireNonNull(state, "there is no state");
  }

  private static long sum(int[] tokens, int count) {
    return count == 0 ? 0 : Arrays.hashCode(Arrays.copyOf(tokens, count)) * 31L + count;
  }

  private @Nullable Holder begin(int[] tokens) {
    PrefixCache.Lease lease = cache.lease("", TokenIds.of(tokens), tokens.length, 0);
    return lease == null ? null : new Holder(tokens, lease);
  }

  private Holder begun(int[] tokens) {
    Holder holder = begin(tokens);
    if (holder == null) {
      throw new AssertionError("no room");
    }
    return holder;
  }

  private static int[] tokens(int id, int count) {
    int[] tokens = new int[count];
    Arrays.fill(tokens, id);
    return tokens;
  }

  private void checkInvariants(Holder... out) {
    pool.checkInvariants(Arrays.stream(out).map(each -> each.lease.span()).toList());
    cache.checkInvariants(Arrays.stream(out).map(each -> each.state).toList());
  }

  @Test
  void pagesWithoutAStateAreNoBeginning() {
    Holder first = begun(tokens(1, 3 * PAGE + 1));
    first.compute(PAGE + 5, false);
    first.compute(3 * PAGE, false);
    first.end();
    Holder same = begun(tokens(1, 3 * PAGE + 1));
    assertEquals(3 * PAGE, same.lease.cachedTokens());
    Holder shorter = begun(tokens(1, 3 * PAGE));
    assertEquals(0, shorter.lease.cachedTokens());
    assertEquals(2 * PAGE, shorter.lease.knownTokens());
    shorter.compute(2 * PAGE, false);
    checkInvariants(same, shorter);
    Holder again = begun(tokens(1, 3 * PAGE));
    assertEquals(2 * PAGE, again.lease.cachedTokens());
    checkInvariants(same, shorter, again);
  }

  @Test
  void aStateInsideAPageIsNotKept() {
    Holder first = begun(tokens(1, 3 * PAGE));
    first.compute(PAGE + 1, false);
    assertEquals(0, cache.states());
    first.compute(2 * PAGE, false);
    assertEquals(1, cache.states());
    checkInvariants(first);
  }

  @Test
  void whatPassesReplacesWhatPassedAndNothingElse() {
    Holder first = begun(tokens(1, 6 * PAGE));
    first.compute(PAGE, false);
    first.compute(2 * PAGE, true);
    first.compute(3 * PAGE, true);
    first.compute(4 * PAGE, true);
    assertEquals(2, cache.states());
    first.end();
    Holder known = begun(tokens(1, 4 * PAGE + 1));
    Holder less = begun(tokens(1, 3 * PAGE + 1));
    assertEquals(4 * PAGE, known.lease.cachedTokens());
    assertEquals(PAGE, less.lease.cachedTokens());
    checkInvariants(known, less);
  }

  @Test
  void theLastStateIsTakenOver() {
    close();
    open(16, 1);
    Holder first = begun(tokens(1, 3 * PAGE));
    assertNull(begin(tokens(2, PAGE)));
    first.compute(2 * PAGE, false);
    assertEquals(0, cache.states(), "there is no slot for a copy");
    first.end();
    Holder second = begun(tokens(1, 3 * PAGE));
    assertEquals(0, second.lease.cachedTokens());
    second.end();
    close();
    open(16, 2);
    Holder third = begun(tokens(1, 3 * PAGE));
    third.compute(2 * PAGE, false);
    assertEquals(1, cache.states());
    Holder fourth = begun(tokens(1, 3 * PAGE));
    assertEquals(2 * PAGE, fourth.lease.cachedTokens());
    assertEquals(0, cache.states(), "it goes on in the copy");
    checkInvariants(third, fourth);
    assertNull(begin(tokens(1, 3 * PAGE)));
    checkInvariants(third, fourth);
  }

  @Test
  void whatIsReadStaysAsItIs() {
    close();
    open(16, 2);
    Holder first = begun(tokens(1, 3 * PAGE));
    first.compute(2 * PAGE, false);
    PrefixCache.Held held = cache.hold("", TokenIds.of(tokens(1, 3 * PAGE)));
    if (held == null) {
      throw new AssertionError("nothing is known");
    }
    assertEquals(2, held.span().pageCount());
    StateSlot state = slot(held.state());
    assertEquals(sum(first.tokens, 2 * PAGE), stamp(state));
    assertNull(begin(tokens(2, PAGE)), "both states are taken");
    first.end();
    Holder other = begun(tokens(2, PAGE));
    assertEquals(sum(first.tokens, 2 * PAGE), stamp(state));
    states.release(state);
    pool.release(held.span());
    assertThrows(IllegalStateException.class, () -> states.release(state));
    checkInvariants(other);
  }

  @Test
  void statesFollowTheTokensWhoeverComesAndGoes() {
    int found = 0;
    int full = 0;
    for (int round = 0; round < Seeds.iterations(20); round++) {
      close();
      open(random.nextInt(3, 24), random.nextInt(1, 7));
      List<Holder> holders = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        if (random.nextInt(3) == 0) {
          Holder next = begin(randomTokens());
          full += next == null ? 1 : 0;
          if (next != null) {
            found += next.computed / PAGE;
            holders.add(next);
          }
        } else if (!holders.isEmpty()) {
          goOn(holders);
        }
        checkInvariants(holders.toArray(Holder[]::new));
      }
      holders.forEach(Holder::end);
      checkInvariants();
      assertEquals(states.slots(), states.freeSlots() + cache.states());
    }
    assertTrue(found > 100, found + " pages were found");
    assertTrue(full > 100, full + " times there was no room");
  }

  private int[] randomTokens() {
    int[] tokens = new int[random.nextInt(1, 5 * PAGE)];
    int change = random.nextInt(tokens.length + 1);
    Arrays.fill(tokens, change, tokens.length, random.nextInt(1, 3));
    return tokens;
  }

  private void goOn(List<Holder> holders) {
    int index = random.nextInt(holders.size());
    Holder holder = holders.get(index);
    if (holder.computed == holder.tokens.length || random.nextInt(5) == 0) {
      holders.remove(index).end();
      return;
    }
    int end = (holder.computed / PAGE + 1) * PAGE;
    int next = random.nextBoolean() ? end : holder.computed + random.nextInt(1, 2 * PAGE);
    holder.compute(Math.min(holder.tokens.length, next), random.nextBoolean());
  }
}
