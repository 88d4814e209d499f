package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What tells one file's content from another's. */
final class Checksum {
  private static final int READ_BYTES = 1 << 20;

  private Checksum() {}

  /**
   * SHA-256 of files one after the other, in hexadecimal; a second per gigabyte or so.
   *
   * @throws ModelFormatException if one cannot be read
   */
  static String sha256(List<Path> files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path each : files) {
        add(each, digest);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every virtual machine has SHA-256", e);
    }
  }

  private static void add(Path part, MessageDigest digest) {
    long offset = 0;
    try (InputStream in = Files.newInputStream(part)) {
      byte[] buffer = new byte[READ_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
        offset += read;
      }
    } catch (IOException e) {
      throw new ModelFormatException(part, offset, "file", "cannot be read: " + e, e);
    }
  }
}
