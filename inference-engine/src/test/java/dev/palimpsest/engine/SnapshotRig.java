package dev.palimpsest.engine;

import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A folder of snapshots for engines that are stepped by hand: a worker that works when it is told
 * to, and a clock that ticks a microsecond with every look.
 */
final class SnapshotRig implements Executor, AutoCloseable {
  private final Path folder;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private final List<SnapshotNews> news = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private SnapshotStore store;
  private boolean isLazy;

  SnapshotRig(Path folder) {
    this.folder = folder;
    this.store = opened(1 << 24);
  }

  private SnapshotStore opened(long quotaBytes) {
    return new SnapshotStore(folder, quotaBytes, InstantSource.system());
  }

  /** As after a restart. */
  void reopen(long quotaBytes) {
    store = opened(quotaBytes);
  }

  SnapshotStore store() {
    return store;
  }

  /** The clock: a microsecond later with every look. */
  long nanos() {
    return nanos.addAndGet(1_000);
  }

  SnapshotParts parts() {
    return new SnapshotParts(store, this, (what, took) -> news.add(what));
  }

  /** From now on nothing is done before {@link #workOne}. */
  void lazy(boolean lazy) {
    isLazy = lazy;
  }

  @Override
  public void execute(Runnable job) {
    if (isLazy) {
      waiting.add(job);
    } else {
      job.run();
    }
  }

  /** Does what waits longest; false where nothing waits. */
  boolean workOne() {
    Runnable job = waiting.poll();
    if (job != null) {
      job.run();
    }
    return job != null;
  }

  void workAll() {
    boolean isMore;
    do {
      isMore = workOne();
    } while (isMore);
  }

  List<SnapshotNews> news() {
    return news;
  }

  <T extends SnapshotNews> List<T> news(Class<T> kind) {
    return news.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  List<Path> files() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes one byte of one file, if there is one. */
  void spoilOne(RandomGenerator random) {
    List<Path> files = files();
    if (files.isEmpty()) {
      return;
    }
    Path file = files.get(random.nextInt(files.size()));
    try {
      byte[] bytes = Files.readAllBytes(file);
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Does what waits, so that engines that wait for it can be closed. */
  @Override
  public void close() {
    isLazy = false;
    workAll();
  }
}
