package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Memory;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fixtures of the formats give exactly the numbers that were worked out for them by hand. */
class ImportFixturesTest {
  @TempDir private Path root;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jsonl",
        "openai",
        "locomo",
        "mem0",
        "markdown",
        "langchain",
        "langchain4j",
        "claude-code",
        "mcp-memory",
        "gemini",
        "letta"
      })
  void everyFileGivesItsNumbersAndNothingNewTheSecondTime(String folder) throws IOException {
    Json.Members expected = expected(folder);
    for (Json file : items(expected, "files")) {
      Json.Members members = (Json.Members) file;
      byte[] bytes = bytes(folder, members);
      ImportRig rig = rig(members, "");
      NewImport request = request(expected, folder);
      ImportState first = rig.importAll(request, bytes);
      assertEquals(ImportState.Status.DONE, first.status());
      assertEquals(bytes.length, first.offset());
      assertCounts((Json.Members) member(members, "expect"), first.counts());
      assertEquals(sum(members, "skipped"), first.counts().skipped());
      assertRejections(members, rig.rejections(first), bytes);
      assertStored(folder, members, rig.stored());
      ImportState second = rig.importAll(request, bytes);
      assertCounts((Json.Members) member(members, "same_file_again"), second.counts());
      assertEquals(0, second.lastChange());
      assertEquals(first.items(), second.items());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jsonl",
        "openai",
        "locomo",
        "mem0",
        "markdown",
        "langchain",
        "langchain4j",
        "claude-code",
        "mcp-memory",
        "gemini",
        "letta"
      })
  void theFormatIsFoundOutFromTheFirstBytes(String folder) throws IOException {
    Json.Members expected = expected(folder);
    for (Json file : items(expected, "files")) {
      Json.Members members = (Json.Members) file;
      ImportRig rig = rig(members, "");
      ImportState done =
          rig.importAll(ImportRig.request(null, base(expected)), bytes(folder, members));
      assertCounts((Json.Members) member(members, "expect"), done.counts());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jsonl",
        "openai",
        "locomo",
        "mem0",
        "markdown",
        "langchain",
        "langchain4j",
        "claude-code",
        "mcp-memory",
        "gemini",
        "letta"
      })
  void aFileCutAtAnyByteGivesTheSameNumbers(String folder) throws Exception {
    Json.Members expected = expected(folder);
    for (Json file : items(expected, "files")) {
      Json.Members members = (Json.Members) file;
      byte[] bytes = bytes(folder, members);
      // Of a large file as many as can be waited for, at no period of its lines.
      int step = 1 + bytes.length / (bytes.length < 10_000 ? 3000 : 300);
      for (int cut = 0; cut <= bytes.length; cut += step) {
        ImportRig rig = rig(members, "" + cut);
        ImportState done = rig.importCut(request(expected, folder), bytes, cut);
        assertCounts((Json.Members) member(members, "expect"), done.counts());
        assertEquals(done.counts().rejected(), rig.rejections(done).size());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jsonl",
        "openai",
        "locomo",
        "mem0",
        "markdown",
        "langchain",
        "langchain4j",
        "claude-code",
        "mcp-memory",
        "gemini",
        "letta"
      })
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
        List<Integer> sizes = new ArrayList<>();
        random.ints(30, 0, 120).forEach(sizes::add);
        ImportFormat format = i % 2 == 0 ? null : format(folder);
        ImportState done =
            rig.importInPieces(ImportRig.request(format, base(expected)), bytes, sizes);
        assertCounts((Json.Members) member(members, "expect"), done.counts());
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
    List<String> expected =
        items(file, "rejections").stream()
            .map(Json.Members.class::cast)
            .map(r -> (r.get("line") == null ? "" : number(r, "line") + " ") + text(r, "reason"))
            .toList();
    boolean isByLine = expected.getFirst().contains(" ");
    assertEquals(
        expected,
        rejections.stream()
            .map(r ->
                (isByLine ? line(bytes, r.offset()) + " " : "")
                    + r.reason().name().toLowerCase(Locale.ROOT))
            .toList());
  }

  private static void assertStored(String folder, Json.Members file, List<Memory> stored) {
    FixtureAnswers answers = new FixtureAnswers(folder, file);
    answers.assertStored(stored);
    answers.assertLeftOut(stored);
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

  private static ImportFormat format(String folder) {
    return ImportFormat.valueOf(folder.toUpperCase(Locale.ROOT).replace('-', '_'));
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
