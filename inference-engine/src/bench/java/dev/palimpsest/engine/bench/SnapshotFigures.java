package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.snapshot.SnapshotKind;
import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A session's keys and values to disk and back. The roofline of loading is the file's bytes over
 * the bandwidth at which one thread reads the same file through a channel into memory of its size,
 * probed right before and after; both read what the system still has in memory. Saving ends on the
 * disk.
 */
final class SnapshotFigures implements AutoCloseable {
  private final KvPool pool;
  private final PagedSpan span;
  private final TokenIds tokens;
  private final SnapshotKind kind;
  private final Path folder;
  private final SnapshotStore store;

  /** Beside the thread that loads, as in the service. */
  private final ExecutorService workers =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  private final Series saving = new Series();
  private final Series loading = new Series();
  private final FileProbe probe = new FileProbe();
  private final Series probing = new Series();
  private final Series buffered = new Series();
  private final Series share = new Series();
  private long bytes;

  SnapshotFigures(KvLayout layout, int count) throws IOException {
    int pages = KvLayout.pagesFor(count);
    pool = new KvPool(layout, pages);
    span = pool.reserve(count);
    tokens = TokenIds.of(new int[span.capacityTokens()]);
    kind = SnapshotKind.of(layout, 0, "benchmark");
    folder = Files.createTempDirectory("palimpsest-bench");
    store = new SnapshotStore(folder, Long.MAX_VALUE, InstantSource.system());
    SplittableRandom random = new SplittableRandom(1);
    ByteBuffer some = ByteBuffer.allocate((int) layout.layerBytes());
    random.nextBytes(some.array());
    for (int page = 0; page < pages; page++) {
      for (int layer = 0; layer < layout.layers(); layer++) {
        some.putInt(0, random.nextInt());
        var target = pool.layer(span, page, layer);
        var copied = target.copyFrom(MemorySegment.ofArray(some.array()));
        assert copied.byteSize() == target.byteSize();
      }
    }
  }

  /** Loads what is saved once. */
  void warmUp() {
    if (store.files() == 0) {
      save();
    }
    double seconds = load();
    assert seconds > 0;
  }

  /** Saves once and loads once. */
  void measure() throws IOException {
    double seconds = save();
    saving.add(bytes / seconds / 1e6);
    double before = probe();
    double took = load();
    double after = probe();
    loading.add(bytes / took / 1e6);
    share.add(took / (bytes / ((before + after) / 2 * 1e6)));
  }

  /** Seconds. */
  private double save() {
    long begun = System.nanoTime();
    SnapshotNews saved =
        store.save(
            store.announce("", "session"),
            kind,
            tokens,
            (page, layer) -> pool.layer(span, page, layer),
            1,
            () -> false);
    double seconds = (System.nanoTime() - begun) / 1e9;
    if (!(saved instanceof SnapshotNews.Saved done)) {
      throw new IllegalStateException("nothing was saved: " + saved);
    }
    bytes = done.bytes();
    return seconds;
  }

  /** Seconds. */
  private double load() {
    SnapshotStore.Found found =
        store.find("", tokens.concat(TokenIds.of(1)), 0).orElseThrow();
    long begun = System.nanoTime();
    SnapshotNews news =
        store.load(
            found,
            kind,
            0,
            (page, layer) -> pool.layer(span, page, layer),
            () -> false,
            workers);
    double seconds = (System.nanoTime() - begun) / 1e9;
    if (!(news instanceof SnapshotNews.Loaded)) {
      throw new IllegalStateException("nothing was loaded: " + news);
    }
    return seconds;
  }

  /** Megabytes a second. */
  private double probe() throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    FileProbe.Rates rates = probe.read(file);
    probing.add(rates.intoMemory());
    buffered.add(rates.intoBuffer());
    return rates.intoMemory();
  }

  /** The figures beside what computing the same tokens takes at this many a second, if not 0. */
  void print(double prefillTokensPerSecond) {
    double load = bytes / (loading.median() * 1e6);
    System.out.printf(
        Locale.ROOT,
        "%nsnapshot of %d tokens: %.1f MB; roofline of loading: %.1f MB ÷ %s MB/s = %.2f ms"
            + " (into a small buffer %s MB/s)%n",
        tokens.size(),
        bytes / 1e6,
        bytes / 1e6,
        probing,
        bytes / probing.median() / 1e3,
        buffered);
    System.out.printf(
        Locale.ROOT,
        "save       %s MB/s to the disk = %.2f ms%n",
        saving,
        bytes / saving.median() / 1e3);
    System.out.printf(
        Locale.ROOT,
        "load       %s MB/s = %.2f ms = %s of the roofline's time%n",
        loading,
        load * 1e3,
        share);
    if (prefillTokensPerSecond == 0) {
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "prefill of the same at the speed above: %.0f ms; loading takes 1/%.0f of it%n",
        tokens.size() / prefillTokensPerSecond * 1e3,
        tokens.size() / prefillTokensPerSecond / load);
  }

  String json() {
    return String.format(
        Locale.ROOT,
        ",\"snapshot\":{\"tokens\":%d,\"bytes\":%d,\"save_mb_per_second\":%s,"
            + "\"load_mb_per_second\":%s,\"read_mb_per_second\":%s,\"buffer_mb_per_second\":%s,"
            + "\"load_over_roofline\":%s}",
        tokens.size(),
        bytes,
        saving.json(),
        loading.json(),
        probing.json(),
        buffered.json(),
        share.json());
  }

  @Override
  public void close() throws IOException {
    store.erase("", "session");
    Files.delete(folder);
    workers.close();
    probe.close();
    pool.close();
  }
}
