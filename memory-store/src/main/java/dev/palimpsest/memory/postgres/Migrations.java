package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateResult;
import org.jspecify.annotations.Nullable;

/** Brings a database to the newest schema, after making sure that it is one we can serve from. */
final class Migrations {
  /** The role the service connects as; granted to by name in the migrations. */
  static final String APP_ROLE = "palimpsest_app";

  private static final String OPERATION = "migrate";
  private static final int SERVER_VERSION_MIN = 17;
  private static final int VERSION_NUMBERS_PER_MAJOR = 10_000;

  private final DataSource owner;

  Migrations(DataSource owner) {
    this.owner = owner;
  }

  /** Idempotent; two programs may run it at once, since the second waits for the first. */
  int run() {
    requireUsable();
    try {
      MigrateResult result =
          Flyway.configure(Migrations.class.getClassLoader())
              .dataSource(owner)
              .resourceProvider(new MigrationFiles())
              .javaMigrationClassProvider(List::of)
              .cleanDisabled(true)
              .load()
              .migrate();
      return result.migrationsExecuted;
    } catch (FlywayException e) {
      throw translated(e);
    }
  }

  private void requireUsable() {
    try (Connection connection = connect();
        PreparedStatement statement =
            connection.prepareStatement(
                """
                SELECT current_setting('server_version_num')::int AS version,
                       current_database() AS name,
                       current_user AS login,
                       pg_encoding_to_char(d.encoding) AS encoding,
                       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = ?) AS bypasses,
                       EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') AS vector
                FROM pg_database d
                WHERE d.datname = current_database()
                """)) {
      statement.setString(1, APP_ROLE);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        String problem = problem(row);
        if (problem != null) {
          String where = "database " + row.getString("name") + ": ";
          throw new MemoryStoreException(OPERATION, where + problem, null);
        }
      }
    } catch (SQLException e) {
      throw MemoryStoreException.of(OPERATION, e);
    }
  }

  /** What keeps this database from being ours, with the words that mend it. */
  private static @Nullable String problem(ResultSet row) throws SQLException {
    if (row.getInt("version") < SERVER_VERSION_MIN * VERSION_NUMBERS_PER_MAJOR) {
      return "the server is older than PostgreSQL " + SERVER_VERSION_MIN;
    }
    if (!"UTF8".equals(row.getString("encoding"))) {
      return "its encoding is " + row.getString("encoding") + "; create it with ENCODING 'UTF8'";
    }
    if (!row.getBoolean("vector")) {
      return "the extension vector is missing; a superuser runs there: CREATE EXTENSION vector";
    }
    boolean bypasses = row.getBoolean("bypasses");
    if (row.wasNull()) {
      return "the role "
          + APP_ROLE
          + " is missing; an administrator runs: CREATE ROLE "
          + APP_ROLE
          + " LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '…'";
    }
    if (bypasses) {
      return "the role "
          + APP_ROLE
          + " can bypass row-level security; an administrator runs: "
          + "ALTER ROLE "
          + APP_ROLE
          + " NOSUPERUSER NOBYPASSRLS";
    }
    if (APP_ROLE.equals(row.getString("login"))) {
      return "migrations are run by the owner of the database, not by " + APP_ROLE;
    }
    return null;
  }

  private Connection connect() {
    try {
      return owner.getConnection();
    } catch (SQLException e) {
      throw MemoryStoreException.noConnection(OPERATION, e);
    }
  }

  private static MemoryStoreException translated(FlywayException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return MemoryStoreException.of(OPERATION, sql);
      }
    }
    return new MemoryStoreException(OPERATION, String.valueOf(e.getMessage()), e);
  }
}
