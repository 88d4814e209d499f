package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SpaceCreation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.importing.ImportBatch;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.memory.importing.RejectionReason;
import dev.palimpsest.memory.retention.RetentionPolicy;
import dev.palimpsest.memory.session.AgentSettings;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.NewAgent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Raw SQL as {@code palimpsest_app}: two tenants have a row in every table, and whoever names the
 * first can neither see nor touch the second's, whatever he writes.
 */
@ExtendWith(NeedsPostgres.class)
final class RowLevelSecurityTest {
  private static final List<String> TABLES =
      List.of(
          "tenant_head",
          "session",
          "session_event",
          "change",
          "api_key",
          "agent",
          "memory",
          "memory_version",
          "memory_vector",
          "embedding_checkpoint",
          "embedding_space",
          "import",
          "import_rejection",
          "import_trial",
          "memory_source",
          "memory_tombstone",
          "memory_link",
          "revocation",
          "revocation_memory",
          "consolidation",
          "digest",
          "near_duplicate",
          "retention_policy",
          "retention_archive",
          "entity",
          "entity_mention",
          "entity_alias",
          "entity_merge");
  private static final RetentionPolicy DAILY = new RetentionPolicy(Scope.NONE, 1, 1);
  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  @SuppressWarnings("NullAway.Init")
  private static EmbeddedPostgres.Database database;

  @BeforeAll
  static void fillTwoTenants() {
    database = EmbeddedPostgres.shared().migratedDatabase();
    TestClock clock = new TestClock();
    try (PostgresMemory memory =
        new PostgresMemory(database.appUnpooled(), clock, new CountingIds(), new SecureRandom())) {
      fill(memory, new TenantId("first"), "trn_1");
      fill(memory, new TenantId("second"), "trn_2");
      clock.advance(Duration.ofDays(2));
      for (String tenant : List.of("first", "second")) {
        assertTrue(memory.retention().put(new TenantId(tenant), DAILY));
        assertTrue(memory.retention().begin(new TenantId(tenant)).isPresent());
      }
    }
  }

  private static void fill(PostgresMemory memory, TenantId tenant, String turn) {
    memory.keys().create(tenant, "key", Set.of(Right.ADMIN), null);
    AgentSettings settings = new AgentSettings("helper", "Be kind.", null, null);
    memory.agents().create(tenant, new NewAgent(settings, Scope.NONE, null));
    Session session =
        ((Creation.Created) memory.sessions().create(tenant, NewSession.PLAIN)).session();
    memory
        .sessions()
        .accept(
            tenant,
            session.id(),
            new TurnId(turn),
            new TurnEvent.UserSaid("Hello", null, 1, SamplingOptions.NONE, 1));
    NewMemory remembered =
        new NewMemory(
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin("talk", "s1", null, 0),
            MemoryText.of("Hello"),
            "id");
    MemoryId id = memory.memories().add(tenant, List.of(remembered)).getFirst().id();
    Embedding vector = Embedding.normalised(new float[] {1, 0, 0});
    NewSpace space = new NewSpace(new EmbeddingSpace("test", 3), "test", "0a".repeat(32));
    assertInstanceOf(SpaceCreation.Existing.class, memory.spaces().create(tenant, space, space));
    memory
        .vectors()
        .put(
            tenant,
            new EmbeddingSpace("test", 3),
            List.of(new MemoryVectors.VersionVectors(id, 1, List.of(vector))),
            0,
            4);
    ProofRows.prove(memory, tenant, remembered, new VersionId(id, 1));
    ImportState begun =
        memory
            .imports()
            .create(
                tenant, new NewImport(ImportFormat.JSONL, "talk", null, Scope.NONE, true, null));
    Rejection rejection = new Rejection(2, 0, RejectionReason.EMPTY_TEXT, "Nothing is said.");
    memory
        .imports()
        .commit(
            tenant,
            begun.id(),
            0,
            new ImportBatch(List.of(remembered), List.of(false), List.of(rejection), 0, 1));
    ProofRows.consolidate(memory, tenant, remembered);
  }

  @Test
  void eachTenantSeesItsOwnRowsAlone() throws SQLException {
    for (String table : TABLES) {
      String others = "SELECT count(*) FROM " + table + " WHERE tenant_id <> '%s'";
      String own = "SELECT count(*) FROM " + table + " WHERE tenant_id = '%s'";
      for (String tenant : List.of("first", "second")) {
        assertEquals(0, number(tenant, others.formatted(tenant)), table);
        assertTrue(number(tenant, own.formatted(tenant)) > 0, table);
      }
    }
  }

  @Test
  void withoutATenantNothingIsSeenButTheNamesOfTenants() throws SQLException {
    for (String unset : List.of("", "nobody")) {
      for (String table : TABLES.subList(1, TABLES.size())) {
        assertEquals(0, number(unset, "SELECT count(*) FROM " + table), table);
      }
    }
    assertEquals(2, number("", "SELECT count(*) FROM tenant_head"));
    assertEquals(0, number("nobody", "SELECT count(*) FROM tenant_head"));
    try (Connection connection = database.appUnpooled().getConnection();
        Statement statement = connection.createStatement()) {
      assertEquals(0, number(statement, "SELECT count(*) FROM session"));
      assertEquals(2, number(statement, "SELECT count(*) FROM tenant_head"));
    }
  }

  @Test
  void anotherTenantsRowsAreNeitherChangedNorDeleted() throws SQLException {
    assertEquals(0, update("first", "DELETE FROM session_event WHERE tenant_id = 'second'"));
    assertEquals(0, update("first", "DELETE FROM change WHERE tenant_id = 'second'"));
    assertEquals(0, update("first", "DELETE FROM session WHERE tenant_id = 'second'"));
    assertEquals(0, update("first", "UPDATE session SET title = 'x' WHERE tenant_id = 'second'"));
    assertEquals(
        0, update("first", "UPDATE api_key SET revoked_at = now() WHERE tenant_id = 'second'"));
    assertEquals(
        0, update("first", "UPDATE tenant_head SET change_number = 9 WHERE tenant_id = 'second'"));
    for (String table :
        List.of(
            "memory_vector",
            "embedding_checkpoint",
            "embedding_space",
            "memory_source",
            "memory_version",
            "memory",
            "import_trial",
            "agent",
            "digest",
            "near_duplicate",
            "retention_policy",
            "retention_archive",
            "entity_merge",
            "entity_alias",
            "entity_mention",
            "entity",
            "change")) {
      assertEquals(0, update("first", "DELETE FROM " + table + " WHERE tenant_id = 'second'"));
    }
    assertEquals(
        0,
        update(
            "first", "UPDATE memory_version SET superseded_at = now() WHERE tenant_id = 'second'"));
    for (String change :
        List.of(
            "memory_version SET revoked_at = now()",
            "memory_source SET source_label = NULL",
            "revocation SET finished_at = now()",
            "embedding_space SET dropped_at = now()",
            "digest SET declined_at = now()",
            "consolidation SET spent = 0",
            "entity SET is_sure = false",
            "entity_merge SET declined_at = now()",
            "tenant_head SET link_sha256 = sha256('x')")) {
      assertEquals(0, update("first", "UPDATE " + change + " WHERE tenant_id = 'second'"), change);
    }
    assertEquals(
        0, update("first", "UPDATE import SET status = 'done' WHERE tenant_id = 'second'"));
    assertEquals(
        0,
        update(
            "first",
            "UPDATE embedding_checkpoint SET change_number = 9 WHERE tenant_id = 'second'"));
    assertEquals(0, update("", "UPDATE tenant_head SET change_number = 9"));
  }

  @Test
  void rowsAreNotInsertedForAnotherTenant() {
    denied("first", "INSERT INTO tenant_head (tenant_id, change_number) VALUES ('third', 1)");
    denied("", "INSERT INTO tenant_head (tenant_id, change_number) VALUES ('third', 1)");
    denied(
        "first",
        """
        INSERT INTO change (tenant_id, number, kind, subject, recorded_at)
        VALUES ('second', 99, 'x', 'x', now())
        """);
    denied(
        "first",
        """
        INSERT INTO session (tenant_id, session_id, request_sha256, created_at, updated_at,
                             last_event)
        VALUES ('second', 'ses_x', decode(repeat('00', 32), 'hex'), now(), now(), 0)
        """);
    denied(
        "first",
        """
        INSERT INTO agent (tenant_id, agent_id, version, name, instructions, request_sha256,
                           created_at, updated_at)
        VALUES ('second', 'agt_x', 1, 'x', 'x', sha256('x'), now(), now())
        """);
  }

  @Test
  void memoriesVectorsAndImportsAreNotInsertedForAnotherTenant() {
    denied("first", "INSERT INTO memory (tenant_id, memory_id) VALUES ('second', 'mem_x')");
    denied(
        "first",
        """
        INSERT INTO memory_version
          (tenant_id, memory_id, version, kind, source, position, text, label, metadata,
           content_sha256, learned_at, change_number)
        VALUES ('second', 'mem_x', 1, 'fact', 'x', 0, 'x', 'user', '{}',
                decode(repeat('00', 32), 'hex'), now(), 1)
        """);
    denied(
        "first",
        """
        INSERT INTO memory_vector
          (tenant_id, memory_id, version, space_id, part, dimensions, embedding)
        VALUES ('second', 'mem_x', 1, 'x', 0, 1, '[1]')
        """);
    denied(
        "first",
        """
        INSERT INTO memory_source
          (tenant_id, memory_id, version, place, label, source_memory_id, source_version)
        VALUES ('second', 'mem_x', 1, 0, 'user', 'mem_y', 1)
        """);
    denied(
        "first",
        """
        INSERT INTO memory_link
          (tenant_id, change_number, kind, entries, entries_sha256, link_sha256)
        VALUES ('second', 99, 'written', 1, sha256('x'), sha256('x'))
        """);
    denied(
        "first",
        """
        INSERT INTO revocation
          (tenant_id, revocation_id, source, requested_at, derived_after, memories)
        VALUES ('second', 'rvk_x', 'x', now(), 0, 0)
        """);
    denied(
        "first",
        """
        INSERT INTO embedding_checkpoint (tenant_id, space_id, dimensions, change_number)
        VALUES ('second', 'x', 1, 1)
        """);
    denied("first", "INSERT INTO retention_policy VALUES ('second', '', '', '', 1, 1)");
    denied("first", "INSERT INTO consolidation (tenant_id, day) VALUES ('third', '2026-01-01')");
    denied(
        "first",
        """
        INSERT INTO digest (tenant_id, identity_sha256, month, learned_at, seen_change)
        VALUES ('second', sha256('x'), '2026-01-01', now(), 1)
        """);
    denied(
        "first",
        """
        INSERT INTO near_duplicate
          (tenant_id, memory_id, other_id, version, other_version, is_same_text, change_number)
        VALUES ('second', 'mem_x', 'mem_y', 1, 1, true, 1)
        """);
    EntityRows.INSERTS_FOR_SECOND.forEach(sql -> denied("first", sql));
    denied(
        "first",
        """
        INSERT INTO embedding_space
          (tenant_id, space_id, dimensions, model, fingerprint, is_active, created_at)
        VALUES ('second', 'x', 1, 'x', repeat('0a', 32), false, now())
        """);
    denied(
        "first",
        """
        INSERT INTO import_rejection (tenant_id, import_id, record, byte_offset, reason, detail)
        VALUES ('second', 'imp_x', 1, 0, 'x', 'x')
        """);
  }

  @Test
  void versionsVectorsAndRejectionsAreNeverRewritten() {
    for (String column : List.of("text", "metadata", "label", "source", "speaker")) {
      denied("first", "UPDATE memory_version SET " + column + " = 'x'");
    }
    denied("first", "UPDATE memory_version SET learned_at = now()");
    denied("first", "UPDATE memory_version SET change_number = 1");
    denied("first", "UPDATE memory_version SET row_sha256 = sha256('x')");
    denied("first", "UPDATE memory_source SET label = 'user'");
    denied("first", "UPDATE memory_source SET source_memory_id = 'x'");
    for (String table : List.of("memory_tombstone", "memory_link", "revocation_memory")) {
      denied("first", "UPDATE " + table + " SET scope_user = 'x'");
      denied("first", "DELETE FROM " + table);
    }
    denied("first", "UPDATE revocation SET source = 'x'");
    denied("first", "DELETE FROM revocation");
    denied("first", "DELETE FROM consolidation");
    denied("first", "UPDATE digest SET source = 'x'");
    denied("first", "UPDATE near_duplicate SET cosine = 1");
    denied("first", "UPDATE entity SET name = 'x'");
    denied("first", "UPDATE entity_mention SET span_start = 1");
    denied("first", "UPDATE entity_alias SET span_start = 1");
    denied("first", "UPDATE entity_merge SET into_id = 'x'");
    denied("first", "UPDATE memory SET identity_sha256 = NULL");
    denied("first", "UPDATE memory_vector SET embedding = '[0, 1, 0]'");
    denied("first", "UPDATE import SET source = 'x'");
    denied("first", "UPDATE import_rejection SET detail = 'x'");
    denied("first", "DELETE FROM import");
    denied("first", "DELETE FROM import_rejection");
    denied("first", "UPDATE embedding_space SET model = 'x'");
    denied("first", "UPDATE retention_archive SET scope_user = 'x'");
    denied("first", "UPDATE embedding_space SET tenant_id = 'second'");
  }

  @Test
  void eventsAndChangesAreNeverRewritten() {
    denied("first", "UPDATE session_event SET body = '{}'");
    denied("first", "UPDATE change SET kind = 'x'");
    denied("first", "UPDATE agent SET instructions = 'x'");
    denied("first", "UPDATE session SET agent_version = 1");
    denied("first", "UPDATE session SET tenant_id = 'second'");
    denied("first", "UPDATE session SET created_at = now()");
    denied("first", "UPDATE api_key SET secret_sha256 = decode(repeat('00', 32), 'hex')");
    denied("first", "DELETE FROM api_key");
    denied("first", "DELETE FROM tenant_head");
    for (String table : TABLES) {
      denied("first", "TRUNCATE " + table + " CASCADE");
    }
  }

  @Test
  void securityIsNotSwitchedOff() throws SQLException {
    for (String table : TABLES) {
      denied("first", "ALTER TABLE " + table + " DISABLE ROW LEVEL SECURITY");
      denied("first", "ALTER TABLE " + table + " NO FORCE ROW LEVEL SECURITY");
      denied("first", "DROP TABLE " + table);
    }
    denied("first", "DROP POLICY own_tenant ON session");
    denied("first", "CREATE TABLE mine (a int)");
    denied("first", "SET ROLE palimpsest");
    denied("first", "SET SESSION AUTHORIZATION palimpsest");
    denied("first", "ALTER ROLE palimpsest_app BYPASSRLS");
    denied("first", "UPDATE flyway_schema_history SET success = false");
    // Asking for no security does not give rows, it makes the query fail.
    denied("first", "SET LOCAL row_security = off; SELECT * FROM session");
    assertEquals(
        0,
        number(
            "",
            """
            SELECT count(*) FROM pg_roles
            WHERE rolname IN ('palimpsest', 'palimpsest_app')
              AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)
            """));
  }

  @Test
  void ownerIsBoundByItToo() throws SQLException {
    try (Connection connection = database.owner().getConnection();
        Statement statement = connection.createStatement()) {
      assertEquals(0, number(statement, "SELECT count(*) FROM session"));
      assertEquals(0, number(statement, "SELECT count(*) FROM session_event"));
    }
  }

  private static void denied(String tenant, String sql) {
    SQLException e = assertThrows(SQLException.class, () -> update(tenant, sql), sql);
    assertEquals(INSUFFICIENT_PRIVILEGE, e.getSQLState(), sql + ": " + e.getMessage());
  }

  private static int update(String tenant, String sql) throws SQLException {
    try (Connection connection = database.appUnpooled().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      name(statement, tenant);
      statement.execute(sql);
      int rows = statement.getUpdateCount();
      connection.rollback();
      return rows;
    }
  }

  private static long number(String tenant, String sql) throws SQLException {
    try (Connection connection = database.appUnpooled().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      name(statement, tenant);
      return number(statement, sql);
    }
  }

  private static void name(Statement statement, String tenant) throws SQLException {
    statement.execute("SELECT set_config('palimpsest.tenant', '" + tenant + "', true)");
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
