package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.memory.importing.Spool;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * All imports that are at work, and those that ended lately. A spool that an earlier service left
 * is taken up as soon as the store answers. Those that ended are forgotten when there are too many,
 * the longest unused first; one that is taken up again counts its news on from the highest number
 * ever forgotten. The lock guards the map; opening a spool is the only I/O under it, so that no
 * import has two.
 */
public final class Imports implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Imports.class);
  private static final int AT_WORK_MAX = 256;
  private static final int KEPT_MAX = 512;

  private final Supplier<ImportLog> store;
  private final PatientImportLog log;
  private final Path spools;
  private final Reach reach;
  private final String epoch;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, ImportJob> jobs = new LinkedHashMap<>(16, 0.75f, true);
  private long forgotten;
  private boolean isClosed;

  /** An import of a tenant. */
  private record Key(TenantId tenant, ImportId id) {}

  /**
   * Nothing is at work yet.
   *
   * @param store the log, which may come later than the service
   * @param spools folder for the bytes of imports that are not done
   * @param epoch the name of this start of the service
   */
  public Imports(Supplier<ImportLog> store, Path spools, Reach reach, String epoch) {
    this.store = store;
    this.log = new PatientImportLog(store);
    this.spools = spools;
    this.reach = reach;
    this.epoch = epoch;
  }

  /** The name of this start of the service. */
  public String epoch() {
    return epoch;
  }

  /** Imports that have not ended. */
  public int atWork() {
    lock.lock();
    try {
      return (int) jobs.values().stream().filter(job -> !job.hasEnded()).count();
    } finally {
      lock.unlock();
    }
  }

  /** Takes up what an earlier service left. Returns at once. */
  public void start() {
    Thread.ofVirtual().name("imports-left").start(this::takeUpLeft);
  }

  /**
   * Begins an import.
   *
   * @throws ProblemException when there are too many or the disk is full
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public ImportJob begin(TenantId tenant, NewImport request) {
    if (atWork() >= AT_WORK_MAX) {
      throw new ProblemException(
          ProblemKind.OVERLOADED, "There are " + AT_WORK_MAX + " imports already; end one first.");
    }
    ImportState state = store.get().create(tenant, request);
    return job(tenant, state);
  }

  /**
   * An import that was begun before, at work again if it is open.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Optional<ImportJob> find(TenantId tenant, ImportId id) {
    ImportJob known = known(new Key(tenant, id));
    return known != null
        ? Optional.of(known)
        : store.get().find(tenant, id).map(state -> job(tenant, state));
  }

  /**
   * What is known of an import.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Optional<ImportReport> report(TenantId tenant, ImportId id) {
    return store.get().find(tenant, id).map(state -> ImportReport.of(state, reach.all(tenant)));
  }

  /** Its rejected records, in order. */
  public Page<Rejection> rejections(
      TenantId tenant, ImportId id, int limit, @Nullable String after) {
    return store.get().rejections(tenant, id, limit, after);
  }

  /** Stops all work; the next start goes on with it. */
  @Override
  public void close() {
    log.stop();
    lock.lock();
    try {
      isClosed = true;
      jobs.values().forEach(ImportJob::close);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable ImportJob known(Key key) {
    lock.lock();
    try {
      return jobs.get(key);
    } finally {
      lock.unlock();
    }
  }

  private ImportJob job(TenantId tenant, ImportState state) {
    Key key = new Key(tenant, state.id());
    lock.lock();
    try {
      ImportJob known = jobs.get(key);
      if (known != null) {
        return known;
      }
      if (isClosed) {
        throw new ProblemException(ProblemKind.STOPPING, "The service is stopping.");
      }
      forgetOne();
      boolean isOpen = state.status() == ImportState.Status.OPEN;
      Spool spool = isOpen ? Spool.open(spools, tenant, state.id()) : null;
      ImportJob job = new ImportJob(tenant, state, log, spool, reach, forgotten);
      jobs.put(key, job);
      job.start();
      return job;
    } catch (IOException e) {
      throw new ProblemException(
          ProblemKind.DISK_FULL, "The service cannot write to " + spools + ".");
    } finally {
      lock.unlock();
    }
  }

  private void forgetOne() {
    Iterator<ImportJob> oldest = jobs.values().iterator();
    while (jobs.size() >= KEPT_MAX && oldest.hasNext()) {
      ImportJob job = oldest.next();
      if (job.hasEnded()) {
        forgotten = Math.max(forgotten, job.feed().last());
        oldest.remove();
      }
    }
  }

  private void takeUpLeft() {
    try {
      for (Spool.Left left : Spool.left(spools)) {
        takeUp(left);
      }
    } catch (IOException e) {
      LOG.errorf("imports spools=%s error=%s", spools, e.getMessage());
    } catch (StoppedException e) {
      LOG.info("imports state=left reason=stopping");
    }
  }

  private void takeUp(Spool.Left left) throws IOException {
    Optional<ImportState> found = log.find(left.tenant(), left.id());
    if (found.isEmpty()) {
      LOG.warnf("import=%s spool=unknown; it is left where it is", left.id());
    } else if (found.get().status() == ImportState.Status.OPEN) {
      ImportJob job = job(left.tenant(), found.get());
      LOG.infof("import=%s state=taken_up items=%d", job.id(), found.get().items());
    } else {
      Spool.open(spools, left.tenant(), left.id()).remove();
    }
  }
}
