package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fixtures of the formats give exactly the numbers that were worked out for them by hand. */
class ImportFixturesTest {
  private static final int CUTS_MAX = 2_000;

  /** Folders whose answers {@link FixtureAnswers} knows. */
  private static final List<String> ANSWERED =
      List.of(
          "mem0",
          "markdown",
          "langchain",
          "langchain4j",
          "claude-code",
          "mcp-memory",
          "gemini",
          "letta");

  private static final String HOLDS = "the store that holds ";

  @TempDir private Path root;

  static List<String> folders() {
    List<String> all = new ArrayList<>(ANSWERED);
    all.addAll(List.of("jsonl", "openai", "locomo", "chatgpt", "claude", "archives"));
    return all;
  }

  @ParameterizedTest
  @MethodSource("folders")
  void everyFileGivesItsNumbersAndNothingNewTheSecondTime(String folder) throws IOException {
    Json.Members expected = expected(folder);
    for (Json file : items(expected, "files")) {
      Json.Members members = (Json.Members) file;
      byte[] bytes = bytes(folder, members);
      ImportRig rig = rig(members, "");
      NewImport request = request(expected, folder);
      importBefore(rig, request, folder, members);
      ImportState first = rig.importAll(request, bytes);
      assertEquals(ImportState.Status.DONE, first.status());
      assertEquals(bytes.length, first.offset());
      assertCounts(members, "expect", first.counts());
      if (members.get("also_accepted") == null) {
        assertEquals(sum(members, "skipped"), first.counts().skipped());
      }
      assertRejections(members, rig.rejections(first), bytes);
      if (ANSWERED.contains(folder)) {
        new FixtureAnswers(folder, members).assertStored(rig.stored());
      } else {
        assertStored(members, rig);
      }
      ImportState second = rig.importAll(request, bytes);
      assertAgain(members, first.counts(), second.counts());
      assertEquals(0, second.lastChange());
      assertEquals(first.items(), second.items());
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void theFormatIsFoundOutFromTheFirstBytes(String folder) throws IOException {
    Json.Members expected = expected(folder);
    for (Json file : items(expected, "files")) {
      Json.Members members = (Json.Members) file;
      ImportRig rig = rig(members, "");
      NewImport request = ImportRig.request(null, base(expected));
      importBefore(rig, request, folder, members);
      ImportState done = rig.importAll(request, bytes(folder, members));
      assertCounts(members, "expect", done.counts());
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void aFileCutAtAnyByteGivesTheSameNumbers(String folder) throws Exception {
    Json.Members expected = expected(folder);
    for (Json file : items(expected, "files")) {
      Json.Members members = (Json.Members) file;
      byte[] bytes = bytes(folder, members);
      for (int cut : cuts(bytes.length)) {
        ImportRig rig = rig(members, "" + cut);
        importBefore(rig, request(expected, folder), folder, members);
        ImportState done = rig.importCut(request(expected, folder), bytes, cut);
        assertCounts(members, "expect", done.counts());
        assertEquals(done.counts().rejected(), rig.rejections(done).size());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void aFileInPiecesOfAnySizeGivesTheSameNumbers(String folder) throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("ImportFixturesTest seed=" + seed);
    Random random = new Random(seed);
    Json.Members expected = expected(folder);
    for (Json file : items(expected, "files")) {
      Json.Members members = (Json.Members) file;
      byte[] bytes = bytes(folder, members);
      for (int i = 0; i < 20; i++) {
        ImportRig rig = rig(members, "" + i);
        importBefore(rig, request(expected, folder), folder, members);
        List<Integer> sizes = new ArrayList<>();
        random.ints(30, 0, 120).forEach(sizes::add);
        ImportFormat format = i % 2 == 0 ? null : format(folder);
        ImportState done =
            rig.importInPieces(ImportRig.request(format, base(expected)), bytes, sizes);
        assertCounts(members, "expect", done.counts());
      }
    }
  }

  @Test
  void theDevelopmentDialoguesAreReadWhole() throws IOException {
    byte[] bytes = Files.readAllBytes(SharedData.require("locomo/locomo-dev.json"));
    ImportRig rig = new ImportRig(root);
    ImportState first = rig.importAll(ImportRig.request(null, null), bytes);
    assertEquals(2760, first.counts().stored());
    assertEquals(2760, first.counts().read());
    assertEquals(2760, rig.stored().stream().map(Memory::origin).distinct().count());
    assertTrue(rig.stored().stream().noneMatch(m -> m.content().happenedAt() == null));
    ImportState second = rig.importAll(ImportRig.request(null, null), bytes);
    assertEquals(2760, second.counts().duplicate());
  }

  /** What the store holds before, where the file is a later export of the same source. */
  private static void importBefore(
      ImportRig rig, NewImport request, String folder, Json.Members file) throws IOException {
    String into = text(file, "import_into");
    if (into.startsWith(HOLDS)) {
      Path earlier =
          SharedData.require("importers/" + folder).resolve(into.substring(HOLDS.length()));
      rig.importAll(request, Files.readAllBytes(earlier));
    }
  }

  /** Every byte of a small file, a sample of a large one. */
  private static int[] cuts(int length) {
    return length <= CUTS_MAX
        ? IntStream.rangeClosed(0, length).toArray()
        : new Random(length).ints(CUTS_MAX / 2, 0, length + 1).toArray();
  }

  private static void assertAgain(Json.Members file, ImportCounts first, ImportCounts again) {
    assertEquals(0, again.stored());
    assertEquals(first.read(), again.read());
    if (file.get("also_accepted") == null) {
      assertCounts((Json.Members) member(file, "same_file_again"), again);
    }
  }

  private static void assertCounts(Json.Members file, String name, ImportCounts counts) {
    Json.Members expected = (Json.Members) member(file, name);
    boolean isOther =
        file.get("also_accepted") instanceof Json.Members also
            && number(also, "read") == counts.read();
    assertCounts(
        isOther && name.equals("expect") ? (Json.Members) member(file, "also_accepted") : expected,
        counts);
  }

  private static void assertCounts(Json.Members expected, ImportCounts counts) {
    assertEquals(number(expected, "read"), counts.read());
    assertEquals(number(expected, "stored"), counts.stored());
    assertEquals(number(expected, "duplicate"), counts.duplicate());
    assertEquals(number(expected, "rejected"), counts.rejected());
    if (expected.get("sanitised") != null) {
      assertEquals(number(expected, "sanitised"), counts.sanitised());
    }
  }

  private static void assertRejections(
      Json.Members file, List<Rejection> rejections, byte[] bytes) {
    if (file.get("rejections") == null) {
      assertTrue(rejections.isEmpty());
      return;
    }
    List<Json.Members> expected =
        items(file, "rejections").stream().map(Json.Members.class::cast).toList();
    boolean hasLines = expected.stream().allMatch(r -> r.get("line") != null);
    assertEquals(
        expected.stream()
            .map(r -> (hasLines ? number(r, "line") + " " : "") + text(r, "reason"))
            .toList(),
        rejections.stream()
            .map(r ->
                (hasLines ? line(bytes, r.offset()) + " " : "")
                    + r.reason().name().toLowerCase(Locale.ROOT))
            .toList());
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i).get("not_before_byte") != null) {
        assertTrue(rejections.get(i).offset() >= number(expected.get(i), "not_before_byte"));
      }
    }
  }

  /** What is named as stored is stored, each group in the order of the file, and nothing else. */
  private static void assertStored(Json.Members file, ImportRig rig) {
    List<Memory> stored = new ArrayList<>(rig.stored());
    if (file.get("versions") != null) {
      assertVersions(file, rig);
      return;
    }
    assertGroup(file, "facts", stored);
    assertGroup(file, "pinned", stored);
    assertGroup(file, "documents", stored);
    if (file.get("conversations") != null) {
      for (Json conversation : items(file, "conversations")) {
        assertGroup((Json.Members) conversation, "pinned", stored);
        assertGroup((Json.Members) conversation, "attachments", stored);
        assertGroup((Json.Members) conversation, "branch", stored);
      }
    }
    assertEquals(List.of(), stored.stream().map(m -> m.content().text()).toList());
  }

  /** Takes the memories of a group out of those that are left. */
  private static void assertGroup(Json.Members of, String group, List<Memory> left) {
    if (of.get(group) == null) {
      return;
    }
    int from = 0;
    for (Json turn : items(of, group)) {
      String text = wholeText((Json.Members) turn);
      int at = from;
      while (at < left.size() && !left.get(at).content().text().equals(text)) {
        at++;
      }
      assertTrue(at < left.size(), () -> group + ": " + text);
      assertTurn((Json.Members) turn, left.remove(at));
      from = at;
    }
  }

  private static void assertVersions(Json.Members file, ImportRig rig) {
    for (Json version : items(file, "versions")) {
      String id = text((Json.Members) version, "id");
      List<String> texts =
          items((Json.Members) version, "texts").stream()
              .map(text -> ((Json.Text) text).value())
              .toList();
      Memory newest =
          rig.stored().stream()
              .filter(m -> id.equals(m.origin().recordId()))
              .findFirst()
              .orElseThrow();
      assertEquals(texts.getLast(), newest.content().text());
      assertEquals(texts.size(), newest.version());
    }
  }

  private static String wholeText(Json.Members turn) {
    return text(turn, "text") + (turn.get("caption") == null ? "" : " " + text(turn, "caption"));
  }

  private static void assertTurn(Json.Members turn, Memory memory) {
    MemoryText content = memory.content();
    assertEquals(Label.UNTRUSTED, content.label());
    if (turn.get("speaker") != null) {
      assertEquals(text(turn, "speaker"), content.speaker());
    } else if (turn.get("role") != null) {
      assertEquals(text(turn, "role"), content.speaker());
    }
    if (turn.get("id") != null && memory.origin().recordId() != null) {
      assertTrue(memory.origin().recordId().endsWith(text(turn, "id")));
    }
    if (turn.get("happened_at") != null) {
      assertEquals(Instant.parse(text(turn, "happened_at")), content.happenedAt());
    }
    if (turn.get("time_inherited") != null) {
      assertTrue(content.metadata().contains("\"time_inherited\":true"));
    }
  }

  private ImportRig rig(Json.Members file, String suffix) {
    return new ImportRig(root.resolve(text(file, "file").replace('/', '-') + suffix));
  }

  private static long sum(Json.Members file, String name) {
    return file.get(name) == null
        ? 0
        : ((Json.Members) member(file, name))
            .values().values().stream()
                .mapToLong(count -> Long.parseLong(((Json.Plain) count).written()))
                .sum();
  }

  private static int line(byte[] bytes, long offset) {
    int line = 1;
    for (int i = 0; i < offset; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return line;
  }

  private static NewImport request(Json.Members expected, String folder) {
    return ImportRig.request(format(folder), base(expected));
  }

  private static @Nullable ImportFormat format(String folder) {
    return folder.equals("archives")
        ? null
        : ImportFormat.valueOf(folder.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static @Nullable Instant base(Json.Members expected) {
    return expected.get("base_time") == null ? null : Instant.parse(text(expected, "base_time"));
  }

  private static byte[] bytes(String folder, Json.Members file) throws IOException {
    return Files.readAllBytes(
        SharedData.require("importers/" + folder).resolve(text(file, "file")));
  }

  private static Json.Members expected(String folder) throws IOException {
    byte[] bytes =
        Files.readAllBytes(SharedData.require("importers/" + folder).resolve("expected.json"));
    try {
      return (Json.Members) Json.read(new Unit(bytes, new Span(0, bytes.length), false, false));
    } catch (UnusableException e) {
      throw new IOException(e);
    }
  }

  private static Json member(Json.Members of, String name) {
    return Objects.requireNonNull(of.get(name), name);
  }

  private static List<Json> items(Json.Members of, String name) {
    return ((Json.Items) member(of, name)).values();
  }

  private static String text(Json.Members of, String name) {
    return ((Json.Text) member(of, name)).value();
  }

  private static long number(Json.Members of, String name) {
    return Long.parseLong(((Json.Plain) member(of, name)).written());
  }
}
