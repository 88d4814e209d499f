package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.ChainHead;
import dev.palimpsest.memory.ChainReport;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.VersionId;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Somebody changes rows behind the store's back, as only the database's superuser can, and the
 * chain says which; and the store is stopped between the statements of its writes, after which the
 * chain is whole.
 */
@ExtendWith(NeedsPostgres.class)
final class ChainTamperTest {
  /** All columns of a version that its hash or its neighbours answer for, and other contents. */
  private static final List<String> COLUMNS =
      List.of(
          "scope_user = 'x'",
          "scope_agent = 'x'",
          "scope_project = 'x'",
          "kind = 'pinned'",
          "source = source || 'x'",
          "session_name = 'x'",
          "record_id = 'x'",
          "position = position + 1",
          "text = text || '.'",
          "text = translate(text, 'abcdefghij', 'bcdefghija')",
          "speaker = 'x'",
          "happened_at = '2020-01-01'",
          "valid_from = '2020-01-01'",
          "valid_to = '2030-01-01'",
          "label = 'system'",
          "metadata = '{\"a\":1}'",
          "content_sha256 = sha256('x')",
          "learned_at = learned_at + interval '1 microsecond'",
          "superseded_at = '2030-01-01'",
          "change_number = change_number + 1",
          "import_offset = 1",
          "row_salt = substring(sha256('x') FROM 1 FOR 16)",
          "row_sha256 = sha256('x')",
          "row_sha256 = NULL, row_salt = NULL",
          "revoked_at = '2026-01-01'");

  private final TestClock clock = new TestClock();
  private final CountingIds ids = new CountingIds();
  private final TenantId tenant = TenantId.DEFAULT;
  private EmbeddedPostgres.Database database;
  private PostgresMemory memory;

  @SuppressWarnings("NullAway.Init")
  ChainTamperTest() {}

  @BeforeEach
  void open() {
    database = EmbeddedPostgres.shared().migratedDatabase();
    memory = new PostgresMemory(database.app(), clock, ids, new SecureRandom());
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void everyColumnOfEveryRowIsAnsweredFor() throws SQLException {
    List<Memory> rows = written(6);
    System.out.println("columns that are answered for: " + COLUMNS);
    Random random = new Random(5);
    whole();
    for (String change : COLUMNS) {
      Memory row = rows.get(random.nextInt(rows.size()));
      superuser("CREATE TABLE kept AS SELECT * FROM memory_version");
      superuser(
          "ALTER TABLE memory_source DISABLE TRIGGER ALL; UPDATE memory_version SET "
              + change
              + " WHERE memory_id = '"
              + row.id()
              + "'");
      ChainReport.Break broken = memory.audit().verify(tenant, null).broken();
      assertNotNull(broken, change + " was not found");
      VersionId named = broken.version();
      if (named != null) {
        assertEquals(row.versionId(), named, change);
      } else {
        assertTrue(change.startsWith("change_number"), change + ": " + broken);
      }
      superuser(
          "TRUNCATE memory_version CASCADE; INSERT INTO memory_version SELECT * FROM kept;"
              + " DROP TABLE kept");
      whole();
    }
  }

  @Test
  void rowsLinksAndTombstonesAreMissedAndStrangersNoticed() throws SQLException {
    List<Memory> rows = written(5);
    memory.memories().erase(tenant, rows.get(4).id());
    revoke(rows.get(3).id());
    whole();
    ChainHead head = memory.audit().head(tenant);
    broken("DELETE FROM memory_version WHERE memory_id = '" + rows.get(1).id() + "'");
    broken("DELETE FROM memory_tombstone");
    broken("UPDATE memory_tombstone SET row_sha256 = sha256('x')");
    broken("DELETE FROM memory_link WHERE change_number = 2");
    broken("UPDATE memory_link SET entries = 2 WHERE change_number = 2");
    broken("UPDATE memory_link SET link_sha256 = sha256('x') WHERE change_number = 2");
    broken("DELETE FROM change WHERE kind = 'memory_erased'");
    broken("UPDATE change SET subject = 'mem_x' WHERE kind = 'memory_revoked'");
    broken("UPDATE memory_version SET revoked_at = NULL, revoked_reason = NULL");
    broken("UPDATE tenant_head SET link_sha256 = sha256('x')");
    broken(
        "INSERT INTO memory_version (tenant_id, memory_id, version, kind, source, position, text,"
            + " label, metadata, content_sha256, learned_at, change_number)"
            + " SELECT tenant_id, memory_id, 9, kind, source, position, text, label, metadata,"
            + " content_sha256, learned_at, 999 FROM memory_version LIMIT 1");
    // The end of the chain can be cut off so that the rest adds up; a head told earlier tells.
    superuser(
        "DELETE FROM memory_version WHERE change_number = 4;"
            + " DELETE FROM memory WHERE memory_id NOT IN (SELECT memory_id FROM memory_version);"
            + " DELETE FROM memory_tombstone; DELETE FROM change WHERE number > 4;"
            + " DELETE FROM memory_link WHERE change_number > 3;"
            + " UPDATE tenant_head SET change_number = 4, link_sha256 ="
            + " (SELECT link_sha256 FROM memory_link WHERE change_number = 3)");
    assertNull(memory.audit().verify(tenant, null).broken());
    assertNotNull(memory.audit().verify(tenant, head).broken());
  }

  @Test
  void rowsFromBeforeThereWereHashesAreCountedAndNothingElse() throws SQLException {
    written(2);
    superuser(
        "UPDATE memory_version SET row_sha256 = NULL, row_salt = NULL;"
            + " DELETE FROM memory_link; UPDATE tenant_head SET link_sha256 = NULL");
    assertEquals(
        new ChainReport(ChainHead.NONE, 0, 0, 0, 2, null), memory.audit().verify(tenant, null));
    List<Memory> late = written(2);
    ChainReport report = memory.audit().verify(tenant, null);
    assertNull(report.broken());
    assertEquals(2, report.unsealed());
    assertEquals(2, report.versions());
    memory.memories().erase(tenant, late.getFirst().id());
    MemoryId old = memory.memories().kept(tenant, Scope.NONE, null, 10).getFirst().id();
    memory.memories().erase(tenant, old);
    assertNull(memory.audit().verify(tenant, null).broken());
  }

  @Test
  void theDatabaseItselfRefusesALabelAboveItsSources() throws SQLException {
    Memory low = written(1).getFirst();
    Memory made = added("made of it", Label.UNTRUSTED, List.of(low.versionId()));
    superuser("DELETE FROM memory_source");
    String row =
        "INSERT INTO memory_source (tenant_id, memory_id, version, place, label,"
            + " source_memory_id, source_version, source_label) VALUES ('default', '"
            + made.id()
            + "', 1, 0, '%s', '"
            + low.id()
            + "', 1, '%s')";
    assertEquals("23514", state(row.formatted("user", "untrusted")));
    // Labels that do not stand in the versions' own rows do not help.
    assertEquals("23503", state(row.formatted("untrusted", "user")));
    assertEquals("23503", state(row.formatted("user", "user")));
    superuser(row.formatted("untrusted", "untrusted"));
  }

  @Test
  void aRevocationThatIsStoppedAnywhereGoesOnAndReachesAll() {
    Memory bad = added("bad", Label.UNTRUSTED, List.of());
    List<MemoryId> all = new ArrayList<>(List.of(bad.id()));
    Memory before = bad;
    for (int i = 0; i < 4; i++) {
      before = added("derived " + i, Label.UNTRUSTED, List.of(before.versionId()));
      all.add(before.id());
    }
    Revocation begun = memory.audit().revoke(tenant, request(bad.id()));
    int stops = 0;
    for (int moment = 1; !finished(begun); moment++) {
      stops += advance(begun, moment) ? 1 : 0;
      clock.advance(Duration.ofSeconds(1));
    }
    assertTrue(stops >= 5, stops + " stops");
    assertEquals(all, memory.audit().revoked(tenant, begun.id(), 100, null).data());
    whole();
  }

  /** One step that fails before its statement of this number; true if it came so far. */
  private boolean advance(Revocation begun, int moment) {
    boolean[] stopped = {false};
    SabotagedDataSource sabotaged =
        new SabotagedDataSource(
            database.app(),
            now -> {
              if (now == moment) {
                stopped[0] = true;
                throw new IllegalStateException("stopped");
              }
            });
    try (PostgresMemory victim = new PostgresMemory(sabotaged, clock, ids, new SecureRandom())) {
      Revocation step = victim.audit().advance(tenant, begun.id(), 2);
      assertEquals(begun.id(), step.id());
    } catch (IllegalStateException | MemoryStoreException e) {
      assertTrue(stopped[0], e.toString());
    }
    return stopped[0];
  }

  private boolean finished(Revocation begun) {
    return memory.audit().revocation(tenant, begun.id()).orElseThrow().isFinished();
  }

  private void revoke(MemoryId id) {
    Revocation now = memory.audit().revoke(tenant, request(id));
    while (!now.isFinished()) {
      now = memory.audit().advance(tenant, now.id(), 10);
    }
  }

  private static Revocation.Request request(MemoryId id) {
    return new Revocation.Request(new SourceName(id.value()), null, "because");
  }

  private List<Memory> written(int count) {
    List<Memory> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(added("words " + i, Label.UNTRUSTED, List.of()));
    }
    return all;
  }

  @Test
  void theSpanOfASourceIsAnsweredFor() throws SQLException {
    Memory source = added("Ada lives in Porto.", Label.USER, List.of());
    NewMemory wanted =
        new NewMemory(
                Scope.NONE,
                MemoryKind.FACT,
                new Origin("talk", "s", "r", 0),
                MemoryText.of("Porto").labelled(Label.USER),
                null)
            .madeOf(
                List.of(
                    new MadeOf(source.versionId(), new MadeOf.Span(13, 18)),
                    MadeOf.all(source.versionId())));
    MemoryId id = memory.memories().add(tenant, List.of(wanted)).getFirst().id();
    whole();
    for (String change :
        List.of(
            "span_start = span_start - 1",
            "span_end = span_end + 1",
            "span_start = NULL, span_end = NULL",
            "span_start = 0, span_end = 1")) {
      superuser("CREATE TABLE kept AS SELECT * FROM memory_source");
      superuser("UPDATE memory_source SET " + change);
      ChainReport.Break broken = memory.audit().verify(tenant, null).broken();
      assertNotNull(broken, change + " was not found");
      assertEquals(new VersionId(id, 1), broken.version(), change);
      superuser(
          "TRUNCATE memory_source; INSERT INTO memory_source SELECT * FROM kept; DROP TABLE kept");
      whole();
    }
    for (String impossible :
        List.of("span_start = -1", "span_end = span_start", "span_end = NULL")) {
      assertThrows(SQLException.class, () -> superuser("UPDATE memory_source SET " + impossible));
    }
    whole();
  }

  private Memory added(String text, Label label, List<VersionId> from) {
    NewMemory wanted =
        new NewMemory(
                Scope.NONE,
                MemoryKind.EPISODE,
                new Origin("talk", "s", "r", 0),
                MemoryText.of(text).labelled(label),
                null)
            .from(from);
    MemoryId id = memory.memories().add(tenant, List.of(wanted)).getFirst().id();
    return memory.memories().find(tenant, id, null).orElseThrow();
  }

  private void whole() {
    assertNull(memory.audit().verify(tenant, null).broken());
  }

  /** In a transaction that is undone, on a copy of the tables, as it were. */
  private void broken(String sql) throws SQLException {
    superuser(
        "CREATE TABLE k1 AS SELECT * FROM memory_version;"
            + " CREATE TABLE k2 AS SELECT * FROM memory_tombstone;"
            + " CREATE TABLE k3 AS SELECT * FROM memory_link;"
            + " CREATE TABLE k4 AS SELECT * FROM change;"
            + " CREATE TABLE k5 AS SELECT * FROM tenant_head");
    superuser(sql);
    assertNotNull(memory.audit().verify(tenant, null).broken(), sql);
    superuser(
        "TRUNCATE memory_version, memory_tombstone, memory_link, change, tenant_head CASCADE;"
            + " INSERT INTO memory_version SELECT * FROM k1;"
            + " INSERT INTO memory_tombstone SELECT * FROM k2;"
            + " INSERT INTO memory_link SELECT * FROM k3;"
            + " INSERT INTO change SELECT * FROM k4;"
            + " INSERT INTO tenant_head SELECT * FROM k5;"
            + " DROP TABLE k1, k2, k3, k4, k5");
    whole();
  }

  private void superuser(String sql) throws SQLException {
    try (Connection connection = database.superuser().getConnection();
        Statement statement = connection.createStatement()) {
      boolean ignored = statement.execute(sql);
    }
  }

  private @Nullable String state(String sql) {
    return assertThrows(SQLException.class, () -> superuser(sql), sql).getSQLState();
  }
}
