package dev.palimpsest.engine;

import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.PrefixCache;
import dev.palimpsest.engine.model.Architecture;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.schedule.Scheduler;
import dev.palimpsest.engine.token.TokenIds;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The engine's side of compactions: one at a time is worked on beside the steps, on pages that are
 * held meanwhile and change no more; between two steps a result is stored. {@link #ask} and {@link
 * #forget} may be called by any thread, all else by the engine thread.
 */
final class Compactions {
  /** Compactions that wait; one more is refused. */
  private static final int WAITING_MAX = 64;

  private static final String STOPPED = "the engine has stopped";
  private static final String CANCELLED = "it was cancelled";

  private final Optional<String> refusal;
  private final KvPool pool;
  private final Scheduler scheduler;
  private final Wakeup wakeup;
  private final Jobs jobs = new Jobs();
  private final Inbox<Compaction> asked = new Inbox<>(WAITING_MAX);
  private final Queue<CompactedPast> forgotten = new ConcurrentLinkedQueue<>();
  private final Queue<Worked> done = new ConcurrentLinkedQueue<>();
  private @Nullable Compaction working;

  /** What the worker gives back. */
  private record Worked(
      Compaction compaction, PrefixCache.Held pages, @Nullable List<HeadKeys> heads) {}

  /** Pages that are held, as a method sees them. */
  private record Pages(KvPool pool, PagedSpan span, QuerySample queries)
      implements CacheCompactor.Past {
    @Override
    public KvLayout layout() {
      return pool.layout();
    }

    @Override
    public HeadKeys exact(int layer, int head) {
      return pool.read(span, layer, head, 0, span.capacityTokens());
    }
  }

  Compactions(Architecture architecture, KvPool pool, Scheduler scheduler, Wakeup wakeup) {
    this.refusal = architecture.compactionRefusal();
    this.pool = pool;
    this.scheduler = scheduler;
    this.wakeup = wakeup;
  }

  Compaction ask(Compaction.Asked what) {
    Compaction compaction = new Compaction(what);
    if (refusal.isPresent()) {
      refuse(compaction, refusal.get());
      return compaction;
    }
    switch (asked.offer(compaction)) {
      case TAKEN -> wakeup.signal();
      case FULL -> refuse(compaction, "too many compactions wait");
      case CLOSED -> refuse(compaction, STOPPED);
    }
    return compaction;
  }

  void forget(CompactedPast past) {
    boolean isTaken = forgotten.add(past);
    assert isTaken;
    wakeup.signal();
  }

  private static void refuse(Compaction compaction, String reason) {
    boolean isOver = compaction.finish(new Compaction.Outcome.None(reason));
    assert isOver;
  }

  /** Has those under a salt end without a result. */
  void cancel(String salt) {
    asked.each(each -> cancel(each, salt));
    if (working != null) {
      cancel(working, salt);
    }
  }

  private static void cancel(Compaction compaction, String salt) {
    if (compaction.asked().salt().equals(salt)) {
      compaction.cancel();
    }
  }

  /** Stores what is done, gives up what is not wanted any more, and begins the next one. */
  void advance() {
    for (CompactedPast past = forgotten.poll(); past != null; past = forgotten.poll()) {
      scheduler.forget(past);
    }
    collect();
    while (working == null) {
      Compaction next = asked.poll();
      if (next == null) {
        return;
      }
      begin(next);
      collect();
    }
  }

  private void collect() {
    for (Worked next = done.poll(); next != null; next = done.poll()) {
      working = null;
      TokenIds tokens = next.compaction.asked().tokens();
      int known = next.pages.span().capacityTokens();
      // The exact pages are idle now, and may be given up for the result.
      scheduler.letGo(next.pages);
      if (next.compaction.isCancelled()) {
        refuse(next.compaction, CANCELLED);
      } else if (next.heads == null) {
        refuse(next.compaction, "the method had no result");
      } else {
        store(next.compaction, tokens.slice(0, known), next.heads);
      }
    }
  }

  private void store(Compaction compaction, TokenIds tokens, List<HeadKeys> heads) {
    CompactedPast past = scheduler.keep(compaction.asked().salt(), tokens, heads);
    if (past == null) {
      refuse(compaction, "the cache has no room for the result");
    } else if (!compaction.finish(new Compaction.Outcome.Done(past))) {
      // Nobody is there any more who would give it up.
      scheduler.forget(past);
      refuse(compaction, CANCELLED);
    }
  }

  private void begin(Compaction next) {
    if (next.isCancelled()) {
      refuse(next, CANCELLED);
      return;
    }
    switch (next.asked()) {
      case Compaction.Made made -> store(next, made.tokens(), made.heads());
      case Compaction.Task task -> begin(next, task);
    }
  }

  private void begin(Compaction next, Compaction.Task task) {
    PrefixCache.Held pages = scheduler.hold(task.salt(), task.tokens());
    if (pages == null) {
      refuse(next, "nothing of it is in the cache");
      return;
    }
    working = next;
    Pages past = new Pages(pool, pages.span(), task.queries().copy());
    jobs.start(task.worker(), () -> work(next, task, pages, past));
  }

  private void work(
      Compaction compaction, Compaction.Task task, PrefixCache.Held pages, Pages past) {
    List<HeadKeys> heads = null;
    try {
      heads = task.method().compact(past, () -> compaction.isCancelled() || jobs.isStopping());
    } finally {
      boolean isTaken = done.add(new Worked(compaction, pages, heads));
      assert isTaken;
      wakeup.signal();
    }
  }

  /** Ends all of them; nobody reads pages any more when this returns. May be called again. */
  void stop() {
    asked.close();
    jobs.stop();
    jobs.awaitIdle();
    for (Compaction left = asked.poll(); left != null; left = asked.poll()) {
      refuse(left, STOPPED);
    }
    for (Worked left = done.poll(); left != null; left = done.poll()) {
      scheduler.letGo(left.pages);
    }
    if (working != null) {
      // Also where its worker never took it.
      refuse(working, STOPPED);
      working = null;
    }
  }
}
