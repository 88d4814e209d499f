package dev.palimpsest.engine;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.draft.Drafter;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.Batch;
import dev.palimpsest.engine.model.Forward;
import dev.palimpsest.engine.model.ForwardLimits;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.sample.Sampler;
import dev.palimpsest.engine.sample.TokenChoice;
import dev.palimpsest.engine.sample.TokenRulesException;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.schedule.Scheduler;
import dev.palimpsest.engine.schedule.Sequence;
import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Advances all sequences of one model. Requests come from any thread through {@link #submit}; all
 * else happens on the one thread that calls {@link #run}, or {@link #step} by hand. Borrows model
 * and backend, which the caller closes after the engine; owns the cache.
 *
 * <p>A lock keeps stepping and closing apart: {@link #close} waits until the thread has left {@link
 * #run}.
 */
public final class Engine implements AutoCloseable {
  private static final int NO_GUESS = -1;

  private final Model model;
  private final Adapters adapters;
  private final MemoryPlan plan;
  private final int contextTokens;
  private final KvPool pool;
  private final @Nullable StatePool states;
  private final Scheduler scheduler;
  private final Forward forward;
  private final Sampler sampler;
  private final Batch batch;
  private final Intake intake;
  private final Wakeup wakeup = new Wakeup();
  private final Forgetting forgetting = new Forgetting();
  private final Ahead ahead;
  private final Drafting drafting;
  private final LongSupplier nanos;
  private final Compactions compactions;
  private final Restoring restoring;
  private final @Nullable Snapshots snapshots;
  private final List<Running> running = new ArrayList<>();
  private final ReentrantLock thread = new ReentrantLock();
  private final AtomicLong prefilledTokens = new AtomicLong();
  private final AtomicLong generatedTokens = new AtomicLong();
  private final AtomicLong finished = new AtomicLong();
  private volatile long cachedTokens;
  private volatile long recomputedTokens;
  private volatile long preemptions;
  private volatile long draftedTokens;
  private volatile long acceptedTokens;
  private volatile int runningCount;
  private volatile int pagesFree;
  private volatile int pagesIdle;
  private volatile boolean isClosed;
  private volatile @Nullable Throwable failure;

  /**
   * An engine that keeps nothing on disk and has no adapters and no clock, so that it can only
   * guess what is worth guessing.
   */
  public Engine(EngineConfig config, Model model, Backend backend) {
    this(config, model, backend, () -> 0, null, List.of());
  }

  /**
   * Takes all memory that the engine will ever take.
   *
   * @param nanos a clock that only runs forward; no token depends on it
   * @param parts with which keys and values are kept on disk, null where they are not
   * @param adapters which requests can choose by their names; borrowed, the caller closes them
   *     after the engine
   * @throws IllegalArgumentException if the cache holds not one page, the memory plan is beyond the
   *     configured limit, or two adapters have one name
   */
  public Engine(
      EngineConfig config,
      Model model,
      Backend backend,
      LongSupplier nanos,
      @Nullable SnapshotParts parts,
      List<Adapter> adapters) {
    this.model = model;
    this.nanos = nanos;
    this.adapters = new Adapters(adapters);
    plan = MemoryPlan.of(config, model, adapters);
    plan.requireWithin(config.memoryBytesMax());
    contextTokens = MemoryPlan.contextTokens(config, model);
    int pages = MemoryPlan.pages(config, model.weights().architecture());
    ForwardLimits limits = MemoryPlan.limits(config, model, pages);
    long cacheTokens = pages * (long) Attention.PAGE_TOKENS;
    RequestLimits bounds =
        new RequestLimits(model.vocabulary().size(), this.adapters, contextTokens, cacheTokens);
    pool = new KvPool(MemoryPlan.layout(config, model.weights().architecture()), pages);
    StateLayout layout = model.weights().architecture().stateLayout();
    states =
        layout == null ? null : new StatePool(layout, MemoryPlan.states(config, layout, pages));
    int longest = (int) Math.min(contextTokens, cacheTokens);
    scheduler = new Scheduler(pool, states, config.sequencesMax(), longest);
    intake = new Intake(config, bounds, this.adapters, scheduler, wakeup);
    forward = new Forward(model.weights(), backend, pool, states, limits);
    forward.adapt(adapters);
    sampler = new Sampler(model.weights().vocabularySize());
    batch = new Batch(limits.rowsMax(), limits.logitsMax());
    var caches = new Snapshots.Caches(pool, states);
    ahead = new Ahead(backend.threads());
    drafting = new Drafting(config);
    compactions = new Compactions(model.architecture(), pool, scheduler, wakeup);
    restoring = new Restoring(compactions, model, backend.numerics(), pool.layout());
    snapshots =
        parts == null
            ? null
            : new Snapshots(
                new Snapshots.Surroundings(parts, nanos, wakeup),
                model,
                backend,
                caches,
                scheduler);
    pagesFree = pages;
  }

  /** The memory that was taken. */
  public MemoryPlan plan() {
    return plan;
  }

  /** The longest sequence: the model's limit or the configured one. */
  public int contextTokens() {
    return contextTokens;
  }

  /** Hands in a request, from any thread; does not wait. */
  public Admission submit(GenerationRequest request) {
    return intake.submit(request);
  }

  /**
   * Asks for the keys and values of a beginning to be kept on disk, as far as they are in the cache
   * and if that is worth a file; from any thread, does not wait. Requests of the same salt that
   * begin alike will find them, also after a restart, until the store gives the file up.
   *
   * @param salt as in {@link GenerationRequest#cacheSalt}; for what was computed under an adapter
   *     what {@link Adapter#salt} makes of it
   * @param name the file's name under the salt; a later beginning takes the place of an earlier one
   */
  public void keep(String salt, String name, TokenIds tokens) {
    if (snapshots != null) {
      snapshots.keep(salt, name, tokens);
    }
  }

  /**
   * Tells what was generated before this engine began, so that it guesses the like; from any
   * thread, does not wait. No token of an answer depends on it.
   *
   * @param salt as in {@link #keep}
   * @param voice as in {@link GenerationRequest#voice}
   */
  public void learn(String salt, String voice, TokenIds text) {
    drafting.learn(salt, voice, text);
  }

  /** Bytes that compacted beginnings may take of the cache, all of them together. */
  public long pastBytesMax() {
    return scheduler.pastBytesMax();
  }

  /**
   * Asks for a beginning in the cache to be compacted, from any thread; the work goes on beside the
   * steps, and the pages stay as they are until their room is needed.
   */
  public Compaction compact(Compaction.Task task) {
    return compactions.ask(task);
  }

  /** Takes compacted beginnings back that were kept outside of the cache; for any thread. */
  public Restoring restoring() {
    return restoring;
  }

  /**
   * Gives a compacted beginning up, from any thread. Generations that go on from it are not hurt,
   * and what is asked to go on from it later is computed exactly.
   */
  public void forget(CompactedPast past) {
    compactions.forget(past);
  }

  /**
   * Forgets what was generated, and all keys and values in the cache that no running request uses,
   * compacted ones among them, under a salt and under what adapters make of it; they are forgotten
   * when this returns, so it waits for the end of a step. Requests that run or wait go on, and
   * nothing of them is found or remembered later. Compactions under way have no result. From any
   * thread but the one that steps.
   *
   * @return how many pages were forgotten; 0 also where the engine has ended, and uses none any
   *     more
   */
  public int forget(String salt) {
    return forgetting.forget(salt, wakeup, this::isHealthy);
  }

  /**
   * Steps until {@link #close}, waiting where there is nothing to do. An error ends it: every
   * generation finishes as FAILED and the engine is not healthy any more.
   */
  public void run() {
    thread.lock();
    try {
      while (!isClosed) {
        if (step() == 0) {
          checkInvariants();
          wakeup.await();
        }
      }
      finishAll(FinishReason.CANCELLED);
    } catch (InterruptedException e) {
      finishAll(FinishReason.CANCELLED);
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure = e;
      finishAll(FinishReason.FAILED);
    } finally {
      thread.unlock();
    }
  }

  /**
   * One step: make room, admit, schedule, run, sample, emit. Returns the number of tokens computed;
   * 0 means that there is nothing to do until a request, a reader or a cancellation comes.
   */
  public int step() {
    thread.lock();
    try {
      forgetting.advance(salt -> adapters.salts(salt).mapToInt(this::forgetNow).sum());
      if (snapshots != null) {
        snapshots.advance();
      }
      finishCancelled();
      drafting.advance();
      compactions.advance();
      pauseUnread();
      scheduler.makeRoom();
      admit();
      if (snapshots != null) {
        snapshots.collect();
      }
      drafting.propose(running, scheduler);
      batch.clear();
      scheduler.fill(batch);
      if (batch.rows() > 0) {
        compute();
        advance();
      }
      tellCounts();
      return batch.rows();
    } finally {
      thread.unlock();
    }
  }

  private void compute() {
    ahead.begin(running);
    boolean isDecoding = scheduler.isDecoding();
    long begun = nanos.getAsLong();
    forward.run(batch);
    long took = nanos.getAsLong() - begun;
    if (isDecoding) {
      drafting.stepped(batch.rows(), took);
    }
    if (snapshots != null) {
      snapshots.stepped(batch.rows(), running.size(), took);
    }
  }

  private int forgetNow(String salt) {
    drafting.forget(salt);
    compactions.cancel(salt);
    intake.forget(salt);
    return scheduler.forget(salt);
  }

  private void finishCancelled() {
    intake.endCancelled();
    for (int i = running.size() - 1; i >= 0; i--) {
      Running each = running.get(i);
      if (each.generation().isCancelled() && !each.sequence().isLoading()) {
        each.finish(FinishReason.CANCELLED);
        remove(i);
      }
    }
  }

  private void remove(int index) {
    Running last = running.remove(index);
    if (!last.sequence().isForgotten()) {
      String voice = last.generation().request().voice();
      drafting.finished(last.salt(), voice, last.sequence().output());
    }
    scheduler.finish(last.sequence());
    finished.incrementAndGet();
  }

  private void admit() {
    for (Intake.Started next = intake.start(); next != null; next = intake.start()) {
      Generation generation = next.generation();
      GenerationRequest request = generation.request();
      Sequence sequence = next.sequence();
      Drafter drafter = drafting.begin(next.salt(), request.voice());
      running.add(new Running(generation, sequence, next.salt(), drafter));
      if (snapshots != null && next.isExact()) {
        snapshots.fill(sequence, next.salt(), request.prompt(), generation::isCancelled);
      }
    }
  }

  private void pauseUnread() {
    for (int i = 0; i < running.size(); i++) {
      Running each = running.get(i);
      each.sequence().unread(each.generation().outboxRoom() <= 0);
    }
  }

  private void advance() {
    for (int i = running.size() - 1; i >= 0; i--) {
      Running each = running.get(i);
      Sequence sequence = each.sequence();
      int before = Math.min(sequence.reached(), sequence.promptLength());
      scheduler.markComputed(sequence);
      prefilledTokens.addAndGet(
          Math.min(sequence.reached(), sequence.promptLength()) - (long) before);
      if (sequence.logitRow() >= 0 && chooseTokens(each)) {
        remove(i);
      }
    }
  }

  /**
   * As long as guesses come true the next row knows a further token; says whether it was the end.
   */
  private boolean chooseTokens(Running each) {
    Sequence sequence = each.sequence();
    int drafts = sequence.drafted();
    FinishReason finish = null;
    int right = 0;
    for (int i = 0; i <= drafts && i == right && finish == null; i++) {
      int guess = i < drafts ? sequence.guess(0) : NO_GUESS;
      finish = chooseToken(each, sequence.logitRow() + i);
      right += finish != FinishReason.FAILED && sequence.lastToken() == guess ? 1 : 0;
    }
    if (drafts > 0) {
      drafting.judged(each, drafts, right);
      scheduler.settle(sequence, right);
    }
    return finish != null;
  }

  private @Nullable FinishReason chooseToken(Running each, int row) {
    Sequence sequence = each.sequence();
    TokenChoice choice;
    try {
      choice = sampler.sample(forward.epilogue(), row, each.sampling(), sequence.length());
    } catch (TokenRulesException e) {
      each.fail(e.getMessage());
      return FinishReason.FAILED;
    }
    generatedTokens.incrementAndGet();
    int told = each.generation().request().topTold();
    List<TokenChoice> top = told > 0 ? sampler.top(forward.epilogue(), row, told) : List.of();
    return each.advance(choice, top, model.vocabulary());
  }

  /** Whoever waits for an answer gets its end, also where a worker makes trouble. */
  private void finishAll(FinishReason reason) {
    try {
      compactions.stop();
    } finally {
      try {
        if (snapshots != null) {
          snapshots.stop(failure == null);
        }
      } finally {
        finishGenerations(reason);
      }
    }
  }

  private void finishGenerations(FinishReason reason) {
    intake.close(reason);
    for (int i = running.size() - 1; i >= 0; i--) {
      running.get(i).finish(reason);
      if (reason == FinishReason.FAILED) {
        // Who knows in which state the pages are; they are not used again.
        running.remove(i);
        finished.incrementAndGet();
      } else {
        remove(i);
      }
    }
    tellCounts();
  }

  private void tellCounts() {
    runningCount = running.size();
    pagesFree = pool.freePages();
    pagesIdle = pool.idlePages();
    cachedTokens = scheduler.foundTokens();
    recomputedTokens = scheduler.recomputedTokens();
    preemptions = scheduler.preemptions();
    draftedTokens = drafting.drafted();
    acceptedTokens = drafting.accepted();
  }

  /** Whether the engine has neither failed nor been closed. */
  public boolean isHealthy() {
    return failure == null && !isClosed;
  }

  /** What ended {@link #run}, if it was an error. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Counters, for any thread. */
  public EngineStats stats() {
    return new EngineStats(
        intake.waiting(),
        runningCount,
        preemptions,
        cachedTokens,
        snapshots == null ? 0 : snapshots.loadedTokens(),
        prefilledTokens.get(),
        recomputedTokens,
        generatedTokens.get(),
        draftedTokens,
        acceptedTokens,
        finished.get() + intake.ended(),
        pagesFree,
        pagesIdle,
        pool.pages());
  }

  void checkInvariants() {
    scheduler.checkInvariants();
    if (scheduler.running() != running.size()) {
      throw new IllegalStateException(
          scheduler.running() + " sequences, " + running.size() + " generations");
    }
  }

  /** Ends {@link #run}, finishes what is left as CANCELLED and frees the cache. Harmless again. */
  @Override
  public void close() {
    boolean wasClosed = isClosed;
    isClosed = true;
    wakeup.signal();
    thread.lock();
    try {
      if (!wasClosed) {
        end();
      }
    } finally {
      thread.unlock();
    }
  }

  private void end() {
    try {
      finishAll(FinishReason.CANCELLED);
    } finally {
      ahead.close();
      pool.close();
      if (states != null) {
        states.close();
      }
    }
  }
}
