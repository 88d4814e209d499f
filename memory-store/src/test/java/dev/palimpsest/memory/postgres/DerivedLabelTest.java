package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Memories that are made of memories, at random and many levels deep: none is trusted more than the
 * least of what it was made of, whoever writes it. A hundred thousand with {@code
 * -Dpalimpsest.long=true}, else a sample.
 */
@ExtendWith(NeedsPostgres.class)
final class DerivedLabelTest {
  private static final boolean IS_LONG = Boolean.getBoolean("palimpsest.long");
  private static final int DERIVED = IS_LONG ? 100_000 : 3_000;
  private static final int BATCH = IS_LONG ? MemoryStore.BATCH_MAX : 200;
  private static final int FORGERIES = IS_LONG ? 1_000 : 60;
  private static final int SOURCES = 3;
  private static final List<Label> LABELS = List.of(Label.values());
  private static final String CHECK_VIOLATION = "23514";
  private static final String FOREIGN_KEY_VIOLATION = "23503";
  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  @RegisterExtension private static final MigratedStore STORE = new MigratedStore();

  private final List<Known> known = new ArrayList<>();
  private TenantId tenant;
  private PostgresMemory memory;

  @SuppressWarnings("NullAway.Init")
  DerivedLabelTest() {}

  /** A version as it was written, and how many derivations lie beneath it. */
  private record Known(VersionId version, Label label, int depth) {}

  private record Draft(NewMemory memory, int depth) {}

  /** A derived version and something that it could be said to be made of. */
  private record Pair(Known derived, Known source) {}

  @BeforeEach
  void open() {
    memory = STORE.memory(new TestClock(), new CountingIds());
    tenant = STORE.freshTenant();
  }

  @Test
  void noDerivedRowIsAboveTheLowestOfItsSources() throws SQLException {
    long seed = Long.getLong("seed", 20261128);
    System.out.println("noDerivedRowIsAboveTheLowestOfItsSources: -Dseed=" + seed);
    Random random = new Random(seed);
    int derived = 0;
    int edges = 0;
    while (derived < DERIVED) {
      List<Draft> batch = batch(random, Math.min(BATCH, DERIVED - derived + 1));
      tooHighIsRefusedWhole(batch, random);
      List<Draft> written = add(batch);
      derived += (int) written.stream().filter(one -> one.depth > 0).count();
      edges += written.stream().mapToInt(one -> one.memory.sources().size()).sum();
    }
    int depth = known.stream().mapToInt(Known::depth).max().orElse(0);
    System.out.println(derived + " derived of " + known.size() + ", " + depth + " levels deep");
    assertTrue(depth > 5, "" + depth);
    assertEquals(derived, count("SELECT count(DISTINCT (memory_id, version)) FROM memory_source"));
    assertEquals(edges, count("SELECT count(*) FROM memory_source"));
    assertEquals(edges, count(joined("true")), "each source is there");
    assertEquals(0, count(joined(rank("d.label") + " > " + rank("s.label"))));
    assertTrue(count(joined(rank("d.label") + " < " + rank("s.label"))) > edges / 20);
    assertTrue(
        known.stream().filter(one -> one.depth > 1 && one.label != Label.UNTRUSTED).count()
            > DERIVED / 50);
    for (int i = 0; i < FORGERIES; i++) {
      Pair pair = pair(random);
      forgeriesAreRefused(pair, above(pair.source.label, random));
    }
    assertEquals(0, count(joined(rank("d.label") + " > " + rank("s.label"))));
    assertNull(memory.audit().verify(tenant, null).broken());
  }

  /** What was said first, and for most what is made of up to some versions of earlier batches. */
  private List<Draft> batch(Random random, int size) {
    List<Draft> batch = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      boolean isFirst = known.isEmpty() || random.nextInt(4) == 0;
      batch.add(isFirst ? draft(List.of(), random) : draft(sources(random), random));
    }
    return batch;
  }

  private List<Known> sources(Random random) {
    List<Known> sources = new ArrayList<>();
    int count = 1 + random.nextInt(SOURCES);
    for (int i = 0; i < count; i++) {
      // Half of them are among the newest, so that derivations go deep.
      int from = random.nextBoolean() ? 0 : Math.max(0, known.size() - BATCH);
      sources.add(known.get(from + random.nextInt(known.size() - from)));
    }
    return sources;
  }

  private Draft draft(List<Known> sources, Random random) {
    Label most = sources.stream().map(Known::label).reduce(Label.SYSTEM, Label::lowest);
    // Mostly as high as can be, or all would be untrusted after a few levels.
    Label label =
        random.nextInt(8) == 0 ? LABELS.get(random.nextInt(LABELS.indexOf(most) + 1)) : most;
    int depth = sources.isEmpty() ? 0 : 1 + sources.stream().mapToInt(Known::depth).max().orElse(0);
    Label own = sources.isEmpty() ? LABELS.get(random.nextInt(LABELS.size())) : label;
    return new Draft(memory("m" + random.nextInt(DERIVED), own, sources, random), depth);
  }

  /** Every fourth has a name of its own, so that some are next versions of what was there. */
  private NewMemory memory(String text, Label label, List<Known> sources, Random random) {
    return new NewMemory(
            Scope.NONE,
            MemoryKind.FACT,
            new Origin("derived", null, null, 0),
            MemoryText.of(text).labelled(label),
            random.nextInt(4) == 0 ? "name-" + random.nextInt(DERIVED / 4) : null)
        .madeOf(sources.stream().map(source -> part(source, random)).toList());
  }

  private static MadeOf part(Known source, Random random) {
    return random.nextBoolean()
        ? MadeOf.all(source.version)
        : new MadeOf(source.version, new MadeOf.Span(0, 1 + random.nextInt(2)));
  }

  /** Those that were not there before. */
  private List<Draft> add(List<Draft> batch) {
    List<Draft> written = new ArrayList<>();
    List<Stored> stored = memory.memories().add(tenant, batch.stream().map(Draft::memory).toList());
    for (int i = 0; i < batch.size(); i++) {
      Stored one = stored.get(i);
      Draft draft = batch.get(i);
      if (one.outcome() == Stored.Outcome.NEW || one.outcome() == Stored.Outcome.NEW_VERSION) {
        Label label = draft.memory.content().label();
        known.add(new Known(new VersionId(one.id(), one.version()), label, draft.depth));
        written.add(draft);
      }
    }
    return written;
  }

  /** One of them is raised above its sources: nothing of the batch is there afterwards. */
  private void tooHighIsRefusedWhole(List<Draft> batch, Random random) {
    List<NewMemory> forged = new ArrayList<>(batch.stream().map(Draft::memory).toList());
    List<Known> low = known.stream().filter(one -> one.label != Label.SYSTEM).limit(50).toList();
    if (low.isEmpty()) {
      return;
    }
    Known source = low.get(random.nextInt(low.size()));
    Label label = above(source.label, random);
    forged.set(random.nextInt(forged.size()), memory("forged", label, List.of(source), random));
    long before = memory.memories().lastChange(tenant);
    assertThrows(IllegalArgumentException.class, () -> memory.memories().add(tenant, forged));
    assertEquals(before, memory.memories().lastChange(tenant));
  }

  private static Label above(Label label, Random random) {
    int from = LABELS.indexOf(label) + 1;
    return LABELS.get(from + random.nextInt(LABELS.size() - from));
  }

  private Pair pair(Random random) {
    while (true) {
      Known derived = known.get(random.nextInt(known.size()));
      Known source = known.get(random.nextInt(known.size()));
      if (source.label != Label.SYSTEM && !derived.version.equals(source.version)) {
        return new Pair(derived, source);
      }
    }
  }

  /** As the role of the service, and so as whoever has got hold of its connection. */
  private void forgeriesAreRefused(Pair pair, Label above) throws SQLException {
    String lie = word(pair.source.label);
    refused(CHECK_VIOLATION, row(pair, above) + edge(pair, 1000, word(above), lie));
    refused(FOREIGN_KEY_VIOLATION, row(pair, above) + edge(pair, 1000, lie, lie));
    refused(FOREIGN_KEY_VIOLATION, row(pair, above) + edge(pair, 1000, word(above), word(above)));
    String one = " WHERE memory_id = '" + pair.derived.version.id() + "'";
    refused(INSUFFICIENT_PRIVILEGE, "UPDATE memory_version SET label = 'system'" + one);
    refused(INSUFFICIENT_PRIVILEGE, "UPDATE memory_source SET label = 'system'" + one);
    refused(INSUFFICIENT_PRIVILEGE, "UPDATE memory_source SET source_version = 1" + one);
  }

  /** A further version that says the same and is trusted more. */
  private static String row(Pair pair, Label label) {
    return """
    INSERT INTO memory_version
      (tenant_id, memory_id, version, kind, source, position, text, label, metadata,
       content_sha256, learned_at, superseded_at, change_number)
    SELECT tenant_id, memory_id, version + 1000, kind, source, position, text, '%s', metadata,
           content_sha256, learned_at, learned_at, change_number
    FROM memory_version
    WHERE memory_id = '%s' AND version = %d;
    """
        .formatted(word(label), pair.derived.version.id(), pair.derived.version.version());
  }

  private String edge(Pair pair, int versions, String label, String sourceLabel) {
    VersionId derived = pair.derived.version;
    VersionId source = pair.source.version;
    return """
    INSERT INTO memory_source
      (tenant_id, memory_id, version, place, label, source_memory_id, source_version,
       source_label)
    VALUES ('%s', '%s', %d, 0, '%s', '%s', %d, '%s');
    """
        .formatted(
            tenant,
            derived.id(),
            derived.version() + versions,
            label,
            source.id(),
            source.version(),
            sourceLabel);
  }

  private void refused(String state, String sql) throws SQLException {
    try (Connection connection = opened()) {
      try (Statement statement = connection.createStatement()) {
        SQLException refusal = assertThrows(SQLException.class, () -> statement.execute(sql), sql);
        assertEquals(state, refusal.getSQLState(), sql + ": " + refusal.getMessage());
      } finally {
        connection.rollback();
      }
    }
  }

  private Connection opened() throws SQLException {
    Connection connection = STORE.database().app().getConnection();
    connection.setAutoCommit(false);
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT set_config('palimpsest.tenant', ?, true)")) {
      statement.setString(1, tenant.value());
      statement.execute();
    }
    return connection;
  }

  private int count(String sql) throws SQLException {
    try (Connection connection = opened();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertTrue(row.next());
      return row.getInt(1);
    }
  }

  /** Over the labels of the versions themselves, whatever the edges say. */
  private static String joined(String condition) {
    return """
    SELECT count(*)
    FROM memory_source e
    JOIN memory_version d USING (tenant_id, memory_id, version)
    JOIN memory_version s
      ON s.tenant_id = e.tenant_id AND s.memory_id = e.source_memory_id
     AND s.version = e.source_version
    WHERE %s
    """
        .formatted(condition);
  }

  private static String rank(String column) {
    String order = String.join("','", LABELS.stream().map(DerivedLabelTest::word).toList());
    return "array_position(ARRAY['" + order + "'], " + column + "::text)";
  }

  private static String word(Label label) {
    return label.name().toLowerCase(Locale.ROOT);
  }
}
