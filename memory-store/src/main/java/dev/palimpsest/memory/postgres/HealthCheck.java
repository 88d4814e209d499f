package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.StoreHealth;
import jakarta.persistence.PersistenceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;

/**
 * Whether we may serve: the database answers, its schema is the one this program was written for,
 * and the role we connect as cannot see past row-level security. The comparison of every mapped
 * column with the catalogue is made until it has succeeded once.
 */
final class HealthCheck {
  private final Transactions transactions;
  private final SessionFactory factory;
  private final AtomicBoolean validated = new AtomicBoolean();

  HealthCheck(Transactions transactions, SessionFactory factory) {
    this.transactions = transactions;
    this.factory = factory;
  }

  StoreHealth run() {
    try {
      if (!transactions.withoutTenant("check migrations", HealthCheck::isMigrated)) {
        return down(List.of("no migration has run yet, or not for this role"));
      }
      Inspection found = transactions.withoutTenant("check database", HealthCheck::inspect);
      List<String> reasons = found.reasons.isEmpty() ? validate() : found.reasons;
      return reasons.isEmpty()
          ? new StoreHealth.Up(found.schemaVersion, found.serverVersion)
          : down(reasons);
    } catch (MemoryStoreException e) {
      return down(List.of(String.valueOf(e.getMessage())));
    }
  }

  private static boolean isMigrated(StatelessSession session) {
    return session
        .createNativeQuery(
            """
            SELECT coalesce(
                has_table_privilege(to_regclass('flyway_schema_history'), 'SELECT'), false)
            """,
            Boolean.class)
        .getSingleResult();
  }

  private static Inspection inspect(StatelessSession session) {
    String schema = schemaVersion(session);
    List<String> reasons = new ArrayList<>(roleProblems(session));
    if (!MigrationFiles.newestVersion().equals(schema)) {
      String needed = MigrationFiles.newestVersion();
      reasons.add("the schema is at version " + schema + ", this program needs " + needed);
    }
    return new Inspection(schema, serverVersion(session), reasons);
  }

  /** Takes a connection of its own, so no other may be held here: a pool of one would wait. */
  private List<String> validate() {
    if (!validated.get()) {
      try {
        factory.getSchemaManager().validateMappedObjects();
        validated.set(true);
      } catch (PersistenceException e) {
        return List.of("the schema does not fit this program: " + e.getMessage());
      }
    }
    return List.of();
  }

  private static String schemaVersion(StatelessSession session) {
    return session
        .createNativeQuery(
            """
            SELECT version
            FROM flyway_schema_history
            WHERE success AND version IS NOT NULL
            ORDER BY installed_rank DESC
            LIMIT 1
            """,
            String.class)
        .getSingleResult();
  }

  private static List<String> roleProblems(StatelessSession session) {
    return session
        .createNativeQuery(
            """
            SELECT 'the role ' || current_user || ' is a superuser or bypasses row-level security'
            FROM pg_roles
            WHERE rolname = current_user AND (rolsuper OR rolbypassrls)
            UNION ALL
            SELECT 'row-level security is not forced on ' || relname
            FROM pg_class
            WHERE relnamespace = (SELECT relnamespace FROM pg_class
                                  WHERE oid = to_regclass('tenant_head'))
              AND relname IN ('tenant_head', 'session', 'session_event', 'change', 'api_key',
                              'memory', 'memory_version', 'memory_vector', 'embedding_checkpoint',
                              'embedding_space',
                              'import', 'import_rejection', 'import_trial', 'memory_source',
                              'memory_tombstone', 'memory_link', 'revocation',
                              'revocation_memory', 'consolidation', 'digest',
                              'near_duplicate', 'entity', 'entity_mention',
                              'entity_alias', 'entity_merge')
              AND NOT (relrowsecurity AND relforcerowsecurity)
            UNION ALL
            SELECT 'the role ' || current_user || ' owns ' || relname || ' or is its owner''s member'
            FROM pg_class
            WHERE oid = to_regclass('session') AND pg_has_role(current_user, relowner, 'MEMBER')
            """,
            String.class)
        .getResultList();
  }

  private static String serverVersion(StatelessSession session) {
    return session
        .createNativeQuery("SELECT split_part(version(), ' ', 2)", String.class)
        .getSingleResult();
  }

  private static StoreHealth down(List<String> reasons) {
    return new StoreHealth.Down(reasons);
  }

  private record Inspection(String schemaVersion, String serverVersion, List<String> reasons) {}
}
