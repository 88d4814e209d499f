package dev.palimpsest.compress;

import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The compaction of one stretch, head by head: first all heads are weighed where budgets are
 * pooled, then each is compacted. {@link #run} does it on the calling thread; who has several
 * threads calls {@link #weigh}, {@link #allot} and {@link #compact} itself, which for different
 * heads do not touch each other. Of the queries every fifth token's are held out of the fit and
 * measured with.
 */
public final class SpanCompaction {
  /** Fewer tokens' queries than this say too little about a stretch. */
  public static final int QUERY_TOKENS_MIN = 8;

  private static final int HELD_OUT_EVERY = 5;
  private static final int FLOOR_PART = 5;

  private final CompactionRequest request;
  private final Heads heads;
  private final int headCount;
  private final Source source;
  private final float[][] strengths;
  private final int[] budgets;
  private final int[] counts;
  private final @Nullable HeadKeys[] results;
  private final CompactionReport.@Nullable Head[] reports;

  /** What is compacted; may be asked on any thread. */
  public interface Source {
    /** All keys and values of a head. */
    HeadKeys exact(int layer, int head);

    /** Queries of a head, none or of at least {@value #QUERY_TOKENS_MIN} tokens. */
    Queries queries(int layer, int head);
  }

  /** The compacted heads, layer by layer, and what was lost. */
  public record Result(List<HeadKeys> heads, CompactionReport report) {
    /** Copies the list. */
    public Result {
      heads = List.copyOf(heads);
    }
  }

  /** Prepares it. */
  public SpanCompaction(CompactionRequest request, KvLayout layout, Source source) {
    this.request = request;
    this.heads = layout.heads();
    this.source = source;
    headCount = layout.layers() * heads.keyValue();
    strengths = new float[headCount][];
    budgets = new int[headCount];
    counts = new int[headCount];
    results = new HeadKeys[headCount];
    reports = new CompactionReport.Head[headCount];
  }

  /** Number of heads of all layers. */
  public int heads() {
    return headCount;
  }

  /** Does all of it; null where it was cancelled, which is looked at before each head. */
  public @Nullable Result run(BooleanSupplier isCancelled) {
    for (int head = 0; head < headCount && !isCancelled.getAsBoolean(); head++) {
      weigh(head);
    }
    if (isCancelled.getAsBoolean()) {
      return null;
    }
    allot();
    for (int head = 0; head < headCount && !isCancelled.getAsBoolean(); head++) {
      compact(head);
    }
    return isCancelled.getAsBoolean() ? null : result();
  }

  private HeadKeys exact(int head) {
    return source.exact(head / heads.keyValue(), head % heads.keyValue());
  }

  private Queries queries(int head) {
    return source.queries(head / heads.keyValue(), head % heads.keyValue());
  }

  /** Sees how strongly the keys of a head are attended. */
  public void weigh(int head) {
    HeadKeys exact = exact(head);
    counts[head] = exact.count();
    if (isPooled()) {
      Attended attended = Attended.of(queries(head).split(HELD_OUT_EVERY, false), exact);
      strengths[head] =
          request.budgets() == CompactionRequest.Budgets.PEAKS
              ? attended.peaks()
              : attended.strengths();
    }
  }

  /** Shares the keys out; after all heads were weighed. */
  public void allot() {
    for (int head = 0; head < headCount; head++) {
      long kept = Math.round(counts[head] / request.ratio());
      budgets[head] = Math.clamp(kept, sinks(counts[head]), counts[head]);
    }
    if (isPooled()) {
      pool();
    }
  }

  private boolean isPooled() {
    return request.budgets() != CompactionRequest.Budgets.UNIFORM && request.ratio() > 1;
  }

  private int sinks(int count) {
    return Math.min(request.sinks(), count);
  }

  /** Every head gets its floor, and the strongest keys of all that is left. */
  private void pool() {
    int[] floors = new int[headCount];
    int left = 0;
    List<float[]> candidates = new ArrayList<>();
    for (int head = 0; head < headCount; head++) {
      int sinks = sinks(counts[head]);
      floors[head] = Math.max(sinks, Math.ceilDiv(budgets[head], FLOOR_PART));
      left += budgets[head] - floors[head];
      // The floor is filled with a head's own strongest keys; the others compete.
      float[] own = Arrays.copyOfRange(strengths[head], sinks, counts[head]);
      Arrays.sort(own);
      int competing = counts[head] - floors[head];
      for (int i = 0; i < competing; i++) {
        candidates.add(new float[] {own[i], head});
      }
    }
    candidates.sort((a, b) -> Float.compare(b[0], a[0]));
    for (float[] candidate : candidates.subList(0, Math.max(0, left))) {
      floors[(int) candidate[1]]++;
    }
    System.arraycopy(floors, 0, budgets, 0, headCount);
  }

  /** Compacts a head; after {@link #allot}. */
  public void compact(int head) {
    HeadKeys exact = exact(head);
    Queries all = queries(head);
    Queries heldOut = all.split(HELD_OUT_EVERY, true);
    HeadCase each = new HeadCase(exact, all.split(HELD_OUT_EVERY, false), sinks(exact.count()));
    Attended expected = Attended.of(heldOut, exact);
    HeadKeys result;
    HeadError error;
    int keys = budgets[head];
    while (true) {
      boolean isExact = keys >= exact.count();
      result = isExact ? exact : request.method().compact(each, keys);
      error = isExact ? HeadError.NONE : HeadError.of(heldOut, expected, result);
      CompactionRequest.Bounds bounds = request.bounds();
      if (isExact || bounds == null || bounds.holds(error)) {
        break;
      }
      keys = Math.min(exact.count(), 2 * keys);
    }
    results[head] = result;
    reports[head] =
        new CompactionReport.Head(
            head / heads.keyValue(),
            head % heads.keyValue(),
            result.count(),
            result == exact,
            error);
  }

  /** What came out; after all heads were compacted. */
  public Result result() {
    List<HeadKeys> done = new ArrayList<>();
    List<CompactionReport.Head> told = new ArrayList<>();
    long before = 0;
    long after = 0;
    for (int head = 0; head < headCount; head++) {
      HeadKeys result = Objects.requireNonNull(results[head], "a head was not compacted");
      done.add(result);
      told.add(Objects.requireNonNull(reports[head]));
      before += counts[head];
      after += result.count();
    }
    String name = request.method().name();
    return new Result(done, new CompactionReport(name, counts[0], before, after, told));
  }
}
