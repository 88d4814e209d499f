package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportBatch;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.memory.importing.Rejection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of imports for those who can wait: while the store is away, each call is made again until
 * it answers or the service stops. Every call can be repeated without harm but {@link #create},
 * which is not waited for.
 */
final class PatientImportLog implements ImportLog {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final Supplier<ImportLog> store;
  private final CountDownLatch stopping = new CountDownLatch(1);

  PatientImportLog(Supplier<ImportLog> store) {
    this.store = store;
  }

  /** From now on nobody waits any more. */
  void stop() {
    stopping.countDown();
  }

  @Override
  public ImportState create(TenantId tenant, NewImport request) {
    return store.get().create(tenant, request);
  }

  @Override
  public Optional<ImportState> find(TenantId tenant, ImportId id) {
    return untilAnswered(log -> log.find(tenant, id));
  }

  @Override
  public List<ImportState> open(TenantId tenant) {
    return untilAnswered(log -> log.open(tenant));
  }

  @Override
  public Committed commit(TenantId tenant, ImportId id, long itemsBefore, ImportBatch batch) {
    return untilAnswered(log -> log.commit(tenant, id, itemsBefore, batch));
  }

  @Override
  public ImportState end(
      TenantId tenant, ImportId id, ImportState.Status status, @Nullable String problem) {
    return untilAnswered(log -> log.end(tenant, id, status, problem));
  }

  @Override
  public Page<Rejection> rejections(
      TenantId tenant, ImportId id, int limit, @Nullable String after) {
    return untilAnswered(log -> log.rejections(tenant, id, limit, after));
  }

  /** A question to the store. */
  private interface Call<T> {
    T on(ImportLog log);
  }

  private <T> T untilAnswered(Call<T> call) {
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        return call.on(store.get());
      } catch (MemoryStoreException e) {
        if (!e.isUnavailable()) {
          throw e;
        }
      }
      pause(pause);
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }
  }

  private void pause(Duration pause) {
    try {
      if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new StoppedException();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }
}
