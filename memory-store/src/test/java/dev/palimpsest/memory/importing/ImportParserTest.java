package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Scope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ImportParserTest {
  private static final Instant BASE = Instant.parse("2026-05-01T12:00:00Z");

  private static final List<ImportFormat> FORMATS = List.of(ImportFormat.values());

  private static final List<String> SMALL_FILES =
      List.of(
          """
          {"text": "one", "happened_at": "2026-01-01T00:00:00Z", "speaker": "ann", "id": 7}
          {"text": "z\\u0000wei", "metadata": {"a": [1, 2.5e3, null, {"b": "c"}]}, "x": true}

          {"text": "drei", "scope": {"user": "u", "agent": null}}
          """,
          """
          {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]}
          {"type": "message", "id": "m", "role": "assistant", "content": [{"text": "ja"}]}
          {"type": "reasoning"}
          {"messages": [{"role": "user", "content": [{"type": "text", "text": "\\ud83d"}]}]}
          """,
          """
          [{"sample_id": "s", "qa": [{"question": "?"}], "conversation": {
           "session_1_date_time": "1:56 pm on 8 May, 2023",
           "session_1": [{"speaker": "A", "dia_id": "D1:1", "text": "ho", "img_url": ["u"]}]}},
           {"sample_id": "t", "conversation": {"session_2": [{"text": "he"}, 3]}}]
          """,
          """
          [{"conversation_id": "c", "create_time": 1.5, "current_node": "n", "mapping": {
           "r": {"parent": null, "children": ["n"], "message": null},
           "n": {"parent": "r", "children": [], "message": {"author": {"role": "user"},
            "content": {"content_type": "text", "parts": ["one", {"text": "two"}]}}},
           "m": {"parent": "r", "children": ["m"], "message": {"author": {"role": "tool"}}}}}]
          """,
          """
          [{"uuid": "c", "created_at": "2026-01-02T03:04:05Z", "current_leaf_message_uuid": "b",
           "chat_messages": [{"uuid": "a", "sender": "human", "text": "x", "content": [],
            "attachments": [{"extracted_content": "y", "file_name": "f"}]},
           {"uuid": "b", "sender": "assistant", "parent_message_uuid": "a",
            "content": [{"type": "text", "text": "z"}, {"type": "thinking"}]}]},
           {"conversations_memory": "p\\n# S\\nq", "project_memories": {"k": "# T\\nr"}},
           {"uuid": "p", "prompt_template": "i", "docs": [{"uuid": "d", "content": "e"}]}]
          """);

  @Test
  void whateverIsInAFileTheSumsAreRightAndNothingIsThrown() throws IOException {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("ImportParserTest seed=" + seed);
    Random random = new Random(seed);
    int rounds = Integer.getInteger("iterations", 1500);
    for (int i = 0; i < rounds; i++) {
      ImportFormat format = FORMATS.get(i % FORMATS.size());
      // Mostly what the format is for, since of another one is little read.
      byte[] file = mutated(random.nextInt(4) == 0 ? any(random) : small(format), random);
      List<ImportItem> items = items(format, file);
      long end = 0;
      for (ImportItem item : items) {
        assertTrue(item.start() >= 0 && item.end() <= file.length && item.end() >= end);
        end = item.end();
      }
      assertEquals(items, items(format, file));
      assertEquals(
          FormatFinder.find(new ByteArrayInputStream(file)).format(),
          FormatFinder.find(new OneByOne(file)).format());
    }
  }

  @Test
  void aLongLineIsOneRejectionAndTheRestGoesOn() throws IOException {
    String large = "{\"text\":\"" + "x".repeat(LineSplitter.LINE_BYTES_MAX) + "\"}\n";
    List<ImportItem> items = items(ImportFormat.JSONL, large + "{\"text\":\"small\"}\n");
    assertEquals(
        new ImportItem.Bad(
            RejectionReason.RECORD_TOO_LARGE, "It is longer than allowed.", 0, large.length()),
        items.get(0));
    assertEquals("small", memory(items.get(1)).content().text());
  }

  @Test
  void aTextOrMetadataBeyondWhatCanBeStoredIsTooLarge() throws IOException {
    String text = "x".repeat(MemoryText.TEXT_CHARACTERS_MAX + 1);
    String pad = "x".repeat(MemoryText.METADATA_CHARACTERS_MAX);
    String name = "x".repeat(513);
    List<ImportItem> items =
        items(
            ImportFormat.JSONL,
            "{\"text\":\""
                + text
                + "\"}\n{\"text\":\"a\",\"metadata\":{\"p\":\""
                + pad
                + "\"}}\n{\"text\":\"a\",\"speaker\":\""
                + name
                + "\"}\n{\"text\":\"a\",\"scope\":{\"user\":\""
                + name
                + "\"}}\n{\"text\":"
                + "[".repeat(100)
                + "]".repeat(100)
                + "}\n");
    assertEquals(5, items.size());
    items.forEach(item -> assertEquals(RejectionReason.RECORD_TOO_LARGE, reason(item)));
  }

  @Test
  void theLastLineIsCutAndNotWrongWhereverTheFileEnds() throws IOException {
    byte[] line = "{\"text\":\"größer\",\"id\":true}".getBytes(StandardCharsets.UTF_8);
    for (int end = 1; end < line.length; end++) {
      byte[] cut = java.util.Arrays.copyOf(line, end);
      assertEquals(
          RejectionReason.TRUNCATED, reason(items(ImportFormat.JSONL, cut).getFirst()), "" + end);
    }
    assertEquals(
        RejectionReason.INVALID_JSON,
        reason(items(ImportFormat.JSONL, "{\"text\":\"a\"\n").getFirst()));
  }

  @Test
  void aCutSampleIsOneRejectionAfterThoseThatAreWhole() throws IOException {
    String whole = SMALL_FILES.get(2).strip();
    List<ImportItem> all = items(ImportFormat.LOCOMO, whole);
    int second = whole.indexOf("{\"sample_id\": \"t\"");
    for (int end = second + 1; end < whole.length() - 1; end++) {
      List<ImportItem> cut = items(ImportFormat.LOCOMO, whole.substring(0, end));
      assertEquals(all.subList(0, 2), cut.subList(0, 2));
      assertEquals(3, cut.size());
      assertEquals(RejectionReason.TRUNCATED, reason(cut.getLast()));
    }
    List<ImportItem> withoutEnd =
        items(ImportFormat.LOCOMO, whole.substring(0, whole.length() - 1));
    assertEquals(RejectionReason.TRUNCATED, reason(withoutEnd.getLast()));
    assertEquals(all, withoutEnd.subList(0, all.size()));
    assertEquals(
        RejectionReason.INVALID_JSON, reason(items(ImportFormat.LOCOMO, whole + " x").getLast()));
  }

  @Test
  void aTurnKeepsWhereItStoodAndWhatCameWithIt() throws IOException {
    NewMemory turn = memory(items(ImportFormat.LOCOMO, SMALL_FILES.get(2)).get(1));
    assertEquals("s/session_1", turn.origin().session());
    assertEquals("s/D1:1", turn.origin().recordId());
    assertEquals("A", turn.content().speaker());
    assertEquals(Instant.parse("2023-05-08T13:56:00Z"), turn.content().happenedAt());
    assertEquals(
        "{\"sample_id\":\"s\",\"dia_id\":\"D1:1\",\"img_url\":[\"u\"]}", turn.content().metadata());
  }

  @Test
  void timesOfLocomoAreReadInUtc() {
    assertEquals("2023-05-08T00:05:00Z", locomo("12:05 am on 8 May, 2023"));
    assertEquals("2024-03-01T12:30:00Z", locomo("12:30 pm on 1 March, 2024"));
    assertEquals("2022-02-28T23:59:00Z", locomo("11:59 PM on 28 February 2022"));
    assertEquals("none", locomo("13:59 pm on 28 February, 2022"));
    assertEquals("none", locomo("1:59 pm on 30 February, 2022"));
    assertEquals("none", locomo("yesterday"));
  }

  @Test
  void timesHaveAnOffsetAndWholeMicroseconds() {
    assertEquals("2026-01-01T00:00:00Z", time("2026-01-01T02:00:00+02:00"));
    assertEquals("2026-01-01T00:00:00.123456Z", time("2026-01-01 00:00:00.123456789z"));
    assertEquals("none", time("2026-01-01T00:00:00"));
    assertEquals("none", time("2026-01-01"));
    assertEquals("none", time("2026-13-01T00:00:00Z"));
    assertEquals("none", time("0000-01-01T00:00:00Z"));
  }

  @Test
  void metadataIsKeptAndMadeStorable() throws IOException {
    List<ImportItem> items =
        items(
            ImportFormat.JSONL,
            """
            {"text":"a","metadata":{"k\\u0000":"v\\ud800","n":1.50,"e":1e99999,"deep":[{"x":null}]},"y":[1]}
            """);
    ImportItem.Found found = (ImportItem.Found) items.getFirst();
    assertTrue(found.isSanitised());
    assertEquals(
        "{\"k\uFFFD\":\"v\uFFFD\",\"n\":1.50,\"e\":null,\"deep\":[{\"x\":null}],\"y\":[1]}",
        found.memory().content().metadata());
  }

  @Test
  void theImportsScopeStandsAboveTheRecords() throws IOException {
    String line = "{\"text\":\"a\",\"scope\":{\"user\":\"eve\",\"agent\":\"x\"}}\n";
    NewImport bound = new NewImport(null, "s", null, new Scope("ada", null, "p"), false, null);
    ImportParser parser = ImportParser.open(ImportFormat.JSONL, bound, stream(line));
    assertEquals(new Scope("ada", "x", "p"), memory(parser.next()).scope());
    assertNull(parser.next());
    assertEquals(line.length(), parser.position());
  }

  @Test
  void onlyTheLastMessageOfALineMovesTheOffset() throws IOException {
    String file = SMALL_FILES.get(1);
    int first = file.indexOf('\n') + 1;
    List<ImportItem> items = items(ImportFormat.OPENAI, file);
    assertEquals(0, items.get(0).end());
    assertEquals(first, items.get(1).end());
    assertEquals(BASE, memory(items.get(1)).content().happenedAt());
    assertEquals(file.length(), items.getLast().end());
  }

  private static String any(Random random) {
    return small(FORMATS.get(random.nextInt(FORMATS.size())));
  }

  private static String small(ImportFormat format) {
    return switch (format) {
      case JSONL -> SMALL_FILES.get(0);
      case OPENAI -> SMALL_FILES.get(1);
      case LOCOMO -> SMALL_FILES.get(2);
      case CHATGPT -> SMALL_FILES.get(3);
      case CLAUDE -> SMALL_FILES.get(4);
      default -> SmallFiles.of(format);
    };
  }

  private static byte[] mutated(String file, Random random) {
    byte[] bytes = file.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] marks = "{}[]\",:\\\n\r \u0000x9e-".getBytes(StandardCharsets.UTF_8);
    int changes = 1 + random.nextInt(5);
    for (byte b : bytes) {
      int roll = random.nextInt(Math.max(1, bytes.length / changes)) == 0 ? random.nextInt(4) : 9;
      switch (roll) {
        case 0 -> out.write(marks[random.nextInt(marks.length)]);
        case 1 -> out.write(random.nextInt(256));
        case 2 -> {
          // Left out.
        }
        case 3 -> {
          out.write(b);
          out.write(b);
        }
        default -> out.write(b);
      }
    }
    byte[] all = out.toByteArray();
    return random.nextInt(3) == 0
        ? java.util.Arrays.copyOf(all, random.nextInt(all.length + 1))
        : all;
  }

  static List<ImportItem> items(ImportFormat format, String file) throws IOException {
    return items(format, file.getBytes(StandardCharsets.UTF_8));
  }

  private static List<ImportItem> items(ImportFormat format, byte[] file) throws IOException {
    ImportParser parser =
        ImportParser.open(format, ImportRig.request(format, BASE), new ByteArrayInputStream(file));
    List<ImportItem> items = new ArrayList<>();
    for (ImportItem item = parser.next(); item != null; item = parser.next()) {
      items.add(item);
    }
    assertEquals(file.length, parser.position());
    return items;
  }

  static NewMemory memory(@Nullable ImportItem item) {
    if (item instanceof ImportItem.Found found) {
      return found.memory();
    }
    throw new AssertionError("no record: " + item);
  }

  private static RejectionReason reason(ImportItem item) {
    if (item instanceof ImportItem.Bad bad) {
      return bad.reason();
    }
    throw new AssertionError("not rejected: " + item);
  }

  private static String locomo(String text) {
    return Times.locomo(text).map(Instant::toString).orElse("none");
  }

  private static String time(String text) {
    return Times.instant(text).map(Instant::toString).orElse("none");
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Hands out a byte at a time, as a slow network does. */
  private static final class OneByOne extends ByteArrayInputStream {
    OneByOne(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int read(byte[] into, int from, int count) {
      return super.read(into, from, Math.min(count, 1));
    }
  }
}
