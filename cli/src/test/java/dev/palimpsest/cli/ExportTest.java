package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExportTest {
  private static final String WHOLE =
      "{\"palimpsest_archive\":1}\n{\"id\":\"mem_1\"}\n{\"end\":{\"versions\":1}}\n";

  @TempDir Path folder;
  private final ScriptedService server = new ScriptedService();
  private final Desk desk = new Desk().environment("PALIMPSEST_URL", server.url());

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void theArchiveIsWrittenAsItComes() throws IOException {
    byte[] archive = gzip(WHOLE);
    server.on("GET /v1/export", archive);
    Path file = folder.resolve("all.gz");
    assertEquals(0, desk.run("export", "--out", file.toString()));
    assertArrayEquals(archive, Files.readAllBytes(file));
    // What is no JSON must not be asked for as JSON.
    assertEquals("*/*", server.requests().getLast().accept());
    assertEquals(file + ": 1 versions, 0.0 MB\n", desk.out());
  }

  @Test
  void aFileThatIsThereStaysUnlessForced() throws IOException {
    server.on("GET /v1/export", gzip(WHOLE));
    Path file = Files.writeString(folder.resolve("all.gz"), "mine");
    assertEquals(2, desk.run("export", "--out", file.toString()));
    assertEquals("mine", Files.readString(file));
    assertEquals(0, desk.run("export", "--force", "--out", file.toString()));
    assertEquals(gzip(WHOLE).length, Files.size(file));
  }

  @Test
  void whatBrokeOffLeavesNothing() throws IOException {
    byte[] archive = gzip(WHOLE);
    for (byte[] broken :
        new byte[][] {
          Arrays.copyOf(archive, archive.length - 9),
          gzip("{\"palimpsest_archive\":1}\n{\"id\":\"mem_1\"}\n"),
          gzip("{\"palimpsest_archive\":1}\n{\"end\":{\"versions\":1}}\n"),
          "<html>".getBytes(StandardCharsets.UTF_8),
          new byte[0],
        }) {
      server.on("GET /v1/export", broken);
      Path file = folder.resolve("all.gz");
      assertEquals(3, desk.run("export", "--out", file.toString()));
      assertFalse(Files.exists(file));
      assertFalse(Files.exists(folder.resolve("all.gz.part")));
    }
    assertTrue(desk.err().contains("The archive broke off"), desk.err());
  }

  @Test
  void aProblemIsShownAsItIs() {
    server.on("GET /v1/export", 503, "{'title':'The store is away','status':503}");
    assertEquals(3, desk.run("export", "--out", folder.resolve("all.gz").toString()));
    assertTrue(desk.err().contains("The store is away"), desk.err());
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return packed.toByteArray();
  }
}
