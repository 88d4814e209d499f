package dev.palimpsest.runtime.bridge;

import dev.palimpsest.compress.CompactionReport;
import dev.palimpsest.compress.HeadError;
import dev.palimpsest.compress.RequestedCompaction;
import dev.palimpsest.engine.Admission;
import dev.palimpsest.engine.CacheCompactor;
import dev.palimpsest.engine.Compaction;
import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.FinishReason;
import dev.palimpsest.engine.Generation;
import dev.palimpsest.engine.GenerationRequest;
import dev.palimpsest.engine.TokenDelta;
import dev.palimpsest.engine.kv.CompactedSpans;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.WindowChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One compaction, step by step. The beginning is read, so that it lies in the cache; an exact copy
 * of it is made, behind which nothing that is computed can be found by others; behind the copy the
 * model reads what was said since and, piece by piece, the beginning once more, and its queries are
 * sampled; to these the method is fitted. So a session takes no memory for queries before anybody
 * compacts it. Where all is to be kept the copy itself is the result. For one thread.
 */
final class PastWork implements AutoCloseable {
  /** Tokens whose queries are kept. */
  private static final int QUERY_TOKENS = 256;

  /** Tokens of the beginning that are said again at a time, as the benchmark does. */
  private static final int PIECE_TOKENS = 64;

  private static final long SEED = 1;
  private static final String LATE = "It took too long.";

  private final Engine engine;
  private final @Nullable Adapter adapter;
  private final TenantId tenant;
  private final Executor worker;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile Runnable cancel = () -> {};
  private volatile boolean isLate;
  private volatile long pageBytes;
  private volatile List<HeadKeys> made = List.of();

  /** What came of it. */
  sealed interface Result {
    /**
     * It is stored.
     *
     * @param heads what was stored of each head of each layer in turn
     */
    record Done(CompactedPast past, WindowChange.Compacted part, List<HeadKeys> heads)
        implements Result {}

    record None(String reason) implements Result {}
  }

  /**
   * @param worker fits the keys
   * @param patience after which it ends without a result
   */
  PastWork(
      Engine engine,
      @Nullable Adapter adapter,
      TenantId tenant,
      Executor worker,
      Duration patience) {
    this.engine = engine;
    this.adapter = adapter;
    this.tenant = tenant;
    this.worker = worker;
    Thread.ofVirtual().name("compaction-watch").start(() -> watch(patience));
  }

  /** Under which a tenant's keys and values are cached. */
  static String salt(@Nullable Adapter adapter, TenantId tenant) {
    return adapter == null ? tenant.value() : adapter.salt(tenant.value());
  }

  /**
   * Compacts.
   *
   * @param prompt the tokens of the order's conversation
   */
  Result run(SessionPasts.Order order, TokenIds prompt, Model model) throws InterruptedException {
    KvLayout layout = model.architecture().cacheLayout();
    TokenIds past = prompt.slice(0, order.end());
    if (CompactedSpans.exactBytes(layout, past.size()) > engine.pastBytesMax()) {
      return none("the cache has no room for it beside the longest session");
    }
    Optional<String> trouble = read(request(prompt.slice(0, order.end() + 1)));
    if (trouble.isPresent()) {
      return new Result.None(trouble.get());
    }
    QuerySample none = new QuerySample(layout.layers(), layout.heads(), 1, SEED);
    boolean keepsAll = order.ratio() == 1;
    return switch (compact(past, none, keepsAll ? remembering(this::copy) : this::copy)) {
      case Compaction.Outcome.None(String reason) -> none(reason);
      case Compaction.Outcome.Done(CompactedPast exact) -> {
        if (keepsAll) {
          yield done(order, layout, exact, null);
        }
        try {
          yield shorten(order, prompt, layout, exact);
        } finally {
          engine.forget(exact);
        }
      }
    };
  }

  private Result shorten(
      SessionPasts.Order order, TokenIds prompt, KvLayout layout, CompactedPast exact)
      throws InterruptedException {
    QuerySample sample = new QuerySample(layout.layers(), layout.heads(), QUERY_TOKENS, SEED);
    Optional<String> trouble = ask(exact, prompt, order.exact(), sample);
    if (trouble.isPresent()) {
      return new Result.None(trouble.get());
    }
    RequestedCompaction method =
        new RequestedCompaction(order.policy().request(order.end(), order.exact(), order.ratio()));
    return switch (compact(exact.tokens(), sample, remembering(method))) {
      case Compaction.Outcome.None(String reason) -> none(reason);
      case Compaction.Outcome.Done(CompactedPast past) ->
          done(order, layout, past, method.report().orElseThrow());
    };
  }

  /** Has the model ask: with what was said behind the beginning, and by saying that again. */
  private Optional<String> ask(CompactedPast exact, TokenIds prompt, int from, QuerySample sample)
      throws InterruptedException {
    TokenIds past = exact.tokens();
    Optional<String> trouble = read(request(prompt).behind(exact).sampled(sample));
    int most = Math.min(PIECE_TOKENS, engine.contextTokens() - past.size() - 1);
    for (int at = from; at < past.size() && trouble.isEmpty(); at += most) {
      if (!exact.isKept()) {
        return Optional.of("It was forgotten meanwhile.");
      }
      TokenIds piece = past.slice(at, Math.min(past.size(), at + most));
      trouble = read(request(past.concat(piece)).behind(exact).sampled(sample));
    }
    return trouble;
  }

  /** The shortest answer to a prompt: it is read for what stays of it. */
  private GenerationRequest request(TokenIds prompt) {
    return new GenerationRequest(
        prompt,
        SamplingParams.GREEDY,
        1,
        List.of(),
        null,
        tenant.value(),
        -1,
        adapter == null ? null : adapter.name());
  }

  /** Has a prompt read to its end; says what was in the way. */
  private Optional<String> read(GenerationRequest request) throws InterruptedException {
    return switch (engine.submit(request)) {
      case Admission.Refused(Admission.Reason reason, String detail) -> Optional.of(detail);
      case Admission.Accepted(Generation generation) -> {
        guard(generation::cancel);
        TokenDelta delta = generation.take();
        while (delta.finish() == null) {
          delta = generation.take();
        }
        yield delta.finish() == FinishReason.STOP || delta.finish() == FinishReason.LENGTH
            ? Optional.empty()
            : Optional.of(isLate ? LATE : "The model has stopped.");
      }
    };
  }

  /** Only a result for all of the beginning is one. */
  private Compaction.Outcome compact(TokenIds past, QuerySample queries, CacheCompactor method)
      throws InterruptedException {
    Compaction compaction =
        engine.compact(new Compaction.Task(salt(adapter, tenant), past, queries, method, worker));
    guard(compaction::cancel);
    Compaction.Outcome outcome = await(compaction);
    if (outcome instanceof Compaction.Outcome.Done(CompactedPast made)
        && made.tokens().size() < past.size()) {
      engine.forget(made);
      return new Compaction.Outcome.None("the cache is too full to hold it");
    }
    return outcome;
  }

  /** Whoever stops waiting leaves no result behind. */
  private Compaction.Outcome await(Compaction compaction) throws InterruptedException {
    try {
      return compaction.await();
    } catch (InterruptedException e) {
      compaction.cancel();
      if (compaction.outcome().orElse(null)
          instanceof Compaction.Outcome.Done(CompactedPast made)) {
        engine.forget(made);
      }
      throw e;
    }
  }

  /** The same method; what comes of it is to be written to disk, too. */
  private CacheCompactor remembering(CacheCompactor method) {
    return (past, isCancelled) -> {
      List<HeadKeys> heads = method.compact(past, isCancelled);
      made = heads == null ? List.of() : heads;
      return heads;
    };
  }

  /** All keys and values as they are; notes what a page of the cache takes. */
  private @Nullable List<HeadKeys> copy(CacheCompactor.Past past, BooleanSupplier isCancelled) {
    KvLayout layout = past.layout();
    pageBytes = layout.pageBytes();
    List<HeadKeys> heads = new ArrayList<>();
    for (int layer = 0; layer < layout.layers() && !isCancelled.getAsBoolean(); layer++) {
      for (int head = 0; head < layout.heads().keyValue(); head++) {
        heads.add(past.exact(layer, head));
      }
    }
    return isCancelled.getAsBoolean() ? null : heads;
  }

  private Result none(String reason) {
    return new Result.None(isLate ? LATE : "It could not be done: " + reason + ".");
  }

  /**
   * @param report null where all keys are kept
   */
  private Result done(
      SessionPasts.Order order,
      KvLayout layout,
      CompactedPast past,
      @Nullable CompactionReport report) {
    int before = order.end() - order.exact();
    int heads = layout.layers() * layout.heads().keyValue();
    int after =
        report == null ? before : (int) Math.ceilDiv(report.keysAfter(), heads) - order.exact();
    long exactBytes = KvLayout.pagesFor(order.end()) * pageBytes;
    WindowChange.Compacted part =
        new WindowChange.Compacted(
            order.compaction(),
            order.policy().name(),
            order.ratio(),
            order.turns(),
            new WindowChange.Saved(order.exact(), before, after, exactBytes, past.bytes()),
            report == null ? null : heldOut(report.meanError()));
    return new Result.Done(past, part, made);
  }

  /** What is no number says nothing. */
  private static WindowChange.@Nullable HeldOut heldOut(HeadError error) {
    boolean isNumber = Double.isFinite(error.massMean() + error.output());
    return isNumber ? new WindowChange.HeldOut(error.massMean(), error.output()) : null;
  }

  /** What is to be ended where time runs out. */
  private void guard(Runnable what) {
    cancel = what;
    if (isLate) {
      what.run();
    }
  }

  private void watch(Duration patience) {
    try {
      if (!over.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        isLate = true;
        cancel.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    over.countDown();
    cancel.run();
  }
}
