package dev.palimpsest.engine;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.PrefixCache;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.schedule.Scheduler;
import dev.palimpsest.engine.schedule.Sequence;
import dev.palimpsest.engine.snapshot.LoadingCosts;
import dev.palimpsest.engine.snapshot.PageMemory;
import dev.palimpsest.engine.snapshot.SnapshotKind;
import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import dev.palimpsest.engine.token.TokenIds;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine's side of snapshots: which pages are written, which sequences are filled from a file,
 * and how the worker's threads and the engine thread keep out of each other's way. Pages that are
 * written are held meanwhile and change no more; pages that are filled belong to a sequence that is
 * left out of batches meanwhile, and a state beside its own. {@link #keep} may be called by any
 * thread, all else by the engine thread.
 */
final class Snapshots {
  /**
   * Goes up whenever the same tokens get other keys or values, or pages another order, than under
   * the number before.
   */
  private static final String REVISION = "engine 1";

  private static final int PAGE = Attention.PAGE_TOKENS;

  /** A beginning is written when it has grown by so many tokens at least. */
  static final int GROWTH_TOKENS_MIN = 2 * PAGE;

  /** And by one part in so many, so that a long session is not written anew with every turn. */
  private static final int GROWTH_PART = 8;

  /** Beginnings that wait to be written; one more is passed over. */
  private static final int KEEPS_MAX = 64;

  /** A step with so many rows for each sequence is one of prompts. */
  private static final int PREFILL_ROWS = 4;

  /** What writing may take at the end. */
  private static final long GRACE_NANOS = 5_000_000_000L;

  private final SnapshotParts parts;
  private final LongSupplier nanos;
  private final SnapshotStore store;
  private final Model model;
  private final String numerics;
  private final KvPool pool;
  private final @Nullable StatePool states;
  private final Scheduler scheduler;
  private final Wakeup wakeup;
  private final LoadingCosts costs = new LoadingCosts();
  private final Jobs jobs = new Jobs();
  private final Inbox<Keep> asked = new Inbox<>(KEEPS_MAX);
  private final Queue<Done> done = new ConcurrentLinkedQueue<>();
  private boolean isWriting;
  private volatile boolean isClosing;
  private final AtomicLong loadedTokens = new AtomicLong();

  /**
   * What may be written and filled.
   *
   * @param states null where the model has none
   */
  record Caches(KvPool pool, @Nullable StatePool states) {}

  /**
   * Where what is written or filled lies.
   *
   * @param state the state's, or of no bytes
   */
  private record Memory(KvPool pool, PagedSpan span, MemorySegment state) implements PageMemory {
    @Override
    public MemorySegment layer(int page, int layer) {
      return pool.layer(span, page, layer);
    }
  }

  private record Keep(SnapshotStore.Ticket ticket, String salt, TokenIds tokens) {}

  /** What the worker gives back. */
  private sealed interface Done {
    record Written(PrefixCache.Held pages) implements Done {}

    record Filled(Sequence sequence, int tokens) implements Done {}
  }

  /**
   * What is outside of the engine thread.
   *
   * @param nanos a clock that only runs forward, for any thread
   * @param wakeup tells the engine thread that there is something to do
   */
  record Surroundings(SnapshotParts parts, LongSupplier nanos, Wakeup wakeup) {}

  Snapshots(
      Surroundings outside, Model model, Backend backend, Caches caches, Scheduler scheduler) {
    this.parts = outside.parts;
    this.nanos = outside.nanos;
    this.wakeup = outside.wakeup;
    this.store = parts.store();
    this.model = model;
    this.numerics = backend.numerics();
    this.pool = caches.pool;
    this.states = caches.states;
    this.scheduler = scheduler;
  }

  /** Asks for a beginning to be written; passed over where too many wait. */
  void keep(String salt, String name, TokenIds tokens) {
    SnapshotStore.Ticket ticket = store.announce(salt, name);
    switch (asked.offer(new Keep(ticket, salt, tokens))) {
      case TAKEN -> wakeup.signal();
      case FULL, CLOSED -> store.withdraw(ticket);
    }
  }

  /** Prompt tokens that were read from files. */
  long loadedTokens() {
    return loadedTokens.get();
  }

  /** Takes back what the worker is done with, and gives it the next beginning to write. */
  void advance() {
    collect();
    while (!isWriting) {
      Keep next = asked.poll();
      if (next == null) {
        return;
      }
      write(next);
      collect();
    }
  }

  /** Takes back what the worker is done with. */
  void collect() {
    for (Done next = done.poll(); next != null; next = done.poll()) {
      switch (next) {
        case Done.Written(PrefixCache.Held pages) -> {
          isWriting = false;
          scheduler.letGo(pages);
        }
        case Done.Filled(Sequence sequence, int tokens) -> {
          loadedTokens.addAndGet(Math.max(0, tokens - sequence.cachedLength()));
          scheduler.endLoading(sequence, tokens);
        }
      }
    }
  }

  private void write(Keep keep) {
    PrefixCache.Held pages = scheduler.hold(keep.salt, keep.tokens);
    if (pages == null) {
      store.withdraw(keep.ticket);
      return;
    }
    int known = pages.span().capacityTokens();
    int saved = store.savedTokens(keep.ticket, keep.tokens);
    if (known - saved < Math.max(GROWTH_TOKENS_MIN, saved / GROWTH_PART)) {
      store.withdraw(keep.ticket);
      scheduler.letGo(pages);
      return;
    }
    isWriting = true;
    TokenIds tokens = keep.tokens.slice(0, known);
    Memory memory = memory(pages.span(), pages.state());
    jobs.start(parts.worker(), () -> save(keep.ticket, tokens, pages, memory));
  }

  private Memory memory(PagedSpan span, @Nullable StateSlot state) {
    MemorySegment none = MemorySegment.NULL;
    return new Memory(pool, span, states == null || state == null ? none : states.memory(state));
  }

  private void save(
      SnapshotStore.Ticket ticket, TokenIds tokens, PrefixCache.Held pages, Memory memory) {
    try {
      long begun = nanos.getAsLong();
      SnapshotNews news =
          store.save(
              ticket, kind(), tokens, memory, costs.nanosOf(tokens.size()), jobs::isStopping);
      parts.listener().heard(news, nanos.getAsLong() - begun);
    } finally {
      giveBack(new Done.Written(pages));
    }
  }

  /**
   * Fills a sequence that was just started from a file, where there is one and that is cheaper.
   *
   * @param isUnwanted whether the sequence will be finished as soon as this is over
   */
  void fill(Sequence sequence, String salt, TokenIds prompt, BooleanSupplier isUnwanted) {
    int known = sequence.cachedLength();
    Optional<SnapshotStore.Found> found = store.find(salt, prompt, known);
    if (found.isEmpty()) {
      return;
    }
    int tokens = found.get().tokens().size() - known;
    long bytes = tokens / PAGE * pool.layout().pageBytes() + stateBytes();
    if (costs.isReadingCheaper(bytes, tokens) && scheduler.beginLoading(sequence)) {
      Memory memory = memory(sequence.span(), sequence.loadedState());
      Filling filling = new Filling(sequence, memory, known / PAGE, found.get(), isUnwanted);
      jobs.start(parts.worker(), () -> load(filling));
    }
  }

  private long stateBytes() {
    return states == null ? 0 : states.layout().stateBytes();
  }

  private record Filling(
      Sequence sequence,
      Memory memory,
      int firstPage,
      SnapshotStore.Found found,
      BooleanSupplier isUnwanted) {}

  private void load(Filling filling) {
    int tokens = 0;
    try {
      long begun = nanos.getAsLong();
      SnapshotNews news =
          store.load(
              filling.found,
              kind(),
              filling.firstPage,
              filling.memory,
              () -> isClosing || filling.isUnwanted.getAsBoolean(),
              parts.worker());
      long took = nanos.getAsLong() - begun;
      if (news instanceof SnapshotNews.Loaded loaded) {
        tokens = loaded.tokens();
        costs.read(loaded.bytes(), took);
      }
      parts.listener().heard(news, took);
    } finally {
      giveBack(new Done.Filled(filling.sequence, tokens));
    }
  }

  private void giveBack(Done what) {
    boolean isTaken = done.add(what);
    assert isTaken;
    wakeup.signal();
  }

  /** Reads the model's file through when it is asked first. */
  private SnapshotKind kind() {
    return kind(model, numerics, pool.layout(), stateBytes());
  }

  /** As {@link SnapshotKind} says; reads the model's file through when it is asked first. */
  static SnapshotKind kind(Model model, String numerics, KvLayout layout, long stateBytes) {
    return SnapshotKind.of(
        layout,
        stateBytes,
        REVISION,
        model.sha256(),
        numerics,
        System.getProperty("os.arch", ""),
        System.getProperty("java.vm.version", ""));
  }

  /** A step computed so many rows for so many sequences and took so long. */
  void stepped(int rows, int sequences, long tookNanos) {
    // Steps that are mostly single tokens of an answer say little about a prompt.
    if (rows >= PREFILL_ROWS * sequences) {
      costs.computed(rows, Math.max(1, tookNanos));
    }
  }

  /**
   * Ends: what waits to be written is written, if that takes no longer than some seconds; nobody
   * reads or writes pages any more when this returns. May be called again.
   *
   * @param saves whether the pages may be trusted
   */
  void stop(boolean saves) {
    isClosing = true;
    asked.close();
    try {
      if (saves) {
        writeLast();
      }
    } finally {
      jobs.stop();
      jobs.awaitIdle();
    }
    for (Keep left = asked.poll(); left != null; left = asked.poll()) {
      store.withdraw(left.ticket);
    }
    collect();
  }

  private void writeLast() {
    long end = nanos.getAsLong() + GRACE_NANOS;
    boolean isInterrupted = false;
    while ((isWriting || asked.size() > 0) && nanos.getAsLong() < end && !isInterrupted) {
      advance();
      jobs.awaitIdle(end - nanos.getAsLong());
      collect();
      isInterrupted = Thread.currentThread().isInterrupted();
    }
  }
}
