package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.VersionId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is wrong with an archive is told, whatever it is. */
class PalimpsestReaderTest {
  private static final Instant TIME = Instant.parse("2026-11-27T10:00:00.000001Z");

  @Test
  void noFlippedByteGoesUnnoticed() throws IOException {
    byte[] archive = archive(2);
    Random random = new Random(Long.getLong("seed", 5));
    for (int at = 0; at < archive.length; at++) {
      byte[] flipped = archive.clone();
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      List<ImportItem> items = items(flipped);
      assertTrue(items.stream().anyMatch(ImportItem.Bad.class::isInstance), "byte " + at);
    }
  }

  @Test
  void theLongestTextAndMetadataComeBack() throws IOException {
    String escaped = "\u0001".repeat(MemoryText.METADATA_CHARACTERS_MAX - 10);
    String metadata = "{\"m\":\"" + "\\u0001".repeat((escaped.length() - 10) / 6) + "\"}";
    MemoryText text =
        MemoryText.of("\u0001".repeat(MemoryText.TEXT_CHARACTERS_MAX)).withMetadata(metadata);
    KeptVersion version = version("mem_a", 1, text);
    List<ImportItem> items = items(archiveOf(List.of(version)));
    assertEquals(version, ((ImportItem.Kept) items.get(1)).version());
    assertEquals(3, items.size());
  }

  @Test
  void linesOutOfOrderAreRefusedOneByOne() throws IOException {
    MemoryText text = MemoryText.of("t");
    List<ImportItem> items =
        items(
            archiveOf(
                List.of(
                    version("mem_b", 1, text),
                    version("mem_a", 1, text),
                    version("mem_b", 1, text),
                    version("mem_b", 3, text),
                    version("mem_b", 2, text),
                    version("mem_c", 2, text),
                    version("mem_c", 1, text))));
    List<Boolean> kept = items.stream().map(ImportItem.Kept.class::isInstance).toList();
    assertEquals(List.of(false, true, false, false, false, true, false, true, false), kept);
  }

  @Test
  void everyMemberThatCannotBeIsNamed() throws IOException {
    String line = new String(archive(1), StandardCharsets.UTF_8).lines().toList().get(1);
    for (String[] change :
        new String[][] {
          {"\"id\":\"mem_a0\"", "\"id\":\"nonsense\"", "memory id"},
          {"\"version\":1", "\"version\":0", "version"},
          {"\"version\":1", "\"version\":99999999999", "overflow"},
          {"\"version\":1", "\"version\":\"1\"", "version"},
          {"\"kind\":\"episode\"", "\"kind\":\"rumour\"", "kind"},
          {"\"label\":\"untrusted\"", "\"label\":\"holy\"", "label"},
          {"\"learned_at\":\"2026-11-27T10:00:00.000001Z\",", "", "learned_at"},
          {"2026-11-27T10:00:00.000001Z", "yesterday", "learned_at"},
          {"\"position\":0", "\"position\":-1", "position"},
          {"\"source\":\"talk\"", "\"source\":\"\"", "source"},
          {"\"metadata\":\"{}\"", "\"metadata\":\"[]\"", "metadata"},
          {"\"text\":\"text 0\"", "\"text\":\" \"", "text"},
          {"\"identity\":\"", "\"identity\":\"x", "identity"},
          {"\"metadata\":\"{}\"", "\"metadata\":\"{}\",\"sources\":{}", "sources"},
          {"\"metadata\":\"{}\"", "\"metadata\":\"{}\",\"sources\":[1]", "sources"},
          {"\"metadata\":\"{}\"", "\"metadata\":\"{}\",\"sources\":[\"mem_a\"]", "sources"},
          {"\"metadata\":\"{}\"", made("mem_a/1#3"), "sources"},
          {"\"metadata\":\"{}\"", made("mem_a/1#-1-3"), "sources"},
          {"\"metadata\":\"{}\"", made("mem_a/1#03-4"), "sources"},
          {"\"metadata\":\"{}\"", made("mem_a/1#3-3"), "span"},
          {"\"metadata\":\"{}\"", made("mem_a/1#4-3"), "span"},
          {"\"metadata\":\"{}\"", "\"metadata\":\"{}\",\"revoked_at\":\"x\"", "revoked_at"},
        }) {
      assertTrue(line.contains(change[0]), change[0]);
      ImportItem item =
          items(
                  ("{\"palimpsest_archive\":1}\n" + line.replace(change[0], change[1]) + "\n")
                      .getBytes(StandardCharsets.UTF_8))
              .get(1);
      String detail = item instanceof ImportItem.Bad bad ? bad.detail() : "it was taken";
      assertTrue(detail.contains(change[2]), change[1] + ": " + detail);
    }
  }

  private static String made(String from) {
    return "\"metadata\":\"{}\",\"sources\":[\"" + from + "\"]";
  }

  @Test
  void archivesOfEarlierLayoutsAreRead() throws IOException {
    String line = new String(archive(1), StandardCharsets.UTF_8).lines().toList().get(1);
    String made = line.replace("\"metadata\":\"{}\"", made("mem_a/1"));
    for (String layout : List.of("1", "2", "3")) {
      String file = "{\"palimpsest_archive\":" + layout + "}\n" + made + "\n";
      ImportItem item = items(file.getBytes(StandardCharsets.UTF_8)).get(1);
      assertEquals(
          List.of(MadeOf.all(new VersionId(new MemoryId("mem_a"), 1))),
          ((ImportItem.Kept) item).version().sources(),
          layout);
    }
  }

  @Test
  void anotherLayoutIsRefusedByItsNumber() throws IOException {
    List<ImportItem> items = items("{\"palimpsest_archive\":4}\n".getBytes(StandardCharsets.UTF_8));
    assertTrue(((ImportItem.Bad) items.getFirst()).detail().contains("layout 4"));
  }

  @Test
  void whatAVersionWasMadeOfAndThatItWasRevokedComeBack() throws IOException {
    KeptVersion plain = version("mem_b", 1, MemoryText.of("t"));
    for (String reason : new String[] {null, "It \"lied\"."}) {
      KeptVersion made =
          new KeptVersion(
              plain.id(),
              plain.version(),
              plain.scope(),
              plain.kind(),
              plain.origin(),
              plain.content(),
              plain.learnedAt(),
              plain.identitySha256(),
              List.of(
                  new MadeOf(new VersionId(new MemoryId("mem_z"), 12), new MadeOf.Span(0, 7)),
                  new MadeOf(new VersionId(new MemoryId("mem_z"), 12), new MadeOf.Span(9, 10)),
                  MadeOf.all(new VersionId(new MemoryId("mem_a"), 1))),
              new Revoked(TIME, reason));
      List<ImportItem> items = items(archiveOf(List.of(made)));
      assertEquals(made, ((ImportItem.Kept) items.get(1)).version());
    }
  }

  private static byte[] archive(int memories) throws IOException {
    List<KeptVersion> versions = new ArrayList<>();
    for (int i = 0; i < memories; i++) {
      versions.add(version("mem_a" + i, 1, MemoryText.of("text " + i)));
    }
    return archiveOf(versions);
  }

  private static KeptVersion version(String id, int version, MemoryText text) {
    return new KeptVersion(
        new MemoryId(id),
        version,
        new Scope("ada", null, "p"),
        MemoryKind.EPISODE,
        new Origin("talk", "s", "r", 0),
        text,
        TIME,
        "0123456789abcdef".repeat(4));
  }

  private static byte[] archiveOf(List<KeptVersion> versions) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PalimpsestWriter writer = new PalimpsestWriter(bytes);
    for (KeptVersion version : versions) {
      writer.add(version);
    }
    writer.end();
    return bytes.toByteArray();
  }

  private static List<ImportItem> items(byte[] file) throws IOException {
    NewImport request = new NewImport(null, "archive", null, Scope.NONE, false, true, null);
    ItemReader reader =
        ImportParser.open(ImportFormat.PALIMPSEST, request, new ByteArrayInputStream(file));
    List<ImportItem> items = new ArrayList<>();
    try {
      for (ImportItem item = reader.next(); item != null; item = reader.next()) {
        items.add(item);
      }
    } catch (UnusableFileException e) {
      throw new IOException(e);
    }
    return items;
  }
}
