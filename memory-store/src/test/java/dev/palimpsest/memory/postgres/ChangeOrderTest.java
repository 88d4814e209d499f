package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.session.Acceptance;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whoever reads the changes above his checkpoint, at whatever moment, misses none. */
@ExtendWith(NeedsPostgres.class)
final class ChangeOrderTest {
  private static final TenantId TENANT = new TenantId("default");
  private static final ScopeColumns NOBODY = ScopeColumns.of(Scope.NONE);
  private static final Instant AT = Instant.parse("2026-03-01T10:00:00Z");
  private static final NodeId NODE = new NodeId("node-1");
  private static final int WRITERS = 6;
  private static final int TURNS = 12;

  private EmbeddedPostgres.Database database;
  private SessionFactory factory;
  private Transactions transactions;
  private ExecutorService threads;

  @SuppressWarnings("NullAway.Init")
  ChangeOrderTest() {}

  @BeforeEach
  void open() {
    database = EmbeddedPostgres.shared().migratedDatabase();
    factory = Mappings.start(database.app());
    transactions = new Transactions(database.app(), factory);
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    factory.close();
  }

  /**
   * Two connections. The first begins, does its work, and pauses before the head row; the second
   * begins after it and commits before it. The first, which commits last, has the higher number.
   */
  @Test
  void whoCommitsLaterHasTheHigherNumberEvenIfItBeganEarlier() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Future<Long> first =
        threads.submit(() ->
            transactions.inTenant(
                TENANT,
                "first",
                session -> {
                  begun.countDown();
                  await(goOn);
                  return record(session, "first");
                }));
    await(begun);
    long second = transactions.inTenant(TENANT, "second", session -> record(session, "second"));
    List<Change> early = follow(0);
    goOn.countDown();
    assertEquals(List.of("second"), subjects(early));
    assertTrue(first.get() > second);
    assertEquals(List.of("first"), subjects(follow(second)));
  }

  /** While one transaction holds a number that is not visible, nobody can get the next one. */
  @Test
  void numberIsNotHandedOutWhileASmallerOneIsUndecided() throws Exception {
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Future<Long> first =
        threads.submit(() ->
            transactions.inTenant(
                TENANT,
                "first",
                session -> {
                  long number = record(session, "first");
                  taken.countDown();
                  await(goOn);
                  return number;
                }));
    await(taken);
    Future<Long> second =
        threads.submit(
            () -> transactions.inTenant(TENANT, "second", session -> record(session, "second")));
    assertThrows(TimeoutException.class, () -> second.get(300, TimeUnit.MILLISECONDS));
    assertEquals(List.of(), follow(0));
    long otherTenant =
        transactions.inTenant(
            new TenantId("other"),
            "other",
            session -> ChangeTable.next(session, new TenantId("other")));
    assertEquals(1, otherTenant);
    goOn.countDown();
    assertEquals(first.get() + 1, second.get());
    assertEquals(List.of("first", "second"), subjects(follow(0)));
  }

  @Test
  void rolledBackNumberIsGivenToTheNext() {
    assertThrows(
        IllegalStateException.class,
        () ->
            transactions.inTenant(
                TENANT,
                "rolled back",
                session -> {
                  record(session, "lost");
                  throw new IllegalStateException("changed its mind");
                }));
    long kept = transactions.inTenant(TENANT, "kept", session -> record(session, "kept"));
    assertEquals(1, kept);
    assertEquals(List.of("kept"), subjects(follow(0)));
  }

  /**
   * Writers run whole turns in sessions of their own, some pausing between two statements; two
   * followers read in pieces of random size the whole time. Each follower must have seen, in rising
   * order, exactly the numbers that the writers were told.
   */
  @Test
  void followersAmongWritersMissNothingAndSeeNothingTwice() throws Exception {
    long seed = Long.getLong("seed", 20260302);
    System.out.println("followersAmongWritersMissNothing: -Dseed=" + seed);
    List<Long> told = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch writing = new CountDownLatch(WRITERS);
    try (PostgresMemory memory =
        new PostgresMemory(
            database.app(), new TestClock(), new CountingIds(), new SecureRandom())) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Random random = new Random(seed + i);
        int writer = i;
        writers.add(
            threads.submit(() -> {
              write(memory.sessions(), writer, random, told);
              writing.countDown();
            }));
      }
      Future<List<Long>> first = threads.submit(() -> follow(memory, new Random(seed), writing));
      Future<List<Long>> second = threads.submit(() -> follow(memory, new Random(~seed), writing));
      for (Future<?> writer : writers) {
        writer.get();
      }
      List<Long> expected = List.copyOf(new TreeSet<>(told));
      assertEquals(told.size(), expected.size());
      assertEquals(expected, first.get());
      assertEquals(expected, second.get());
    }
  }

  private void write(SessionLog log, int writer, Random random, List<Long> told) {
    SessionId id =
        assertInstanceOf(Creation.Created.class, log.create(TENANT, NewSession.PLAIN))
            .session()
            .id();
    log.changes(TENANT, 0, 1000).stream()
        .filter(change -> change.subject().equals(id.value()))
        .forEach(change -> told.add(change.number()));
    log.lease(TENANT, id, NODE, Duration.ofMinutes(1));
    for (int i = 0; i < TURNS; i++) {
      TurnId turn = new TurnId("trn_" + writer + "x" + i);
      Acceptance.Accepted accepted =
          assertInstanceOf(
              Acceptance.Accepted.class,
              log.accept(
                  TENANT,
                  id,
                  turn,
                  new TurnEvent.UserSaid("Hello", "c" + i, i, SamplingOptions.NONE, 1)));
      told.add(accepted.event().change());
      TurnEvent end = new TurnEvent.TurnFailed(FailureType.CANCELLED, "");
      long number = accepted.event().number() + 1;
      Appended.Written written =
          assertInstanceOf(Appended.Written.class, log.append(TENANT, id, turn, number, end, NODE));
      told.add(written.event().change());
      if (random.nextInt(3) == 0) {
        told.add(slowWrite(random));
      }
    }
  }

  /** A transaction that lingers after its other work, after the number, or both. */
  private long slowWrite(Random random) {
    long before = random.nextInt(5_000_000);
    long after = random.nextInt(5_000_000);
    return transactions.inTenant(
        TENANT,
        "slow",
        session -> {
          pause(session, before);
          long number = record(session, "slow");
          pause(session, after);
          return number;
        });
  }

  private static List<Long> follow(PostgresMemory memory, Random random, CountDownLatch writing) {
    List<Long> seen = new ArrayList<>();
    long checkpoint = 0;
    boolean last = false;
    while (true) {
      boolean ended = writing.getCount() == 0;
      int limit = 1 + random.nextInt(20);
      List<Change> part = memory.sessions().changes(TENANT, checkpoint, limit);
      for (Change change : part) {
        assertTrue(change.number() > checkpoint, change + " after " + checkpoint);
        checkpoint = change.number();
        seen.add(checkpoint);
      }
      if (part.isEmpty() && last) {
        return seen;
      }
      last = ended;
    }
  }

  private static void pause(StatelessSession session, long nanos) {
    session
        .createNativeQuery("SELECT 1 FROM pg_sleep(:seconds)", Integer.class)
        .setParameter("seconds", nanos / 1e9)
        .getSingleResult();
  }

  private List<Change> follow(long after) {
    return new ChangeTable(transactions).after(TENANT, after, 10);
  }

  private static long record(StatelessSession session, String subject) {
    return ChangeTable.record(session, TENANT, NOBODY, "test", subject, AT);
  }

  private static List<String> subjects(List<Change> changes) {
    return changes.stream().map(Change::subject).toList();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    assertFalse(Thread.interrupted());
  }
}
