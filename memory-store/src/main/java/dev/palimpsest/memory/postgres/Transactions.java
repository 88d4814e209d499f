package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.TenantId;
import jakarta.persistence.PersistenceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Function;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.Transaction;

/** Opens every transaction there is, names its tenant and its patience, and ends it. */
final class Transactions {
  /** How long one statement may run. */
  static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

  /** How long a statement may wait for a row that another transaction holds. */
  static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

  /** How long a transaction of ours may sit still, holding its rows, before the server ends it. */
  static final Duration IDLE_TIMEOUT = Duration.ofSeconds(15);

  private static final String NO_TENANT = "";
  private static final String DEADLOCK = "40P01";

  /** How often one piece of work may be the one that is ended. */
  private static final int DEADLOCKS_MAX = 5;

  private final DataSource dataSource;
  private final SessionFactory factory;

  Transactions(DataSource dataSource, SessionFactory factory) {
    this.dataSource = dataSource;
    this.factory = factory;
  }

  /** Runs {@code work} in one transaction that sees this tenant's rows and no others. */
  <T> T inTenant(TenantId tenant, String operation, Function<StatelessSession, T> work) {
    return inTransaction(tenant.value(), operation, work);
  }

  /** Runs {@code work} in one transaction that sees the names of the tenants and no row else. */
  <T> T withoutTenant(String operation, Function<StatelessSession, T> work) {
    return inTransaction(NO_TENANT, operation, work);
  }

  /**
   * Writers of the same memories and their erasers can meet crosswise; the server then ends one of
   * them, of which nothing is left, and it begins anew.
   */
  private <T> T inTransaction(String tenant, String operation, Function<StatelessSession, T> work) {
    for (int attempt = 1; ; attempt++) {
      try {
        return attempt(tenant, operation, work);
      } catch (MemoryStoreException e) {
        if (attempt == DEADLOCKS_MAX || !DEADLOCK.equals(e.sqlState())) {
          throw e;
        }
      }
    }
  }

  private <T> T attempt(String tenant, String operation, Function<StatelessSession, T> work) {
    try (Connection connection = connect(operation);
        StatelessSession session = factory.openStatelessSession(connection);
        Open open = new Open(session.beginTransaction())) {
      configure(connection, tenant);
      T result = work.apply(session);
      open.transaction.commit();
      return result;
    } catch (SQLException e) {
      throw MemoryStoreException.of(operation, e);
    } catch (PersistenceException e) {
      throw translated(operation, e);
    }
  }

  private Connection connect(String operation) {
    try {
      return dataSource.getConnection();
    } catch (SQLException e) {
      throw MemoryStoreException.noConnection(operation, e);
    }
  }

  /**
   * Settings that end with the transaction, so that a pooled connection carries none of them on.
   */
  private static void configure(Connection connection, String tenant) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT set_config('palimpsest.tenant', ?, true),
                   set_config('statement_timeout', ?, true),
                   set_config('lock_timeout', ?, true),
                   set_config('idle_in_transaction_session_timeout', ?, true)
            """)) {
      statement.setString(1, tenant);
      statement.setString(2, Long.toString(STATEMENT_TIMEOUT.toMillis()));
      statement.setString(3, Long.toString(LOCK_TIMEOUT.toMillis()));
      statement.setString(4, Long.toString(IDLE_TIMEOUT.toMillis()));
      statement.execute();
    }
  }

  private static MemoryStoreException translated(String operation, PersistenceException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return MemoryStoreException.of(operation, sql);
      }
    }
    return new MemoryStoreException(operation, String.valueOf(e.getMessage()), e);
  }

  /** Rolls back whatever was not committed; a failure of that joins the failure that led to it. */
  private record Open(Transaction transaction) implements AutoCloseable {
    @Override
    public void close() {
      if (transaction.isActive()) {
        transaction.rollback();
      }
    }
  }
}
