package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Reads the catalogue of a migrated database and holds it against the rules for SQL. */
@ExtendWith(NeedsPostgres.class)
final class CatalogueTest {
  @SuppressWarnings("NullAway.Init")
  private static EmbeddedPostgres.Database database;

  @BeforeAll
  static void migrate() {
    database = EmbeddedPostgres.shared().migratedDatabase();
  }

  @Test
  void tablesAreTheseAndNoOthers() throws SQLException {
    assertEquals(
        List.of(
            "agent",
            "api_key",
            "change",
            "consolidation",
            "digest",
            "embedding_checkpoint",
            "embedding_space",
            "entity",
            "entity_alias",
            "entity_mention",
            "entity_merge",
            "import",
            "import_rejection",
            "import_trial",
            "memory",
            "memory_link",
            "memory_source",
            "memory_tombstone",
            "memory_vector",
            "memory_version",
            "near_duplicate",
            "retention_archive",
            "retention_policy",
            "revocation",
            "revocation_memory",
            "session",
            "session_event",
            "tenant_head"),
        rows("SELECT relname " + OUR_TABLES + " ORDER BY relname"));
  }

  @Test
  void everyIndexButThatOfVectorsBeginsWithTheTenant() throws SQLException {
    assertEquals(
        List.of("memory_vector_hnsw_384", "memory_vector_hnsw_768", "memory_vector_hnsw_1024"),
        rows(
            """
            SELECT i.indexrelid::regclass
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indrelid
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE c.relnamespace = 'public'::regnamespace
              AND c.relname <> 'flyway_schema_history'
              AND a.attname IS DISTINCT FROM 'tenant_id'
            ORDER BY i.indexrelid
            """));
  }

  @Test
  void everyTableHasAPrimaryKeyAndEveryForeignKeyBeginsWithTheTenantOnBothSides()
      throws SQLException {
    assertEquals(
        List.of(),
        rows(
            "SELECT relname "
                + OUR_TABLES
                + " AND NOT EXISTS (SELECT FROM pg_constraint k"
                + " WHERE k.conrelid = pg_class.oid AND k.contype = 'p')"));
    assertEquals(
        List.of(
            "agent tenant_id tenant_id",
            "entity_alias tenant_id tenant_id",
            "entity_alias tenant_id tenant_id",
            "entity_alias tenant_id tenant_id",
            "entity_mention tenant_id tenant_id",
            "entity_mention tenant_id tenant_id",
            "entity_merge tenant_id tenant_id",
            "entity_merge tenant_id tenant_id",
            "import_rejection tenant_id tenant_id",
            "import_trial tenant_id tenant_id",
            "memory_source tenant_id tenant_id",
            "memory_source tenant_id tenant_id",
            "memory_vector tenant_id tenant_id",
            "memory_version tenant_id tenant_id",
            "near_duplicate tenant_id tenant_id",
            "near_duplicate tenant_id tenant_id",
            "revocation_memory tenant_id tenant_id",
            "session_event tenant_id tenant_id"),
        rows(
            """
            SELECT k.conrelid::regclass || ' ' || a.attname || ' ' || b.attname
            FROM pg_constraint k
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
            WHERE k.contype = 'f'
            ORDER BY 1
            """));
  }

  @Test
  void everyTableButTheHeadCarriesTheScope() throws SQLException {
    assertEquals(
        List.of("tenant_head"),
        rows(
            "SELECT relname "
                + OUR_TABLES
                + " AND 3 <> (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = pg_class.oid"
                + " AND a.attname IN ('scope_user', 'scope_agent', 'scope_project')"
                + " AND a.attnotnull)"));
  }

  @Test
  void rowLevelSecurityIsOnAndForcedOnEveryTable() throws SQLException {
    assertEquals(
        List.of(),
        rows(
            "SELECT relname "
                + OUR_TABLES
                + " AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS"
                + " (SELECT FROM pg_policy p WHERE p.polrelid = pg_class.oid))"));
    assertEquals(
        List.of("tenant_head names_for_recovery r"),
        rows(
            """
            SELECT polrelid::regclass || ' ' || polname || ' ' || polcmd::text
            FROM pg_policy
            WHERE polname <> 'own_tenant' OR polcmd <> '*' OR NOT polpermissive
            """));
  }

  @Test
  void thereAreNoSequencesNoTriggersAndNoFunctionsOfOurs() throws SQLException {
    assertEquals(
        List.of(),
        rows(
            """
            SELECT relname FROM pg_class
            WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL
            SELECT p.proname FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend d
                              WHERE d.objid = p.oid AND d.deptype = 'e')
            """));
  }

  @Test
  void serviceHasThesePrivilegesAndNoMore() throws SQLException {
    assertEquals(
        List.of(
            "agent DELETE,INSERT,SELECT",
            "api_key INSERT,SELECT",
            "change DELETE,INSERT,SELECT",
            "consolidation INSERT,SELECT",
            "digest DELETE,INSERT,SELECT",
            "embedding_checkpoint DELETE,INSERT,SELECT",
            "embedding_space DELETE,INSERT,SELECT",
            "entity DELETE,INSERT,SELECT",
            "entity_alias DELETE,INSERT,SELECT",
            "entity_mention DELETE,INSERT,SELECT",
            "entity_merge DELETE,INSERT,SELECT",
            "flyway_schema_history SELECT",
            "import INSERT,SELECT",
            "import_rejection INSERT,SELECT",
            "import_trial DELETE,INSERT,SELECT",
            "memory DELETE,INSERT,SELECT",
            "memory_link INSERT,SELECT",
            "memory_source DELETE,INSERT,SELECT",
            "memory_tombstone INSERT,SELECT",
            "memory_vector DELETE,INSERT,SELECT",
            "memory_version DELETE,INSERT,SELECT",
            "near_duplicate DELETE,INSERT,SELECT",
            "retention_archive DELETE,INSERT,SELECT",
            "retention_policy DELETE,INSERT,SELECT",
            "revocation INSERT,SELECT",
            "revocation_memory INSERT,SELECT",
            "session DELETE,INSERT,SELECT",
            "session_event DELETE,INSERT,SELECT",
            "tenant_head INSERT,SELECT"),
        rows(
            """
            SELECT table_name || ' ' || string_agg(privilege_type, ',' ORDER BY privilege_type)
            FROM information_schema.role_table_grants
            WHERE grantee = 'palimpsest_app'
            GROUP BY table_name
            ORDER BY table_name
            """));
    assertEquals(
        List.of(
            "api_key 1",
            "consolidation 7",
            "digest 5",
            "embedding_checkpoint 1",
            "embedding_space 4",
            "entity 3",
            "entity_merge 3",
            "import 12",
            "import_trial 1",
            "memory_source 1",
            "memory_version 3",
            "retention_archive 16",
            "retention_policy 2",
            "revocation 4",
            "session 13",
            "tenant_head 2"),
        rows(
            """
            SELECT table_name || ' ' || count(*)
            FROM information_schema.role_column_grants
            WHERE grantee = 'palimpsest_app' AND privilege_type = 'UPDATE'
            GROUP BY table_name
            ORDER BY table_name
            """));
  }

  private static final String OUR_TABLES =
      "FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
          + " AND relname <> 'flyway_schema_history'";

  private static List<String> rows(String sql) throws SQLException {
    try (Connection connection = database.superuser().getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(result.getString(1));
      }
      return rows;
    }
  }
}
