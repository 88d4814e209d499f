package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.Importer;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.memory.importing.Spool;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One import at work: a virtual thread brings its spool into the store, another watches how far the
 * indexes have come and tells the end. It lives on without any connection, until it has ended or
 * the service stops.
 */
public final class ImportJob {
  private static final Logger LOG = Logger.getLogger(ImportJob.class);

  private final TenantId tenant;
  private final ImportId id;
  private final ImportLog log;
  private final @Nullable Spool spool;
  private final @Nullable Reception reception;
  private final ImportFeed feed;
  private final ImportWatch watch;
  private volatile ImportState state;
  private volatile @Nullable Ending ending;

  /**
   * How it is to end before its time.
   *
   * @param status in the log
   * @param problem what is told
   */
  private record Ending(ImportState.Status status, Problem problem) {}

  /**
   * Takes up an import; nothing works yet.
   *
   * @param state as it is in the log
   * @param spool its bytes; null for an import that has ended
   * @param last number on which its news count on
   */
  ImportJob(
      TenantId tenant,
      ImportState state,
      ImportLog log,
      @Nullable Spool spool,
      Reach reach,
      long last) {
    this.tenant = tenant;
    this.id = state.id();
    this.state = state;
    this.log = log;
    this.spool = spool;
    this.reception = spool == null ? null : new Reception(spool);
    this.feed = new ImportFeed(last);
    this.watch = new ImportWatch(tenant, this, feed, reach);
  }

  /** Its name. */
  public ImportId id() {
    return id;
  }

  /** How it stood at its last commit. */
  public ImportState state() {
    return state;
  }

  /** What is told of it. */
  public ImportFeed feed() {
    return feed;
  }

  /** Whether all that will be told of it has been told. */
  public boolean hasEnded() {
    return watch.hasEnded();
  }

  /**
   * From now on this sender's bytes are taken and nobody else's.
   *
   * @return up to which byte they are there already
   */
  public long attach(Object sender) {
    return reception == null ? state.offset() : reception.attach(sender);
  }

  /** How many bytes may follow a byte. */
  public long creditFrom(long offset) {
    return reception == null ? 0 : Math.max(0, reception.grant() - offset);
  }

  /**
   * Takes bytes; they are on the disk when this returns. What comes after the import has failed or
   * was given up is of no use and dropped: its sender is about to hear of it.
   *
   * @throws ProblemException when none of them was taken
   */
  public void append(Object sender, ByteBuffer bytes) {
    Reception open = reception;
    if (open != null && ending == null && state.status() == ImportState.Status.OPEN) {
      open.append(sender, bytes);
    }
  }

  /**
   * Ends the file. A wrong sum ends the import.
   *
   * @throws ProblemException when it could not be ended, and may be tried again
   */
  public void finish(Object sender, String sha256) {
    Optional<Problem> wrong = receiving().finish(sender, sha256);
    wrong.ifPresent(problem -> stop(new Ending(ImportState.Status.FAILED, problem)));
  }

  /**
   * Gives the import up; what is committed stays.
   *
   * @throws ProblemException when it has ended
   */
  public void abort() {
    Reception open = receiving();
    assert open == reception;
    stop(
        new Ending(
            ImportState.Status.ABORTED,
            Problem.of(ProblemKind.CANCELLED, "The import was given up; what is stored stays.")));
  }

  /** Begins to work. */
  void start() {
    if (spool == null) {
      tellEnd(null);
    } else {
      Thread.ofVirtual().name("import-" + id).start(() -> bring(spool));
    }
    watch.start();
  }

  /** Stops working; the next start goes on. */
  void close() {
    watch.close();
    if (spool != null) {
      spool.close();
    }
  }

  /** Credit that can be told now, when it is worth a word; else -1. */
  long newCredit() {
    if (reception == null || reception.isFinished()) {
      return -1;
    }
    long told = reception.grantedUpTo();
    return spool != null && spool.followed() + Reception.WINDOW_BYTES / 2 > told
        ? reception.grant() - state.offset()
        : -1;
  }

  private Reception receiving() {
    Reception open = reception;
    if (open == null || state.status() != ImportState.Status.OPEN || ending != null) {
      throw new ProblemException(ProblemKind.CONFLICT, "The import has ended.");
    }
    return open;
  }

  private void stop(Ending how) {
    ending = how;
    if (spool != null) {
      spool.close();
    }
  }

  private void bring(Spool bytes) {
    LOG.infof("import=%s tenant=%s state=running items=%d", id, tenant, state.items());
    try {
      state = new Importer(log, tenant, state, this::committed).run(bytes);
      tidy(bytes);
      tellEnd(null);
    } catch (Spool.ClosedException e) {
      closed(bytes);
    } catch (IOException e) {
      LOG.errorf(e, "import=%s failed=disk", id);
      fail(bytes, "The service could not read from its disk.");
    } catch (StoppedException e) {
      LOG.infof("import=%s state=left reason=stopping", id);
    } catch (RuntimeException e) {
      LOG.errorf(e, "import=%s failed=unexpectedly", id);
      fail(bytes, "Something is wrong in the service; its log says what.");
    }
  }

  private void closed(Spool bytes) {
    Ending how = ending;
    if (how == null) {
      LOG.infof("import=%s state=left reason=stopping", id);
      return;
    }
    end(bytes, how);
  }

  private void fail(Spool bytes, String why) {
    end(bytes, new Ending(ImportState.Status.FAILED, Problem.of(ProblemKind.IMPORT_FAILED, why)));
  }

  private void end(Spool bytes, Ending how) {
    try {
      state = log.end(tenant, id, how.status(), how.problem().detail());
      tidy(bytes);
      tellEnd(how.problem());
    } catch (RuntimeException e) {
      // It stays open in the log, and the next start takes it up again.
      LOG.errorf(e, "import=%s end=failed", id);
    }
  }

  private void tidy(Spool bytes) {
    try {
      bytes.remove();
    } catch (IOException e) {
      LOG.warnf("import=%s spool=left error=%s", id, e.getClass().getSimpleName());
    }
  }

  /** The end of the import in the store; that of one that is done is told by the watch. */
  private void tellEnd(@Nullable Problem problem) {
    ImportState end = state;
    LOG.infof(
        "import=%s state=%s read=%d stored=%d duplicate=%d rejected=%d",
        id,
        end.status(),
        end.counts().read(),
        end.counts().stored(),
        end.counts().duplicate(),
        end.counts().rejected());
    if (end.status() != ImportState.Status.DONE) {
      ProblemKind kind =
          end.status() == ImportState.Status.ABORTED
              ? ProblemKind.CANCELLED
              : ProblemKind.IMPORT_FAILED;
      watch.fail(problem == null ? Problem.of(kind, String.valueOf(end.problem())) : problem);
    }
  }

  private void committed(ImportState now, List<Rejection> rejections) {
    // In this order: whoever sees the state finds in the watch what it counts.
    watch.committed(now);
    state = now;
    rejections.forEach(rejection -> feed.publish(new ImportNews.Rejected(rejection)));
    feed.publish(new ImportNews.Acknowledged(now.offset(), creditFrom(now.offset()), now.counts()));
  }
}
