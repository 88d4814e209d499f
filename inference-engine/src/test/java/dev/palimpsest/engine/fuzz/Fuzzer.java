package dev.palimpsest.engine.fuzz;

import static org.junit.jupiter.api.Assertions.fail;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.fuzz.Target.Bounds;
import dev.palimpsest.engine.fuzz.Target.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Feeds mutants to one parser, on a thread of its own that the caller's watches: whatever is thrown
 * that the parser does not declare is a fault, and so is an input that takes too much processor
 * time or memory. A seeded number of rounds; with {@code -Dpalimpsest.long=true} ten minutes, or
 * {@code -Dfuzz.seconds=}. The inputs of faults, and with {@code -Dfuzz.keep=FOLDER} the shortest
 * one of each outcome, are written to files.
 */
public final class Fuzzer {
  private static final int SECONDS = 600;
  private static final int POOL_MAX = 4_000;
  private static final int POOLED_BYTES_MAX = 1 << 16;
  private static final int FAULTS_MAX = 20;
  private static final int WATCH_MILLIS = 100;
  private static final long STACK_BYTES = 1 << 20;
  private static final int SIGNATURE_MAX = 90;
  private static final Pattern DETAIL = Pattern.compile("'[^']*'?|\"[^\"]*\"?|[/#][^ ]*|-?[0-9]+");

  private final String name;
  private final Bounds bounds;
  private final Mutator mutator;
  private final Target target;
  private final long seed;
  private final RandomGenerator random;
  private final List<byte[]> pool = new ArrayList<>();
  private final Map<String, byte[]> outcomes = new LinkedHashMap<>();
  private final Map<String, String> faults = new LinkedHashMap<>();
  private volatile @Nullable Attempt running;
  private int corpus;
  private long inputs;
  private long taken;
  private long bytesMost;
  private long cpuMost;

  /** Of one parser; {@code name} is that of its folder in the corpus. */
  public Fuzzer(String name, Bounds bounds, Mutator mutator, Target target) {
    this.name = name;
    this.bounds = bounds;
    this.mutator = mutator;
    this.target = target;
    this.seed = Seeds.seed("fuzzing " + name);
    this.random = Seeds.random(seed);
  }

  /** Feeds the corpus and these, then so many mutants; fails where there is a fault. */
  public void run(int rounds, List<byte[]> seeds) {
    List<byte[]> all = new ArrayList<>(Corpus.of(name));
    all.addAll(seeds);
    corpus = all.size();
    boolean isLong = Boolean.getBoolean("palimpsest.long");
    long most = isLong ? Long.MAX_VALUE : Seeds.iterations(rounds);
    long seconds = Integer.getInteger("fuzz.seconds", SECONDS);
    long end = isLong ? System.nanoTime() + seconds * 1_000_000_000L : Long.MAX_VALUE;
    Thread worker =
        Thread.ofPlatform()
            .name("fuzzing " + name)
            .daemon()
            .stackSize(STACK_BYTES)
            .unstarted(() -> feed(all, most, end));
    watch(worker);
    report();
  }

  private void feed(List<byte[]> seeds, long rounds, long end) {
    for (byte[] each : seeds) {
      pool.add(each);
      attempt(each);
    }
    for (long i = 0; i < rounds && faults.size() < FAULTS_MAX; i++) {
      if (end != Long.MAX_VALUE && System.nanoTime() > end) {
        return;
      }
      attempt(mutator.mutant(any(), any(), random));
    }
  }

  /** Those of the corpus as often as what was found. */
  private byte[] any() {
    return pool.get(random.nextInt(random.nextBoolean() ? corpus : pool.size()));
  }

  private void attempt(byte[] input) {
    Attempt attempt = new Attempt(input);
    running = attempt;
    inputs++;
    try {
      Outcome outcome = target.read(input);
      if (attempt.bytes() > allowed(input)) {
        outcome = readAgain(input);
      }
      String said =
          switch (outcome) {
            case Outcome.Refused refused -> refused.reason();
            case Outcome.Taken use -> use(use.use(), input);
          };
      note(said, input);
      bytesMost = Math.max(bytesMost, attempt.bytes());
      cpuMost = Math.max(cpuMost, attempt.cpuNanos());
    } catch (Throwable fault) {
      found(fault, input);
    }
    running = null;
  }

  /** The first time the virtual machine itself allocates, for code that has not run before. */
  private Outcome readAgain(byte[] input) throws IOException {
    Attempt again = new Attempt(input);
    Outcome outcome = target.read(input);
    check("reading", input, again.bytes(), allowed(input));
    return outcome;
  }

  private String use(Target.Use use, byte[] input) throws IOException {
    taken++;
    Attempt attempt = new Attempt(input);
    String said = use.run();
    check("using", input, attempt.bytes(), bounds.useBytes());
    return "taken: " + said;
  }

  private long allowed(byte[] input) {
    return bounds.readBytes() + bounds.perByte() * input.length;
  }

  private void check(String what, byte[] input, long bytes, long most) {
    if (bytes > most) {
      throw new AssertionError(
          what + " " + input.length + " bytes took " + bytes + " bytes of memory, of " + most);
    }
  }

  /** What was not heard before is mutated further. */
  private void note(String said, byte[] input) {
    String plain = DETAIL.matcher(said).replaceAll("#");
    String signature = plain.substring(0, Math.min(SIGNATURE_MAX, plain.length()));
    byte[] known = outcomes.get(signature);
    if (known == null && pool.size() < POOL_MAX && input.length <= POOLED_BYTES_MAX) {
      pool.add(input);
    }
    if (known == null || input.length < known.length) {
      outcomes.put(signature, input);
    }
  }

  private void found(Throwable fault, byte[] input) {
    StackTraceElement[] trace = fault.getStackTrace();
    String place = trace.length == 0 ? "" : " at " + trace[0];
    String signature = fault.getClass().getName() + place;
    if (!faults.containsKey(signature)) {
      faults.put(signature, written(input) + ": " + fault);
      System.out.println("fuzzing " + name + ": " + faults.get(signature));
      fault.printStackTrace(System.out);
    }
  }

  private String written(byte[] input) {
    try {
      Path file = Files.createTempFile("palimpsest-fuzz-" + name + "-", ".input");
      return Files.write(file, input).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Until it ends; an input that does not end ends everything. */
  private void watch(Thread worker) {
    worker.start();
    while (worker.isAlive()) {
      try {
        worker.join(WATCH_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      Attempt now = running;
      if (now != null && worker.isAlive()) {
        look(now, worker);
      }
    }
  }

  private void look(Attempt attempt, Thread worker) {
    long bytes = attempt.bytes();
    long cpu = attempt.cpuNanos();
    boolean isTooMuch =
        bytes > 2 * (allowed(attempt.input()) + bounds.useBytes())
            || cpu > bounds.cpuSeconds() * 1_000_000_000L;
    if (isTooMuch && attempt.equals(running)) {
      StringBuilder where = new StringBuilder();
      for (StackTraceElement each : worker.getStackTrace()) {
        where.append("\n  at ").append(each);
      }
      fail(
          "%s, seed %d, input %d: no end after %d ms and %d bytes; %s%s"
              .formatted(
                  name, seed, inputs, cpu / 1_000_000, bytes, written(attempt.input()), where));
    }
  }

  private void report() {
    System.out.printf(
        Locale.ROOT,
        "fuzzing %s: %d inputs from %d in the corpus, %d taken, %d outcomes, at most %d KiB and %d ms%n",
        name,
        inputs,
        corpus,
        taken,
        outcomes.size(),
        bytesMost >> 10,
        cpuMost / 1_000_000);
    String folder = System.getProperty("fuzz.keep", "");
    if (!folder.isEmpty()) {
      Corpus.write(Path.of(folder, name), outcomes);
    }
    if (!faults.isEmpty()) {
      fail(name + ", seed " + seed + ": " + String.join("\n", faults.values()));
    }
    if (taken == 0 || taken == inputs) {
      fail(name + ": " + taken + " of " + inputs + " inputs were taken, which tests nothing");
    }
  }
}
