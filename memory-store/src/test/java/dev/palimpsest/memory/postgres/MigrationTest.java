package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.memory.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** From an empty database to one we can serve from, and what keeps it from getting there. */
@ExtendWith(NeedsPostgres.class)
final class MigrationTest {
  private EmbeddedPostgres.Database database;

  @SuppressWarnings("NullAway.Init")
  MigrationTest() {}

  @BeforeEach
  void createDatabase() {
    database = EmbeddedPostgres.shared().freshDatabase();
  }

  @Test
  void listOfMigrationsIsTheFolder() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "migrations"))) {
      assertEquals(
          MigrationFiles.NAMES,
          files.map(file -> String.valueOf(file.getFileName())).sorted().toList());
    }
  }

  @Test
  void everyMigrationSaysWhyWhatItLocksHowLongAndHowToUndo() throws IOException {
    for (String name : MigrationFiles.NAMES) {
      String text = Files.readString(Path.of("..", "migrations", name));
      for (String word :
          List.of(
              "-- Why: ", "-- Lock: ", "-- Expected duration on a million rows: ", "-- Undo: ")) {
        assertTrue(text.contains("\n" + word), name + " lacks " + word);
      }
    }
  }

  @Test
  void emptyDatabaseIsMigratedOnceAndThenServes() {
    StoreHealth.Down before = assertInstanceOf(StoreHealth.Down.class, health());
    assertTrue(before.reasons().getFirst().contains("no migration has run"), before.toString());
    assertEquals(MigrationFiles.NAMES.size(), PostgresMemory.migrate(database.owner()));
    assertEquals(0, PostgresMemory.migrate(database.owner()));
    StoreHealth.Up up = assertInstanceOf(StoreHealth.Up.class, health());
    assertEquals("015", up.schemaVersion());
    assertTrue(up.serverVersion().startsWith("17"), up.toString());
  }

  @Test
  void twoProgramsMigrateAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> first = threads.submit(() -> PostgresMemory.migrate(database.owner()));
      Future<Integer> second = threads.submit(() -> PostgresMemory.migrate(database.owner()));
      assertEquals(MigrationFiles.NAMES.size(), first.get() + second.get());
    }
    assertInstanceOf(StoreHealth.Up.class, health());
  }

  @Test
  void serviceRoleDoesNotMigrate() {
    refused(database.appUnpooled(), "not by palimpsest_app");
  }

  @Test
  void missingExtensionIsNamedWithItsRemedy() {
    execute("DROP EXTENSION vector");
    refused(database.owner(), "CREATE EXTENSION vector");
    assertInstanceOf(StoreHealth.Down.class, health());
  }

  @Test
  void roleThatIsMissingOrTooStrongIsNamedWithItsRemedy() {
    try (EmbeddedPostgres own = EmbeddedPostgres.create()) {
      EmbeddedPostgres.Database other = own.freshDatabase();
      execute(other, "ALTER ROLE palimpsest_app BYPASSRLS");
      refused(other.owner(), "ALTER ROLE palimpsest_app NOSUPERUSER NOBYPASSRLS");
      execute(other, "DROP ROLE palimpsest_app");
      refused(other.owner(), "CREATE ROLE palimpsest_app LOGIN");
    }
  }

  @Test
  void strongRoleDoesNotServe() {
    PostgresMemory.migrate(database.owner());
    StoreHealth.Down asSuperuser =
        assertInstanceOf(StoreHealth.Down.class, health(database.superuser()));
    assertTrue(asSuperuser.toString().contains("bypasses"), asSuperuser.toString());
    StoreHealth.Down asOwner = assertInstanceOf(StoreHealth.Down.class, health(database.owner()));
    assertTrue(asOwner.toString().contains("owns session"), asOwner.toString());
  }

  @Test
  void schemaThatDoesNotFitIsSaidSo() {
    PostgresMemory.migrate(database.owner());
    execute("ALTER TABLE session ALTER COLUMN title TYPE bigint USING 1");
    StoreHealth.Down misfit = assertInstanceOf(StoreHealth.Down.class, health());
    assertTrue(misfit.toString().contains("title"), misfit.toString());
    execute("DELETE FROM flyway_schema_history WHERE version = '015'");
    StoreHealth.Down older = assertInstanceOf(StoreHealth.Down.class, health());
    assertTrue(older.toString().contains("version 014"), older.toString());
    execute("ALTER TABLE change NO FORCE ROW LEVEL SECURITY");
    StoreHealth.Down open = assertInstanceOf(StoreHealth.Down.class, health());
    assertTrue(open.toString().contains("not forced on change"), open.toString());
  }

  private StoreHealth health() {
    return health(database.appUnpooled());
  }

  private static StoreHealth health(DataSource as) {
    try (PostgresMemory memory =
        new PostgresMemory(as, new TestClock(), new CountingIds(), new SecureRandom())) {
      return memory.check();
    }
  }

  private static void refused(DataSource as, String remedy) {
    MemoryStoreException refusal =
        assertThrows(MemoryStoreException.class, () -> PostgresMemory.migrate(as));
    assertTrue(String.valueOf(refusal.getMessage()).contains(remedy), refusal.getMessage());
  }

  private void execute(String sql) {
    execute(database, sql);
  }

  private static void execute(EmbeddedPostgres.Database database, String sql) {
    try (Connection connection = database.superuser().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }
}
