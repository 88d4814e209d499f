package dev.palimpsest.retrieval.consolidation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Consolidation.Similar;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.postgres.EmbeddedPostgres;
import dev.palimpsest.memory.postgres.PostgresMemory;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * A database with talk in it, and short ways to write a test's first lines; opened once for all
 * tests of a class, since that takes longer than most of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ConsolidationFixture {
  private static final AtomicInteger TENANTS = new AtomicInteger();
  private static final Instant BEGIN = Instant.parse("2023-03-01T09:00:00Z");

  /** One for all classes that run beside each other; each test has a tenant of its own in it. */
  private static final class Shared {
    static final EmbeddedPostgres.Database DATABASE = EmbeddedPostgres.shared().migratedDatabase();
  }

  final TestClock clock = new TestClock();
  final PostgresMemory opened =
      new PostgresMemory(Shared.DATABASE.app(), clock, new CountingIds(), new SecureRandom());
  final MemoryStore memories = opened.memories();
  final MemoryVectors vectors = opened.vectors();
  final MemoryAudit audit = opened.audit();
  final Consolidation consolidation = opened.consolidation();
  final Consolidator usual = consolidator(limits(10_000, 1000));
  TenantId tenant = freshTenant();

  @BeforeEach
  void begin() {
    tenant = freshTenant();
  }

  @AfterAll
  void close() {
    opened.close();
  }

  static TenantId freshTenant() {
    return new TenantId("tenant-" + TENANTS.incrementAndGet());
  }

  static ConsolidationLimits limits(int perDay, int membersMax) {
    return new ConsolidationLimits(perDay, Duration.ofHours(1), 6, membersMax, 0.95);
  }

  Consolidator consolidator(ConsolidationLimits limits) {
    return new Consolidator(memories, vectors, consolidation, limits, clock);
  }

  void run() {
    run(usual, null);
  }

  /** An hour later. */
  void runQuiet() {
    clock.advance(Duration.ofHours(1));
    run();
  }

  void run(Consolidator consolidator, @Nullable EmbeddingSpace space) {
    for (int i = 0; i < 1000; i++) {
      if (consolidator.step(tenant, space).kind() == Consolidator.Kind.NOTHING) {
        return;
      }
    }
    throw new AssertionError("there is always more");
  }

  /** Turns of two speakers, two a day, each of which says something else. */
  void talk(Scope scope, String session, int turns, int from) {
    for (int i = from; i < from + turns; i++) {
      MemoryId added = add(said(scope, session, i, sentence(i)));
      assertTrue(added.value().startsWith("mem_"));
    }
  }

  static String sentence(int i) {
    List<String> things =
        List.of("tomatoes", "roses", "beans", "apples", "herbs", "pears", "figs", "peas", "kale");
    List<String> doings = List.of("planted", "watered", "picked", "sold", "lost", "painted", "ate");
    return "Number %d: the %s were %s near wall %d of the old garden. So it went."
        .formatted(i, things.get(i % 9), doings.get(i % 7), i * 7 % 13);
  }

  static NewMemory said(Scope scope, @Nullable String session, int place, String text) {
    return new NewMemory(
        scope,
        MemoryKind.EPISODE,
        new Origin("talks", session, null, place),
        MemoryText.of(text)
            .saidBy(place % 2 == 0 ? "Mara" : "Ned")
            .happenedAt(at(place))
            .labelled(place % 3 == 0 ? Label.UNTRUSTED : Label.USER),
        null);
  }

  static Instant at(int place) {
    return BEGIN.plus(Duration.ofHours(12L * place));
  }

  MemoryId add(NewMemory memory) {
    return memories.add(tenant, List.of(memory)).getFirst().id();
  }

  List<Memory> digests() {
    MemoryFilter filter =
        new MemoryFilter(
            Scope.NONE, Set.of(MemoryKind.DIGEST), null, null, null, null, null, null, null, null);
    return memories.list(tenant, filter, 100, null).data();
  }

  List<Memory> newestOf(String session) {
    return memories.list(tenant, MemoryFilter.of(Scope.NONE), 1000, null).data().stream()
        .filter(memory -> session.equals(memory.origin().session()))
        .toList();
  }

  /** What a digest says that it was made of, in that order. */
  List<Memory> sources(Memory digest) {
    List<Memory> sources = new ArrayList<>();
    List<VersionId> named =
        audit.ancestry(tenant, List.of(digest.versionId())).getFirst().sources().stream()
            .map(MadeOf::version)
            .toList();
    for (VersionId version : named) {
      sources.add(
          memories.history(tenant, version.id()).stream()
              .filter(one -> one.version() == version.version())
              .findFirst()
              .orElseThrow());
    }
    return sources;
  }

  List<Similar> similar(MemoryId id) {
    return consolidation.similar(tenant, id);
  }

  static <T> T only(List<T> list) {
    assertEquals(1, list.size(), list::toString);
    return list.getFirst();
  }

  static void change(String sql) {
    try (Connection connection = Shared.DATABASE.superuser().getConnection();
        Statement statement = connection.createStatement()) {
      assertEquals(1, statement.executeUpdate(sql));
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  static long rows(String sql) {
    try (Connection connection = Shared.DATABASE.superuser().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertTrue(row.next());
      return row.getLong(1);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }
}
