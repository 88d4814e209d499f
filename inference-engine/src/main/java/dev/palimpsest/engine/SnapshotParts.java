package dev.palimpsest.engine;

import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import java.util.concurrent.Executor;

/**
 * What an engine needs to keep keys and values on disk.
 *
 * @param store where they lie
 * @param worker runs what reads and writes files; two threads let one read while another writes, or
 *     both read one file. It must run all that it takes, and outlive the engine
 * @param listener hears what became of each file, on the worker's threads; must neither wait nor
 *     throw
 */
public record SnapshotParts(SnapshotStore store, Executor worker, Listener listener) {
  /** Hears of files. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Something became of a file.
     *
     * @param nanos how long it took
     */
    void heard(SnapshotNews news, long nanos);
  }
}
