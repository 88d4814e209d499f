package dev.palimpsest.memory;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The store could not do what it was asked: the database is away, refused, or holds something this
 * version cannot read. Says which operation, the SQL state where there is one, and keeps the cause.
 *
 * <p>When {@link #isUnavailable()} the operation may be repeated later. If the connection broke
 * during a commit nobody knows whether it happened; every write of the store is idempotent by a key
 * of its own, so repeating the same call is the way to find out.
 */
public final class MemoryStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Connection lost or refused; out of connections, memory or disk. */
  private static final Set<String> AWAY_CLASSES = Set.of("08", "53");

  /**
   * Shutting down or starting up, a replica that was promoted away from us, a statement, a lock or
   * a transaction that took too long, a deadlock.
   */
  private static final Set<String> AWAY =
      Set.of("57P01", "57P02", "57P03", "57P05", "25006", "57014", "55P03", "25P03", "40P01");

  private final String operation;
  private final @Nullable String sqlState;
  private final boolean unavailable;

  private MemoryStoreException(
      String operation,
      String detail,
      @Nullable String sqlState,
      boolean unavailable,
      @Nullable Throwable cause) {
    super(operation + ": " + detail, cause);
    this.operation = operation;
    this.sqlState = sqlState;
    this.unavailable = unavailable;
  }

  /**
   * Something is wrong that no repetition mends: a row that cannot be read, a missing extension.
   */
  public MemoryStoreException(String operation, String detail, @Nullable Throwable cause) {
    this(operation, detail, null, false, cause);
  }

  /** The database answered with an error, or not at all; the SQL state says which. */
  public static MemoryStoreException of(String operation, SQLException cause) {
    String state = cause.getSQLState();
    boolean away =
        state != null
            && state.length() == 5
            && (AWAY_CLASSES.contains(state.substring(0, 2)) || AWAY.contains(state));
    return new MemoryStoreException(operation, describe(cause), state, away, cause);
  }

  /** No connection could be had: refused, timed out, or the pool is exhausted. */
  public static MemoryStoreException noConnection(String operation, SQLException cause) {
    return new MemoryStoreException(
        operation, describe(cause), cause.getSQLState(), isOutage(cause), cause);
  }

  /** What was being done, for example {@code append event}. */
  public String operation() {
    return operation;
  }

  /** The five characters of the SQL state, or null where no database spoke. */
  public @Nullable String sqlState() {
    return sqlState;
  }

  /** Whether the database is away for now: repeating the call later may succeed. */
  public boolean isUnavailable() {
    return unavailable;
  }

  /** A wrong password or an unknown database (classes 28 and 3D) does not mend by waiting. */
  private static boolean isOutage(SQLException cause) {
    String state = cause.getSQLState();
    return state == null || !(state.startsWith("28") || state.startsWith("3D"));
  }

  /** The first line alone: those after it are details which may quote what a user wrote. */
  private static String describe(SQLException cause) {
    String state = cause.getSQLState();
    String said = String.valueOf(cause.getMessage()).lines().findFirst().orElse("no message");
    return said + (state == null ? "" : " (SQL state " + state + ")");
  }
}
