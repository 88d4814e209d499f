package dev.palimpsest.runtime;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration.ConnectionValidator;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Makes pools of connections. A pool begins empty, so that it can be made while the database is
 * down, and looks at a connection that lay idle before it hands it out.
 */
final class DataSources {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
  private static final Duration IDLE_BEFORE_LOOK = Duration.ofSeconds(2);
  private static final Duration IDLE_BEFORE_CLOSE = Duration.ofMinutes(5);
  private static final String CONNECT_SECONDS = "5";

  /** Above what a single statement may take. */
  private static final String SOCKET_SECONDS = "45";

  private DataSources() {}

  static AgroalDataSource open(Settings.Database database, Settings.Login login, int connections) {
    var supplier =
        new AgroalDataSourceConfigurationSupplier()
            .connectionPoolConfiguration(pool ->
                pool.initialSize(0)
                    .minSize(0)
                    .maxSize(connections)
                    .acquisitionTimeout(LONGEST_WAIT)
                    .connectionValidator(ConnectionValidator.defaultValidator())
                    .exceptionSorter(new PostgreSQLExceptionSorter())
                    .idleValidationTimeout(IDLE_BEFORE_LOOK)
                    .reapTimeout(IDLE_BEFORE_CLOSE)
                    .connectionFactoryConfiguration(factory ->
                        factory
                            .jdbcUrl(database.url())
                            .principal(new NamePrincipal(login.user()))
                            .credential(new SimplePassword(login.password()))
                            .jdbcProperty("connectTimeout", CONNECT_SECONDS)
                            .jdbcProperty("socketTimeout", SOCKET_SECONDS)
                            .jdbcProperty("tcpKeepAlive", "true")
                            .jdbcProperty("ApplicationName", "palimpsest")));
    try {
      return AgroalDataSource.from(supplier);
    } catch (SQLException e) {
      throw new IllegalStateException("an empty pool touches no database", e);
    }
  }
}
