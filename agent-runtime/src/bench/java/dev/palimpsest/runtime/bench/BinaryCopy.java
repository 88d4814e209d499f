package dev.palimpsest.runtime.bench;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyOutputStream;

/** Rows on their way into a table, in PostgreSQL's binary form. Used by one thread. */
final class BinaryCopy implements AutoCloseable {
  private static final byte[] SIGNATURE =
      "PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final int BUFFER_BYTES = 1 << 16;

  private final DataOutputStream out;

  BinaryCopy(Connection connection, String into) throws IOException, SQLException {
    PGCopyOutputStream copy =
        new PGCopyOutputStream(
            connection.unwrap(PGConnection.class), "COPY " + into + " FROM STDIN (FORMAT binary)");
    out = new DataOutputStream(new BufferedOutputStream(copy, BUFFER_BYTES));
    out.write(SIGNATURE);
    out.writeInt(0);
    out.writeInt(0);
  }

  BinaryCopy row(int columns) throws IOException {
    out.writeShort(columns);
    return this;
  }

  BinaryCopy text(String value) throws IOException {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  BinaryCopy bytes(byte[] value) throws IOException {
    out.writeInt(value.length);
    out.write(value);
    return this;
  }

  BinaryCopy integer(int value) throws IOException {
    out.writeInt(Integer.BYTES);
    out.writeInt(value);
    return this;
  }

  BinaryCopy bigint(long value) throws IOException {
    out.writeInt(Long.BYTES);
    out.writeLong(value);
    return this;
  }

  /** As pgvector receives one: dimensions, nothing, numbers of sixteen bits. */
  BinaryCopy halfvec(float[] values) throws IOException {
    out.writeInt(2 * Short.BYTES + values.length * Short.BYTES);
    out.writeShort(values.length);
    out.writeShort(0);
    for (float value : values) {
      out.writeShort(Float.floatToFloat16(value));
    }
    return this;
  }

  @Override
  public void close() throws IOException {
    out.writeShort(-1);
    out.close();
  }
}
