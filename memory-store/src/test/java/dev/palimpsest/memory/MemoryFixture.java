package dev.palimpsest.memory;

import dev.palimpsest.memory.Stored.Outcome;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.session.SessionLog;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the contracts about memories share: a store, a tenant of its own, a standing clock, and
 * short ways to write a test's first lines. A class to inherit from, since each implementation says
 * once how it is opened.
 */
public abstract class MemoryFixture {
  /** What is tested. */
  public record Opened(
      MemoryStore memories,
      MemoryVectors vectors,
      ImportLog imports,
      SessionLog sessions,
      MemoryAudit audit) {}

  /** How many threads race. */
  protected static final int THREADS = 8;

  /** A minute. */
  protected static final Duration MINUTE = Duration.ofMinutes(1);

  /** Stands until it is moved. */
  protected final TestClock clock = new TestClock();

  /** The store under test. */
  protected MemoryStore memories;

  /** Its vectors. */
  protected MemoryVectors vectors;

  /** Its imports. */
  protected ImportLog imports;

  /** Its sessions. */
  protected SessionLog sessions;

  /** Where its memories come from. */
  protected MemoryAudit audit;

  /** A tenant that no other test uses. */
  protected TenantId tenant;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init")
  protected MemoryFixture() {}

  /** The store, empty or with other tenants' rows alone. */
  protected abstract Opened open(TestClock clock, IdSource ids);

  /** A tenant that no other test uses. */
  protected abstract TenantId freshTenant();

  @BeforeEach
  void open() {
    Opened opened = open(clock, new CountingIds());
    memories = opened.memories;
    vectors = opened.vectors;
    imports = opened.imports;
    sessions = opened.sessions;
    audit = opened.audit;
    tenant = freshTenant();
  }

  /** The clock's time as it is stored. */
  protected Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /** Adds one and says what became of it. */
  protected Stored added(NewMemory memory) {
    return memories.add(tenant, List.of(memory)).getFirst();
  }

  /** Adds an unscoped episode of this text and finds it. */
  protected Memory remembered(String text) {
    return newest(added(said(text, null)).id());
  }

  /** The newest version of a memory that is there. */
  protected Memory newest(MemoryId id) {
    return memories.find(tenant, id, null).orElseThrow();
  }

  /** An unscoped episode of a conversation. */
  protected static NewMemory said(String text, @Nullable String identity) {
    return said(Scope.NONE, text, identity);
  }

  /** An episode of a conversation. */
  protected static NewMemory said(Scope scope, String text, @Nullable String identity) {
    return new NewMemory(
        scope,
        MemoryKind.EPISODE,
        new Origin("talk", "s1", identity, 0),
        MemoryText.of(text),
        identity);
  }

  /** What happened, of each. */
  protected static List<Outcome> outcomes(List<Stored> stored) {
    return stored.stream().map(Stored::outcome).toList();
  }

  /** The seed of a randomised test, told so that it can be run again by {@code -Dseed=}. */
  protected static long seed(String test) {
    long seed = Long.getLong("seed", 20261126);
    System.out.println(test + ": -Dseed=" + seed);
    return seed;
  }

  /** Runs the same work from {@link #THREADS} threads at once. */
  protected static <T> List<T> fromManyThreads(Function<Integer, T> work) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<T>> calls = new ArrayList<>();
      IntStream.range(0, THREADS).forEach(i -> calls.add(() -> work.apply(i)));
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }
}
