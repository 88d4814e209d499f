package dev.palimpsest.runtime.bench;

import dev.palimpsest.memory.postgres.PostgresMemory;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;

/** The database that the launcher made for one benchmark, with the newest schema. */
final class BenchDatabase implements AutoCloseable {
  private static final int CONNECTIONS = 8;

  /** Heap, long values and each index, of every table of ours. */
  private static final String SIZES =
      """
      SELECT c.relname || CASE WHEN p.part = 'toast' THEN ' (long values)' ELSE '' END,
             CASE p.part WHEN 'heap' THEN pg_table_size(c.oid)
                                          - CASE WHEN c.reltoastrelid = 0 THEN 0
                                            ELSE pg_total_relation_size(c.reltoastrelid) END
                         ELSE pg_total_relation_size(c.reltoastrelid) END
      FROM pg_class c
      CROSS JOIN (VALUES ('heap'), ('toast')) AS p (part)
      WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND (p.part = 'heap' OR c.reltoastrelid <> 0)
      UNION ALL
      SELECT t.relname || ': ' || i.relname, pg_relation_size(i.oid)
      FROM pg_index x
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_class t ON t.oid = x.indrelid
      WHERE t.relnamespace = 'public'::regnamespace
      """;

  private final AgroalDataSource app;
  private final AgroalDataSource superuser;

  private BenchDatabase(AgroalDataSource app, AgroalDataSource superuser) {
    this.app = app;
    this.superuser = superuser;
  }

  static BenchDatabase open() {
    try (AgroalDataSource owner = source("palimpsest", "PALIMPSEST_DB_OWNER_PASSWORD")) {
      int ran = PostgresMemory.migrate(owner);
      if (ran == 0) {
        throw new IllegalStateException("a benchmark wants a new database");
      }
    }
    return new BenchDatabase(
        source("palimpsest_app", "PALIMPSEST_DB_APP_PASSWORD"),
        source("postgres", "BENCH_DB_SUPERUSER_PASSWORD"));
  }

  private static AgroalDataSource source(String user, String passwordName) {
    try {
      return AgroalDataSource.from(
          new AgroalDataSourceConfigurationSupplier()
              .connectionPoolConfiguration(pool ->
                  pool.initialSize(0)
                      .maxSize(CONNECTIONS)
                      .acquisitionTimeout(Duration.ofSeconds(10))
                      .connectionFactoryConfiguration(factory ->
                          factory
                              .jdbcUrl(environment("PALIMPSEST_DB_URL"))
                              .principal(new NamePrincipal(user))
                              .credential(new SimplePassword(environment(passwordName))))));
    } catch (SQLException e) {
      throw new IllegalStateException("an empty pool touches no database", e);
    }
  }

  static String environment(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set; the launcher sets it");
    }
    return value;
  }

  /** Connects as the service does. */
  DataSource app() {
    return app;
  }

  /** Whom row-level security does not bind: for COPY, for exact searches, for looking at sizes. */
  Connection superuser() throws SQLException {
    return superuser.getConnection();
  }

  /** Bytes on disk by name, tables and their indexes apart. */
  Map<String, Long> sizes() throws SQLException {
    Map<String, Long> sizes = new LinkedHashMap<>();
    try (Connection connection = superuser();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SIZES)) {
      while (row.next()) {
        sizes.put(row.getString(1), row.getLong(2));
      }
    }
    return sizes;
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = superuser();
        Statement statement = connection.createStatement()) {
      boolean ignored = statement.execute(sql);
    }
  }

  @Override
  public void close() {
    app.close();
    superuser.close();
  }
}
