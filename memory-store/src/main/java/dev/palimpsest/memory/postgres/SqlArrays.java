package dev.palimpsest.memory.postgres;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Binds the parameters of a statement one after the other; a collection as one array for each
 * column, which {@code unnest} makes rows of: one statement for a whole batch.
 */
final class SqlArrays {
  private final Connection connection;
  private final PreparedStatement statement;
  private int bound;

  SqlArrays(Connection connection, PreparedStatement statement) {
    this.connection = connection;
    this.statement = statement;
  }

  SqlArrays value(Object value) throws SQLException {
    statement.setObject(++bound, value);
    return this;
  }

  <T> SqlArrays texts(Collection<T> rows, Function<T, @Nullable Object> column)
      throws SQLException {
    return array(
        "text",
        rows,
        row -> {
          Object value = column.apply(row);
          return value == null ? null : value.toString();
        });
  }

  <T> SqlArrays numbers(Collection<T> rows, Function<T, @Nullable Long> column)
      throws SQLException {
    return array("int8", rows, column);
  }

  <T> SqlArrays bytes(Collection<T> rows, Function<T, byte @Nullable []> column)
      throws SQLException {
    byte[] @Nullable [] values = new byte[rows.size()] @Nullable [];
    int i = 0;
    for (T row : rows) {
      values[i++] = column.apply(row);
    }
    statement.setArray(++bound, connection.createArrayOf("bytea", values));
    return this;
  }

  /** The first column of what a statement answers. */
  static List<String> texts(PreparedStatement statement) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        texts.add(row.getString(1));
      }
    }
    return texts;
  }

  private <T> SqlArrays array(
      String type, Collection<T> rows, Function<T, ? extends @Nullable Object> column)
      throws SQLException {
    @Nullable Object[] values = new Object[rows.size()];
    int i = 0;
    for (T row : rows) {
      values[i++] = column.apply(row);
    }
    Array array = connection.createArrayOf(type, values);
    statement.setArray(++bound, array);
    return this;
  }
}
