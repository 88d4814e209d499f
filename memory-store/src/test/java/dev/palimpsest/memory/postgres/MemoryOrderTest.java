package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many write memories and erase them at once, over the same identities. */
@ExtendWith(NeedsPostgres.class)
final class MemoryOrderTest {
  private static final TenantId TENANT = TenantId.DEFAULT;
  private static final EmbeddingSpace SPACE = new EmbeddingSpace("small", 3);
  private static final int WRITERS = 4;
  private static final int WRITES = 15;

  private EmbeddedPostgres.Database database;
  private PostgresMemory memory;

  @SuppressWarnings("NullAway.Init")
  MemoryOrderTest() {}

  @BeforeEach
  void open() {
    database = EmbeddedPostgres.shared().migratedDatabase();
    memory =
        new PostgresMemory(database.app(), new TestClock(), new CountingIds(), new SecureRandom());
  }

  @AfterEach
  void close() {
    memory.close();
  }

  /** A follower that reads the whole time and gives vectors to what it meets has all in the end. */
  @Test
  void followerAmongWritersMissesNothing() throws Exception {
    long seed = Long.getLong("seed", 20261126);
    System.out.println("followerAmongWritersMissesNothing: -Dseed=" + seed);
    CountDownLatch writing = new CountDownLatch(WRITERS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Random random = new Random(seed + i);
        writers.add(
            threads.submit(() -> {
              write(random);
              writing.countDown();
            }));
      }
      Future<Map<MemoryId, List<Memory>>> follower = threads.submit(() -> follow(writing));
      for (Future<?> writer : writers) {
        writer.get();
      }
      Map<MemoryId, List<Memory>> expected = new HashMap<>();
      memory
          .memories()
          .list(TENANT, MemoryFilter.of(Scope.NONE), 1000, null)
          .data()
          .forEach(m -> expected.put(m.id(), memory.memories().history(TENANT, m.id())));
      assertEquals(expected, follower.get());
      long versions = expected.values().stream().mapToLong(List::size).sum();
      assertTrue(versions > 0);
      assertEquals(versions, number("SELECT count(*) FROM memory_vector"));
      assertEquals(versions, number("SELECT count(*) FROM memory_version"));
      assertEquals(expected.size(), number("SELECT count(*) FROM memory"));
    }
  }

  @Test
  void eraseRemovesEveryRow() throws SQLException {
    NewMemory one = said("one", "a");
    MemoryId id = memory.memories().add(TENANT, List.of(one, said("two", "a"))).getFirst().id();
    memory.vectors().put(TENANT, SPACE, List.of(vectors(id, 1), vectors(id, 2)), 0, 1);
    assertEquals(2, number("SELECT count(*) FROM memory_vector"));
    assertTrue(memory.memories().erase(TENANT, id).isPresent());
    for (String table : List.of("memory_vector", "memory_version", "memory")) {
      assertEquals(0, number("SELECT count(*) FROM " + table), table);
    }
  }

  private void write(Random random) {
    for (int i = 0; i < WRITES; i++) {
      List<NewMemory> batch =
          IntStream.range(0, 10)
              .mapToObj(n -> said("text " + random.nextInt(3), "id " + random.nextInt(12)))
              .toList();
      MemoryId id = memory.memories().add(TENANT, batch).getLast().id();
      switch (random.nextInt(3)) {
        case 0 -> memory.memories().erase(TENANT, id);
        case 1 -> memory.memories().revise(TENANT, id, MemoryText.of("revised"));
        default -> memory.memories().add(TENANT, List.of(said("free", null)));
      }
    }
  }

  private Map<MemoryId, List<Memory>> follow(CountDownLatch writing) {
    Map<MemoryId, List<Memory>> projection = new HashMap<>();
    long checkpoint = 0;
    while (true) {
      boolean ended = writing.getCount() == 0;
      List<MemoryChange> changes = memory.memories().changes(TENANT, checkpoint, 20);
      List<VersionVectors> vectors = new ArrayList<>();
      for (MemoryChange change : changes) {
        assertTrue(change.number() > memory.vectors().checkpoint(TENANT, SPACE));
        checkpoint = change.number();
        if (change.versions().isEmpty()) {
          projection.remove(change.id());
        } else {
          projection.put(change.id(), change.versions());
        }
        change.versions().forEach(v -> vectors.add(vectors(v.id(), v.version())));
      }
      memory.vectors().put(TENANT, SPACE, vectors.stream().distinct().toList(), 0, checkpoint);
      if (changes.isEmpty() && ended) {
        return projection;
      }
    }
  }

  private static VersionVectors vectors(MemoryId id, int version) {
    return new VersionVectors(
        id, version, List.of(Embedding.normalised(new float[] {1, version, 0})));
  }

  private static NewMemory said(String text, @Nullable String identity) {
    return new NewMemory(
        Scope.NONE,
        MemoryKind.EPISODE,
        new Origin("talk", "s1", null, 0),
        MemoryText.of(text),
        identity);
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = database.superuser().getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
