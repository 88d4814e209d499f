package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files within archives, and archives that were made to do harm. */
class ArchiveTest {
  private static final ArchiveLimits SMALL = new ArchiveLimits(1 << 20, 100, 50);
  private static final String LINES = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n";
  private static final String CHAT =
      "[{\"uuid\":\"c\",\"chat_messages\":[{\"uuid\":\"m\",\"sender\":\"human\",\"text\":\"hi\"}]}]";

  @TempDir private Path root;

  @Test
  void filesOfAZipAreReadByWhatIsInThem() throws Exception {
    byte[] file =
        zip(
            Map.of(
                "export/a.jsonl", LINES, "chat.html", "<p>{\"text\":\"no\"}</p>", "b.json", CHAT));
    assertEquals(3, records(file, SMALL));
    assertEquals(3, imported(file).counts().stored());
  }

  @Test
  void anAskedForFormatLeavesOtherFilesOut() throws Exception {
    byte[] file = zip(Map.of("a.jsonl", LINES, "b.json", CHAT));
    NewImport request = ImportRig.request(ImportFormat.CLAUDE, null);
    assertEquals(1, new ImportRig(root).importAll(request, file).counts().stored());
  }

  @Test
  void gzipMayHaveSeveralParts() throws Exception {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(gzip(LINES));
    both.write(gzip("{\"text\":\"three\"}\n"));
    ImportState done = imported(both.toByteArray());
    assertEquals(3, done.counts().stored());
    assertEquals(both.size(), done.offset());
  }

  @Test
  void namesThatLeadOutAreRejectedAndTheRestIsRead() throws Exception {
    Map<String, String> files = new LinkedHashMap<>();
    for (String name :
        List.of("../a.jsonl", "/a.jsonl", "x/../../a.jsonl", "..\\a.jsonl", "C:a.jsonl")) {
      files.put(name, LINES);
    }
    files.put("good.jsonl", LINES);
    ImportState done = imported(zip(files));
    assertEquals(5, done.counts().rejected());
    assertEquals(2, done.counts().stored());
  }

  @Test
  void aBombIsNotUnpackedWhateverItsHeaderSays() throws Exception {
    String huge = "[{\"title\":\"" + "A".repeat(16 << 20) + "\"}]";
    byte[] bomb = zip(Map.of("conversations.json", huge));
    byte[] lying = bomb.clone();
    Arrays.fill(lying, 22, 26, (byte) 0);
    for (byte[] file : List.of(bomb, lying, gzip(huge))) {
      UnusableFileException refused =
          assertThrows(UnusableFileException.class, () -> records(file, SMALL));
      assertStarts("archive_too_large", refused.getMessage());
    }
  }

  @Test
  void anArchiveWithinAnArchiveIsLeftOut() throws Exception {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("inner.zip", zip(Map.of("a.jsonl", LINES)));
    files.put("inner.json", zip(Map.of("a.jsonl", LINES)));
    files.put("c.json", CHAT.getBytes(StandardCharsets.UTF_8));
    assertEquals(1, imported(zipOf(files)).counts().stored());
  }

  @Test
  void tooManyFilesEndTheImport() throws Exception {
    Map<String, String> files = new LinkedHashMap<>();
    for (int i = 0; i <= SMALL.entries(); i++) {
      files.put(i + ".txt", "");
    }
    UnusableFileException refused =
        assertThrows(UnusableFileException.class, () -> records(zip(files), SMALL));
    assertStarts("too_many_entries", refused.getMessage());
  }

  @Test
  void anImportThatIsRefusedFailsWithTheReason() throws Exception {
    byte[] file = zip(Map.of("chat.json", "[{\"messages\":[]}]"));
    ImportState failed = imported(file);
    assertEquals(ImportState.Status.FAILED, failed.status());
    assertStarts("The file is of a format without times", failed.problem());
  }

  @Test
  void aCutOrBrokenArchiveIsNeverMoreThanRejections() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("ArchiveTest seed=" + seed);
    Random random = new Random(seed);
    List<byte[]> files =
        List.of(zip(Map.of("a.jsonl", LINES.repeat(20), "b.json", CHAT)), gzip(LINES.repeat(20)));
    for (byte[] file : files) {
      long whole = records(file, SMALL);
      for (int end = 4; end < file.length; end++) {
        List<ImportItem> items = items(Arrays.copyOf(file, end), SMALL);
        long found = items.stream().filter(ImportItem.Found.class::isInstance).count();
        long bad = items.stream().filter(ImportItem.Bad.class::isInstance).count();
        assertTrue(found <= whole && bad <= 1, () -> items.toString());
      }
      for (int i = 0; i < Integer.getInteger("iterations", 1000); i++) {
        byte[] broken = file.clone();
        for (int change = random.nextInt(4); change >= 0; change--) {
          broken[4 + random.nextInt(broken.length - 4)] = (byte) random.nextInt(256);
        }
        assertEquals(items(broken, SMALL), items(broken, SMALL));
      }
    }
  }

  private static void assertStarts(String beginning, @Nullable String text) {
    assertTrue(text != null && text.startsWith(beginning), text);
  }

  private ImportState imported(byte[] file) throws IOException {
    return new ImportRig(root).importAll(ImportRig.request(null, null), file);
  }

  private static long records(byte[] file, ArchiveLimits limits)
      throws IOException, UnusableFileException {
    return items(file, limits).stream().filter(ImportItem.Found.class::isInstance).count();
  }

  private static List<ImportItem> items(byte[] file, ArchiveLimits limits)
      throws IOException, UnusableFileException {
    Archive archive =
        Archive.open(ImportRig.request(null, null), file, new ByteArrayInputStream(file), limits);
    List<ImportItem> items = new ArrayList<>();
    long end = 0;
    for (ImportItem item = archive.next(); item != null; item = archive.next()) {
      items.add(item);
      assertTrue(item.end() >= end && item.end() <= file.length);
      end = item.end();
    }
    assertEquals(file.length, archive.position());
    return items;
  }

  private static byte[] zip(Map<String, String> files) throws IOException {
    Map<String, byte[]> bytes = new LinkedHashMap<>();
    files.forEach((name, text) -> bytes.put(name, text.getBytes(StandardCharsets.UTF_8)));
    return zipOf(bytes);
  }

  private static byte[] zipOf(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
      }
    }
    return out.toByteArray();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }
}
