package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.runtime.guard.Problem;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far the indexes have come with what an import stored, new credit where nothing is
 * committed for long, and the end. One virtual thread from {@link #start} until the import has
 * ended or {@link #close}.
 */
final class ImportWatch {
  /** While bytes come and go. */
  private static final Duration SHORT = Duration.ofMillis(50);

  /** While nothing has happened for a while. */
  private static final Duration LONG = Duration.ofMillis(500);

  private static final int QUIET_LOOKS = 20;

  private final TenantId tenant;
  private final ImportJob job;
  private final ImportFeed feed;
  private final Reach reach;
  private final Marks marks = new Marks();
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile @Nullable Problem problem;
  private volatile boolean ended;
  private long toldWords = -1;
  private long toldMeaning = -1;
  private long toldTotal;

  ImportWatch(TenantId tenant, ImportJob job, ImportFeed feed, Reach reach) {
    this.tenant = tenant;
    this.job = job;
    this.feed = feed;
    this.reach = reach;
  }

  void start() {
    committed(job.state());
    Thread.ofVirtual().name("import-watch-" + job.id()).start(this::watch);
  }

  void close() {
    closing.countDown();
  }

  boolean hasEnded() {
    return ended;
  }

  /** A batch is in the store. */
  void committed(ImportState state) {
    if (state.lastChange() > 0) {
      marks.add(state.lastChange(), state.counts().stored());
      reach.wake();
    }
  }

  /** The import has failed for good. */
  void fail(Problem why) {
    problem = why;
  }

  private void watch() {
    int quiet = 0;
    try {
      while (!ended) {
        quiet = look() ? 0 : quiet + 1;
        Duration pause = quiet > QUIET_LOOKS ? LONG : SHORT;
        if (!ended && closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks once; whether there was anything to tell. */
  private boolean look() {
    // The state is read before the indexes, which are therefore at least as far as is told; and
    // they are read once, so that the end never overtakes the progress that leads to it.
    ImportState state = job.state();
    Reached reached = new Reached(reach.words(tenant), reach.meaning(tenant));
    Problem failed = problem;
    boolean told = progress(state, reached);
    long credit = job.newCredit();
    if (credit > 0) {
      feed.publish(new ImportNews.Acknowledged(state.offset(), credit, state.counts()));
      told = true;
    }
    if (failed != null) {
      end(new ImportNews.Failed(failed));
    } else if (state.status() == ImportState.Status.DONE && reached.all() >= state.lastChange()) {
      end(new ImportNews.Done(ImportReport.of(state, reached.all())));
    }
    return told || ended;
  }

  /** Change numbers up to which the indexes have everything. */
  private record Reached(long words, long meaning) {
    long all() {
      return Math.min(words, meaning);
    }
  }

  private void end(ImportNews last) {
    feed.publish(last);
    ended = true;
  }

  private boolean progress(ImportState state, Reached reached) {
    if (state.lastChange() == 0) {
      return false;
    }
    long total = state.counts().stored();
    long words = Math.min(total, marks.storedUpTo(reached.words()));
    long meaning = Math.min(total, marks.storedUpTo(reached.meaning()));
    boolean isMore = total > toldTotal;
    toldTotal = total;
    boolean told = false;
    if (words > toldWords || isMore) {
      told = tell(ImportNews.Stage.INDEXING, words, total, reached);
      toldWords = words;
    }
    if (reach.isEmbedding(tenant) && (meaning > toldMeaning || isMore)) {
      told = tell(ImportNews.Stage.EMBEDDING, meaning, total, reached);
      toldMeaning = meaning;
    }
    return told;
  }

  private boolean tell(ImportNews.Stage stage, long done, long total, Reached reached) {
    feed.publish(new ImportNews.Progressed(stage, done, total, reached.all()));
    return true;
  }
}
