package dev.palimpsest.compress.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.compress.Attended;
import dev.palimpsest.compress.CompactionReport;
import dev.palimpsest.compress.CompactionRequest;
import dev.palimpsest.compress.CompactionRequest.Bounds;
import dev.palimpsest.compress.CompactionRequest.Budgets;
import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.compress.SpanCompaction;
import dev.palimpsest.compress.kv.AttentionMatching.Biases;
import dev.palimpsest.compress.kv.AttentionMatching.Selection;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.kv.HeadKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What every method keeps to, each at several ratios, on random caches. */
class CompactorContractTest {
  private static final int SINKS = 4;
  private static final List<Compactor> EVICTING =
      List.of(
          new KeepRecent(),
          new KeyNorm(),
          new ExpectedAttention(),
          new AttentionScore(),
          new PeakAttention());
  private static final List<Compactor> MATCHING =
      List.of(
          new AttentionMatching(Selection.STRONGEST),
          new AttentionMatching(Selection.PEAK),
          new AttentionMatching(Selection.PURSUIT),
          new AttentionMatching(Selection.PURSUIT, Biases.SHARED, 0.1, 0.1));

  private final Caches caches = new Caches(Seeds.random(Seeds.seed("CompactorContractTest")));

  private static List<Compactor> all() {
    List<Compactor> all = new ArrayList<>(EVICTING);
    all.addAll(MATCHING);
    all.add(
        new AttentionMatching(
            Selection.PURSUIT,
            Biases.EACH,
            AttentionMatching.BIAS_RIDGE,
            Double.POSITIVE_INFINITY));
    all.add(new AttentionMatching(Selection.STRONGEST, Biases.NONE, 0.1, 1e-3));
    return all;
  }

  private static List<DynamicTest> each(List<Compactor> methods, Consumer<Compactor> check) {
    return methods.stream()
        .map(method -> DynamicTest.dynamicTest(method.name(), () -> check.accept(method)))
        .toList();
  }

  private HeadCase head(int layer, int head) {
    return new HeadCase(caches.exact(layer, head), caches.queries(layer, head), SINKS);
  }

  private CompactionReport report(Compactor method, double ratio, Budgets budgets) {
    return run(method, ratio, budgets, null).report();
  }

  private SpanCompaction.Result run(
      Compactor method,
      double ratio,
      Budgets budgets,
      @org.jspecify.annotations.Nullable Bounds bounds) {
    CompactionRequest request = new CompactionRequest(method, ratio, budgets, SINKS, bounds);
    SpanCompaction.Result result =
        new SpanCompaction(request, Caches.LAYOUT, caches).run(() -> false);
    assertTrue(result != null);
    return result;
  }

  @TestFactory
  List<DynamicTest> asManyKeysAsThereAreAreThoseKeys() {
    return each(
        all(),
        method -> {
          HeadCase each = head(1, 1);
          assertSame(each.exact(), method.compact(each, Caches.TOKENS));
          for (Budgets budgets : Budgets.values()) {
            SpanCompaction.Result result = run(method, 1, budgets, null);
            assertEquals(1, result.report().ratio());
            for (int head = 0; head < result.heads().size(); head++) {
              HeadKeys exact = caches.exact(head / Caches.HEADS, head % Caches.HEADS);
              assertSame(exact, result.heads().get(head));
            }
          }
        });
  }

  @TestFactory
  List<DynamicTest> keysAreSomeOfThoseThatWereAndSinksStay() {
    return each(
        all(),
        method -> {
          for (int keys : new int[] {SINKS, SINKS + 1, 20, Caches.TOKENS - 1}) {
            HeadCase each = head(1, 2);
            HeadKeys found = method.compact(each, keys);
            assertEquals(keys, found.count());
            for (int j = 0; j < keys; j++) {
              int from = found.positions()[j];
              assertArrayEquals(part(each.exact().keys(), from), part(found.keys(), j));
              boolean isSink = from < SINKS;
              assertTrue(!isSink || found.biases()[j] == 0);
              if (isSink) {
                assertArrayEquals(part(each.exact().values(), from), part(found.values(), j));
              }
              assertTrue(Float.isFinite(found.biases()[j]));
            }
            assertEquals(SINKS - 1, found.positions()[SINKS - 1]);
          }
        });
  }

  private static float[] part(float[] rows, int row) {
    return Arrays.copyOfRange(rows, row * Caches.DIM, (row + 1) * Caches.DIM);
  }

  @TestFactory
  List<DynamicTest> theSameCaseGivesTheSameKeys() {
    return each(
        all(),
        method -> {
          HeadKeys once = method.compact(head(0, 2), 31);
          HeadKeys again = method.compact(head(0, 2), 31);
          assertArrayEquals(once.positions(), again.positions());
          assertArrayEquals(once.values(), again.values());
          assertArrayEquals(once.biases(), again.biases());
        });
  }

  @TestFactory
  List<DynamicTest> theErrorGrowsWithTheRatio() {
    return each(
        MATCHING,
        method -> {
          double last = 0;
          for (double ratio : new double[] {2, 5, 10, 20}) {
            double error = report(method, ratio, Budgets.UNIFORM).meanError().output();
            assertTrue(error > last, ratio + ": " + error + " after " + last);
            last = error;
          }
        });
  }

  /** At equal numbers of keys, which are equal bytes, on queries that no method has seen. */
  @TestFactory
  List<DynamicTest> matchingBeatsEviction() {
    return each(
        MATCHING,
        method -> {
          for (double ratio : new double[] {5, 10, 20}) {
            CompactionReport matched = report(method, ratio, Budgets.UNIFORM);
            for (Compactor other : EVICTING) {
              CompactionReport evicted = report(other, ratio, Budgets.UNIFORM);
              assertEquals(evicted.keysAfter(), matched.keysAfter());
              String where = other.name() + " at " + ratio;
              assertTrue(matched.meanError().output() < evicted.meanError().output(), where);
              assertTrue(matched.meanError().massMean() < evicted.meanError().massMean(), where);
            }
          }
        });
  }

  @Test
  void pooledBudgetsAddUpToTheSameNumberOfKeysAndDiffer() {
    Compactor method = new AttentionMatching(Selection.STRONGEST);
    CompactionReport uniform = report(method, 10, Budgets.UNIFORM);
    CompactionReport pooled = report(method, 10, Budgets.POOLED);
    assertEquals(uniform.keysAfter(), pooled.keysAfter());
    assertEquals(10, uniform.ratio());
    long different =
        pooled.heads().stream().mapToInt(CompactionReport.Head::keys).distinct().count();
    assertTrue(different > 1);
    assertTrue(pooled.heads().stream().allMatch(each -> each.keys() * 5 >= 32));
  }

  @Test
  void aHeadThatMissesItsBoundKeepsMoreOrAll() {
    Compactor method = new AttentionMatching(Selection.PURSUIT);
    CompactionReport free = report(method, 20, Budgets.UNIFORM);
    Bounds bounds = new Bounds(0.1, 0.25);
    CompactionReport held = run(method, 20, Budgets.UNIFORM, bounds).report();
    assertTrue(free.heads().stream().anyMatch(each -> each.error().output() > 0.25));
    for (int i = 0; i < held.heads().size(); i++) {
      CompactionReport.Head each = held.heads().get(i);
      assertTrue(each.isExact() || each.error().output() <= 0.25);
      assertTrue(each.isExact() || each.error().massMean() <= 0.1);
      assertTrue(each.keys() >= free.heads().get(i).keys());
    }
    CompactionReport exact = run(method, 20, Budgets.UNIFORM, new Bounds(0, 0)).report();
    assertTrue(exact.heads().stream().allMatch(CompactionReport.Head::isExact));
  }

  @Test
  void aCancelledCompactionGivesNothing() {
    int[] asked = new int[1];
    CompactionRequest request =
        new CompactionRequest(new KeepRecent(), 5, Budgets.UNIFORM, SINKS, null);
    SpanCompaction compaction = new SpanCompaction(request, Caches.LAYOUT, caches);
    assertNull(compaction.run(() -> asked[0]++ >= 8));
  }

  /** A pursuit that makes its fit anew for each key takes the same keys. */
  @Test
  void thePursuitTakesTheKeysOfItsDefinition() {
    HeadCase each = head(1, 0);
    Attended attended = each.attended();
    int wanted = 30;
    int[] found = Pursuit.select(attended, SINKS, wanted, 1);
    assertArrayEquals(PlainPursuit.select(attended, SINKS, wanted), found);
  }

  /**
   * What mass and output are matched for: beside other keys, the short stretch has the share of the
   * long one.
   */
  @Test
  void besideOtherKeysAMatchedStretchHasItsShare() {
    HeadCase each = head(0, 1);
    HeadKeys others = caches.exact(1, 0).pick(new int[] {5, 90, 200});
    Compactor matching = new AttentionMatching(Selection.PURSUIT, Biases.EACH, 1e-4, 1e-3);
    double matched = besides(each, matching.compact(each, 40), others);
    double evicted = besides(each, new PeakAttention().compact(each, 40), others);
    assertTrue(matched < 0.6 * evicted, matched + " and " + evicted);
  }

  private static double besides(HeadCase each, HeadKeys compacted, HeadKeys others) {
    Attended before = Attended.of(each.queries(), joined(each.exact(), others));
    Attended after = Attended.of(each.queries(), joined(compacted, others));
    double wrong = 0;
    double right = 0;
    for (int i = 0; i < before.output().length; i++) {
      wrong += Math.pow(after.output()[i] - before.output()[i], 2);
      right += Math.pow(before.output()[i], 2);
    }
    return Math.sqrt(wrong / right);
  }

  /** One after the other, the second at positions behind the first. */
  private static HeadKeys joined(HeadKeys first, HeadKeys second) {
    int count = first.count() + second.count();
    int[] positions = Arrays.copyOf(first.positions(), count);
    for (int j = 0; j < second.count(); j++) {
      positions[first.count() + j] = Caches.TOKENS + j;
    }
    return new HeadKeys(
        Caches.DIM,
        joined(first.keys(), second.keys()),
        joined(first.values(), second.values()),
        joined(first.biases(), second.biases()),
        positions);
  }

  private static float[] joined(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
