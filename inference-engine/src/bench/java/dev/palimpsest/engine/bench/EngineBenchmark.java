package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.model.Model;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code bench engine}: decode, prefill and batched decode of one model, as a share of the memory
 * bandwidth that is probed right before and after each run, and a session's way to disk and back.
 * Prints the roofline first and a table last.
 */
public final class EngineBenchmark {
  private static final int WARM_UP_SECONDS = 6;
  private static final int SNAPSHOT_WARM_UP = 10;

  /** A figure: what is measured, the peer's twin of it, and how many times weights are read. */
  private record Figure(String name, int prompt, int sequences, Series own, Series share, Series peer) {
    static Figure of(String name, int prompt, int sequences) {
      return new Figure(name, prompt, sequences, new Series(), new Series(), new Series());
    }
  }

  private final Options options;
  private final Path file;
  private final Backend backend;
  private final Subject subject;
  private final ReadProbe probe;
  private final @Nullable SnapshotFigures snapshots;
  private final @Nullable PrefixFigures prefixes;
  private final @Nullable DraftFigures drafts;
  private final @Nullable TurnFigures turns;
  private final Series bandwidth = new Series();
  private final Map<String, Figure> figures = new LinkedHashMap<>();

  /** What is measured beside the speed of computing. */
  private record Parts(
      @Nullable SnapshotFigures snapshots,
      @Nullable DraftFigures drafts, @Nullable TurnFigures turns) {}

  private EngineBenchmark(
      Options options, Path file, Backend backend, Subject subject, ReadProbe probe, Parts parts) {
    this.options = options;
    this.file = file;
    this.backend = backend;
    this.subject = subject;
    this.probe = probe;
    this.snapshots = parts.snapshots;
    this.prefixes = options.measures("snapshot") ? new PrefixFigures(subject.layout()) : null;
    this.drafts = parts.drafts;
    this.turns = parts.turns;
    if (!options.measures("speed")) {
      return;
    }
    add(Figure.of("tg" + subject.generatedTokens(), 0, 1));
    add(Figure.of("pp" + subject.promptTokens(), subject.promptTokens(), 1));
    add(Figure.of("batch 4", 0, 4));
    add(Figure.of("batch 8", 0, 8));
  }

  private void add(Figure figure) {
    figures.put(figure.name, figure);
  }

  /** Runs the benchmark; see {@link Options#USAGE}. */
  public static void main(String... arguments) throws IOException {
    Options options;
    try {
      options = Options.of(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(Options.USAGE);
      System.exit(2);
      return;
    }
    Path given = options.model();
    if (given != null) {
      run(options, given);
      return;
    }
    Path file = Files.createTempFile("palimpsest-bench", ".gguf");
    try {
      System.out.println("writing a random model of shape " + options.shape());
      RandomModel.write(options.shape(), file);
      run(options, file);
    } finally {
      Files.delete(file);
    }
  }

  private static void run(Options options, Path file) throws IOException {
    try (Backend backend = Backend.open(options.backend(), options.threads());
        Subject subject = new Subject(file, backend);
        ReadProbe probe = new ReadProbe(backend);
        SnapshotFigures snapshots =
            options.measures("snapshot") ? snapshots(options, subject) : null;
        TurnFigures turns =
            options.sessionTokens() > 0 && options.measures("session")
                ? new TurnFigures(file, backend, options)
                : null) {
      DraftFigures drafts =
          options.measures("drafts") ? drafts(options.tokenizer(), subject) : null;
      Parts parts = new Parts(snapshots, drafts, turns);
      new EngineBenchmark(options, file, backend, subject, probe, parts).run();
    }
  }

  private static SnapshotFigures snapshots(Options options, Subject subject) throws IOException {
    return new SnapshotFigures(
        subject.layout().withType(options.cacheType()), options.snapshotTokens());
  }

  private static @Nullable DraftFigures drafts(@Nullable Path file, Subject subject) {
    if (file == null || subject.hasStates()) {
      return null;
    }
    try (Model model = Model.open(file)) {
      return new DraftFigures(subject, model.tokenizer());
    }
  }

  private void run() throws IOException {
    printRoofline();
    warmUp();
    for (int run = 0; run < options.runs(); run++) {
      for (Figure figure : figures.values()) {
        measure(figure);
        comparePeer(figure);
      }
      if (snapshots != null) {
        snapshots.measure();
      }
      if (drafts != null) {
        drafts.measure(run);
      }
      if (turns != null) {
        turns.measure();
      }
      System.out.println("run " + (run + 1) + " of " + options.runs() + " done");
    }
    if (options.isJson()) {
      printJson();
    }
    printTable();
  }

  private void printRoofline() {
    double speed = probe.gigabytesPerSecond();
    System.out.printf(
        Locale.ROOT,
        "model      %s%nbackend    %s%nJVM        %s%nload       %.2f%n",
        subject.describe(),
        backend.describe(),
        Runtime.version(),
        load());
    System.out.printf(
        Locale.ROOT,
        "roofline   %.1f MB a token ÷ %.1f GB/s read by %d threads over %d MiB = %.1f tokens/s%n",
        subject.bytesPerToken() / 1e6,
        speed,
        options.threads(),
        ReadProbe.BYTES >> 20,
        speed * 1e9 / subject.bytesPerToken());
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /** Until the compiler has seen every kernel. */
  private void warmUp() throws IOException {
    for (int i = 0; snapshots != null && i < SNAPSHOT_WARM_UP; i++) {
      snapshots.warmUp();
    }
    long end = System.nanoTime() + WARM_UP_SECONDS * 1_000_000_000L;
    while (System.nanoTime() < end) {
      subject.decode(1, 16);
      subject.decode(Subject.BATCH_MAX, 4);
      subject.decode(2, 2);
      subject.prefill(Math.min(64, subject.promptTokens()));
    }
  }

  private void measure(Figure figure) {
    double before = probe.gigabytesPerSecond();
    double speed =
        figure.prompt > 0
            ? subject.prefill(figure.prompt)
            : subject.decode(figure.sequences, subject.generatedTokens() / figure.sequences);
    double after = probe.gigabytesPerSecond();
    double read = subject.bytesPerToken() * speed / figure.sequences / 1e9;
    figure.own.add(speed);
    bandwidth.add(before);
    bandwidth.add(after);
    if (figure.prompt == 0) {
      figure.share.add(100 * read / ((before + after) / 2));
    }
  }

  private void comparePeer(Figure figure) throws IOException {
    List<String> command = options.peer();
    if (command != null && figure.sequences == 1) {
      Peer peer = new Peer(command, file, options.threads());
      int generated = figure.prompt > 0 ? 0 : subject.generatedTokens();
      figure.peer.add(peer.tokensPerSecond(figure.prompt, generated));
    }
  }

  private void printJson() {
    StringBuilder json = new StringBuilder("{");
    json.append("\"bytes_per_token\":").append(subject.bytesPerToken());
    json.append(",\"threads\":").append(options.threads());
    json.append(",\"backend\":\"").append(backend.name()).append('"');
    if (!bandwidth.isEmpty()) {
      json.append(",\"read_gb_per_second\":").append(bandwidth.json());
    }
    for (Figure figure : figures.values()) {
      json.append(",\"").append(figure.name).append("\":").append(figure.own.json());
      if (!figure.share.isEmpty()) {
        json.append(",\"").append(figure.name).append(" percent of bandwidth\":");
        json.append(figure.share.json());
      }
      if (!figure.peer.isEmpty()) {
        json.append(",\"").append(figure.name).append(" peer\":").append(figure.peer.json());
      }
    }
    json.append(snapshots == null ? "" : snapshots.json());
    json.append(prefixes == null ? "" : prefixes.json());
    json.append(drafts == null ? "" : drafts.json());
    json.append(turns == null ? "" : turns.json());
    System.out.println(json.append('}'));
  }

  private void printTable() {
    System.out.printf(
        Locale.ROOT, "%nmedian (min..max) of %d runs; load %.2f%n", options.runs(), load());
    if (!figures.isEmpty()) {
      printSpeeds();
    }
    if (snapshots != null) {
      Figure prefill = figures.get("pp" + subject.promptTokens());
      snapshots.print(prefill == null ? 0 : prefill.own.median());
    }
    if (prefixes != null) {
      prefixes.print();
    }
    if (drafts != null) {
      drafts.print();
    }
    if (turns != null) {
      turns.print();
    }
  }

  private void printSpeeds() {
    System.out.printf("read bandwidth %s GB/s%n", bandwidth);
    System.out.printf(
        "%-10s %-28s %-28s %-28s %s%n", "", "tokens/s", "% of bandwidth", "peer", "ratio");
    for (Figure figure : figures.values()) {
      String ratio =
          figure.peer.isEmpty()
              ? "-"
              : String.format(Locale.ROOT, "%.3f", figure.own.median() / figure.peer.median());
      System.out.printf(
          "%-10s %-28s %-28s %-28s %s%n",
          figure.name, figure.own, figure.share, figure.peer, ratio);
    }
  }
}
