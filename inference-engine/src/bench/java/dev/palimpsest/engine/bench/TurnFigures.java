package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.Admission;
import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.engine.Generation;
import dev.palimpsest.engine.GenerationRequest;
import dev.palimpsest.engine.SnapshotParts;
import dev.palimpsest.engine.Usage;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns of one long session through whole engines: the first reads all of it; the second, which
 * begins with the first and its answer, what is new; and one after a restart, for which engine and
 * store are opened anew, reads a file first. Where a peer is given, it does the same in between.
 * The roofline of the last is the file's bytes over the bandwidth at which one thread reads it into
 * memory of its size, probed right before and after, and a step.
 */
final class TurnFigures implements AutoCloseable {
  private static final int NEW_TOKENS = 64;
  private static final int ANSWER_TOKENS = 8;
  private static final int WARM_UP_TOKENS = 512;
  private static final int WORKERS = 2;
  private static final int SEQUENCES = 4;
  private static final long WAIT_NANOS = 50_000;
  private static final String NAME = "session";

  /** A page's tokens; what fills no page is computed again. */
  private static final int PAGE = 32;

  private final Model model;
  private final Backend backend;
  private final EngineConfig sizes;
  private final Path folder = Files.createTempDirectory("palimpsest-bench");
  private final ExecutorService workers =
      Executors.newFixedThreadPool(WORKERS, Thread.ofPlatform().daemon().factory());
  private final SplittableRandom random = new SplittableRandom(2);
  private final @Nullable PeerServer peer;
  private final TokenIds first;
  private final TokenIds session;
  private final double firstSeconds;
  private final double peerFirstSeconds;
  private final int firstPrefilled;
  private final Series second = new Series();
  private final Series step = new Series();
  private final Series saving = new Series();
  private final Series restoring = new Series();
  private final Series loading = new Series();
  private final FileProbe probe = new FileProbe();
  private final Series probing = new Series();
  private final Series buffered = new Series();
  private final Series share = new Series();
  private final Series peerSecond = new Series();
  private final Series peerSaving = new Series();
  private final Series peerRestoring = new Series();
  private SnapshotStore store;
  private Engine engine;
  private int rounds;
  private @Nullable SnapshotNews problem;
  private long savedNanos;
  private long savedBytes;
  private long loadedNanos;
  private long peerBytes;
  private int secondPrefilled;
  private int restoredPrefilled;
  private int peerSecondPrefilled;

  /** Reads the first turn, also by the peer. */
  TurnFigures(Path file, Backend backend, Options options) throws IOException {
    this.backend = backend;
    int tokens = options.sessionTokens();
    model = Model.open(file);
    KvLayout layout = model.architecture().cacheLayout().withType(options.cacheType());
    int context = tokens + ANSWER_TOKENS + NEW_TOKENS + PAGE;
    // The session, and what comes after it in two turns of which one is forgotten.
    long pages = KvLayout.pagesFor(context) + KvLayout.pagesFor(WARM_UP_TOKENS)
            + 4L * KvLayout.pagesFor(NEW_TOKENS + PAGE);
    sizes =
        new EngineConfig(
            context, pages * layout.pageBytes(), SEQUENCES, 1, 256, 64, 0, Long.MAX_VALUE, layout.type());
    store = openedStore();
    engine = opened();
    List<String> command = options.peerServer();
    peer =
        command == null ? null : new PeerServer(command, file, options.threads(), context + PAGE);
    // Until the compiler has seen what is timed once only.
    Turn warm = turn(random(Math.min(tokens, WARM_UP_TOKENS)), ANSWER_TOKENS);
    assert warm.seconds > 0;
    first = random(tokens);
    Turn turn = turn(first, ANSWER_TOKENS);
    firstSeconds = turn.seconds;
    firstPrefilled = turn.usage.prefilledTokens();
    session = first.concat(turn.output);
    peerFirstSeconds = peer == null ? 0 : peer.turn(first.copy()).seconds();
  }

  private record Turn(double seconds, Usage usage, TokenIds output) {}

  private SnapshotStore openedStore() {
    return new SnapshotStore(folder, Long.MAX_VALUE, InstantSource.system());
  }

  private Engine opened() {
    var parts = new SnapshotParts(store, workers, this::heard);
    return new Engine(sizes, model, backend, System::nanoTime, parts, List.of());
  }

  /** On a worker's thread, before the engine is told. */
  private synchronized void heard(SnapshotNews news, long nanos) {
    switch (news) {
      case SnapshotNews.Saved saved -> {
        savedNanos = nanos;
        savedBytes = saved.bytes();
      }
      case SnapshotNews.Loaded loaded -> loadedNanos = nanos;
      case SnapshotNews.Refused refused -> problem = news;
      case SnapshotNews.Dropped dropped -> problem = news;
      case SnapshotNews.Failed failed -> problem = news;
    }
  }

  private TokenIds random(int count) {
    int words = model.vocabulary().size() / 2;
    return TokenIds.of(random.ints(count, words, 2 * words).toArray());
  }

  /** Until the first token of an answer, and then to its end. */
  private Turn turn(TokenIds prompt, int outputTokens) {
    var request =
        new GenerationRequest(prompt, SamplingParams.GREEDY, outputTokens, List.of());
    long begun = System.nanoTime();
    if (!(engine.submit(request) instanceof Admission.Accepted(Generation generation))) {
      throw new IllegalStateException("refused: " + engine.submit(request));
    }
    double seconds = 0;
    while (generation.usage().isEmpty()) {
      int rows = engine.step();
      if (rows == 0) {
        waitForWorkers();
      }
      boolean hasToken = false;
      while (generation.poll() != null) {
        hasToken = true;
      }
      seconds = hasToken && seconds == 0 ? (System.nanoTime() - begun) / 1e9 : seconds;
    }
    return new Turn(seconds, generation.usage().get(), generation.output().orElseThrow());
  }

  /** While files are read or written. */
  private synchronized void check() {
    if (problem != null) {
      throw new IllegalStateException(problem.toString());
    }
  }

  private void waitForWorkers() {
    check();
    LockSupport.parkNanos(WAIT_NANOS);
  }

  /** One more second turn; to disk; and one after a restart. */
  void measure() throws IOException {
    second();
    save();
    restore();
  }

  private void second() throws IOException {
    TokenIds prompt = session.concat(random(NEW_TOKENS));
    Turn turn = turn(prompt, 2);
    second.add(turn.seconds * 1e3);
    secondPrefilled = turn.usage.prefilledTokens();
    if (peer != null) {
      PeerServer.Turn other = peer.turn(prompt.copy());
      peerSecond.add(other.seconds() * 1e3);
      peerSecondPrefilled = other.prefilled();
    }
  }

  private void save() throws IOException {
    synchronized (this) {
      savedNanos = 0;
    }
    rounds++;
    engine.keep("", NAME + rounds, first);
    while (saved() == 0) {
      if (engine.step() == 0) {
        waitForWorkers();
      }
    }
    boolean wasThere = store.erase("", NAME + (rounds - 1));
    assert wasThere || rounds == 1;
    saving.add(savedNanos / 1e6);
    if (peer != null) {
      PeerServer.Turn ignored = peer.turn(first.copy());
      peerSaving.add(peer.save() * 1e3);
      peerBytes = peer.savedBytes();
    }
  }

  private synchronized long saved() {
    return savedNanos;
  }

  private void restore() throws IOException {
    engine.close();
    store = openedStore();
    engine = opened();
    double before = probe();
    Turn turn = turn(session, 1);
    double after = probe();
    // The same without the file.
    Turn again = turn(session, 1);
    restoredPrefilled = turn.usage.prefilledTokens();
    double read = savedBytes / ((before + after) / 2 * 1e6);
    loading.add(loadedNanos / 1e6);
    step.add(again.seconds * 1e3);
    restoring.add(turn.seconds * 1e3);
    share.add((turn.seconds - again.seconds) / read);
    if (peer != null) {
      peerRestoring.add(peer.restore() * 1e3);
    }
  }

  /** Megabytes a second. */
  private double probe() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      FileProbe.Rates rates = probe.read(files.findFirst().orElseThrow());
      probing.add(rates.intoMemory());
      buffered.add(rates.intoBuffer());
      return rates.intoMemory();
    }
  }

  void print() {
    System.out.printf(
        Locale.ROOT,
        "%nsession    %d tokens, keys and values in %s; first turn: %d tokens computed in %.1f s%n",
        first.size(),
        sizes.cacheType(),
        firstPrefilled,
        firstSeconds);
    System.out.printf(
        Locale.ROOT,
        "second     %d new tokens, %d computed: first token after %s ms, 1/%.0f of the first turn%n",
        session.size() + NEW_TOKENS - first.size(),
        secondPrefilled,
        second,
        firstSeconds * 1e3 / second.median());
    System.out.printf(
        Locale.ROOT,
        "saved      %.1f MB in %s ms; roofline of reading them: ÷ %s MB/s = %.1f ms (into a small"
            + " buffer %s MB/s)%n",
        savedBytes / 1e6,
        saving,
        probing,
        savedBytes / probing.median() / 1e3,
        buffered);
    System.out.printf(
        Locale.ROOT,
        "restart    first token after %s ms, %d tokens computed, of which loading %s ms and a step"
            + " %s ms; less the step %s of the roofline's time; 1/%.0f of the first turn%n",
        restoring,
        restoredPrefilled,
        loading,
        step,
        share,
        firstSeconds * 1e3 / restoring.median());
    if (peer != null) {
      printPeer();
    }
  }

  private void printPeer() {
    System.out.printf(
        Locale.ROOT,
        "peer       first turn %.1f s (ratio %.3f); second %s ms, %d computed (ratio %.3f)%n",
        peerFirstSeconds,
        firstSeconds / peerFirstSeconds,
        peerSecond,
        peerSecondPrefilled,
        second.median() / peerSecond.median());
    System.out.printf(
        Locale.ROOT,
        "peer       slot %.1f MB: saved in %s ms (ratio %.3f, and ours is synced), restored in %s ms"
            + " (loading ratio %.3f)%n",
        peerBytes / 1e6,
        peerSaving,
        saving.median() / peerSaving.median(),
        peerRestoring,
        loading.median() / peerRestoring.median());
  }

  String json() {
    return String.format(
        Locale.ROOT,
        ",\"session\":{\"tokens\":%d,\"first_seconds\":%.3f,\"second_prefilled\":%d,"
            + "\"second_ms\":%s,\"saved_bytes\":%d,\"save_ms\":%s,\"restart_ms\":%s,"
            + "\"restart_prefilled\":%d,\"load_ms\":%s,\"step_ms\":%s,\"read_mb_per_second\":%s,"
            + "\"buffer_mb_per_second\":%s,\"restart_over_roofline\":%s%s}",
        first.size(),
        firstSeconds,
        secondPrefilled,
        second.json(),
        savedBytes,
        saving.json(),
        restoring.json(),
        restoredPrefilled,
        loading.json(),
        step.json(),
        probing.json(),
        buffered.json(),
        share.json(),
        peer == null ? "" : peerJson());
  }

  private String peerJson() {
    return String.format(
        Locale.ROOT,
        ",\"peer_first_seconds\":%.3f,\"peer_second_prefilled\":%d,\"peer_second_ms\":%s,"
            + "\"peer_bytes\":%d,\"peer_save_ms\":%s,\"peer_restore_ms\":%s",
        peerFirstSeconds,
        peerSecondPrefilled,
        peerSecond.json(),
        peerBytes,
        peerSaving.json(),
        peerRestoring.json());
  }

  @Override
  public void close() throws IOException {
    engine.close();
    workers.close();
    probe.close();
    model.close();
    if (peer != null) {
      peer.close();
    }
    boolean wasThere = store.erase("", NAME + rounds);
    assert wasThere || rounds == 0;
    Files.delete(folder);
  }
}
