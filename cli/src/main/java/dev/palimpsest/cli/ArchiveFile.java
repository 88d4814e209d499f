package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Looks whether an archive came whole. */
final class ArchiveFile {
  private ArchiveFile() {}

  /**
   * How many versions its last line says there are.
   *
   * @throws CliException when it has no last line, or other lines than that says
   * @throws IOException when it cannot be read
   */
  static long versions(Path file) throws IOException {
    long lines = 0;
    String last = "";
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(new GZIPInputStream(bytes), UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        last = line;
        lines++;
      }
    } catch (EOFException | ZipException e) {
      throw cut(e);
    }
    JsonNode end = Json.parse(last).map(node -> node.path("end")).orElseThrow(() -> cut(null));
    long versions = end.path("versions").asLong(-1);
    if (versions != lines - 2) {
      throw cut(null);
    }
    return versions;
  }

  private static CliException cut(@Nullable Exception cause) {
    String why = cause == null ? "" : " (" + Reasons.of(cause) + ")";
    return CliException.couldNotRun("The archive broke off" + why + "; nothing was written.");
  }
}
