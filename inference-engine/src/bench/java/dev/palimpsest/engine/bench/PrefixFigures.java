package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.model.Batch;
import dev.palimpsest.engine.schedule.Scheduler;
import dev.palimpsest.engine.schedule.Sequence;
import dev.palimpsest.engine.token.TokenIds;
import java.util.Locale;

/**
 * What sessions that begin alike take of the cache: the engine's own scheduler counts pages,
 * without computing what is in them. Exact, and no times.
 */
final class PrefixFigures {
  private static final int SESSIONS = 64;
  private static final int PROMPT = 2_000;
  private static final int OUTPUT = 32;
  private static final int STEP = 256;

  private final long pageBytes;
  private long alone;
  private long together;
  private long forked;
  private int cached;

  PrefixFigures(KvLayout layout) {
    this.pageBytes = layout.pageBytes();
    int pages = 2 * KvLayout.pagesFor(PROMPT + OUTPUT) + 2 * SESSIONS;
    // As many pages of the smallest model there could be.
    try (KvPool pool = new KvPool(new KvLayout(1, new Heads(1, 1, 1)), pages)) {
      count(pool, new Scheduler(pool, null, SESSIONS + 1, PROMPT + OUTPUT));
    }
  }

  private void count(KvPool pool, Scheduler scheduler) {
    Batch batch = new Batch(STEP, SESSIONS + 1);
    run(scheduler, batch, started(scheduler));
    alone = taken(pool);
    for (int i = 1; i < SESSIONS; i++) {
      Sequence sequence = started(scheduler);
      cached = sequence.cachedLength();
      run(scheduler, batch, sequence);
    }
    together = taken(pool);
    Sequence fork = started(scheduler);
    forked = taken(pool) - together;
    run(scheduler, batch, fork);
  }

  private static Sequence started(Scheduler scheduler) {
    int[] prompt = new int[PROMPT];
    for (int i = 0; i < PROMPT; i++) {
      prompt[i] = i;
    }
    Sequence sequence = scheduler.start("", null, Batch.NO_ADAPTER, TokenIds.of(prompt), OUTPUT);
    if (sequence == null) {
      throw new IllegalStateException("the pool is too small");
    }
    return sequence;
  }

  /** Until all of its prompt counts as computed. */
  private static void run(Scheduler scheduler, Batch batch, Sequence sequence) {
    while (sequence.computed() < sequence.promptLength()) {
      batch.clear();
      scheduler.fill(batch);
      scheduler.markComputed(sequence);
    }
    sequence.unread(true);
  }

  private long taken(KvPool pool) {
    return (pool.pages() - pool.freePages()) * pageBytes;
  }

  void print() {
    System.out.printf(
        Locale.ROOT,
        "%nprefix     one prompt of %d tokens takes %.1f MB; %d sessions that begin with it %.1f MB,"
            + " not %.1f; each further one computes %d tokens, and takes %.1f MB when it begins%n",
        PROMPT,
        alone / 1e6,
        SESSIONS,
        together / 1e6,
        SESSIONS * alone / 1e6,
        PROMPT - cached,
        forked / 1e6);
  }

  String json() {
    return String.format(
        Locale.ROOT,
        ",\"prefix\":{\"sessions\":%d,\"prompt_tokens\":%d,\"bytes_of_one\":%d,"
            + "\"bytes_of_all\":%d,\"bytes_of_a_fork\":%d,\"cached_tokens\":%d}",
        SESSIONS,
        PROMPT,
        alone,
        together,
        forked,
        cached);
  }
}
