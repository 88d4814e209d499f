package dev.palimpsest.memory.importing;

import static dev.palimpsest.memory.importing.ImportParserTest.items;
import static dev.palimpsest.memory.importing.ImportParserTest.memory;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Scope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of the files of others, shown on {@link SmallFiles}. */
class ImportFormatsTest {
  private static final Instant BASE = Instant.parse("2026-05-01T12:00:00Z");

  @TempDir private Path root;

  @ParameterizedTest
  @EnumSource(
      names = {
        "MEM0",
        "MARKDOWN",
        "LANGCHAIN",
        "LANGCHAIN4J",
        "CLAUDE_CODE",
        "MCP_MEMORY",
        "GEMINI",
        "LETTA"
      })
  void theFormatIsFoundOutAndTheLastItemReachesTheEnd(ImportFormat format) throws IOException {
    byte[] file = SmallFiles.of(format).getBytes(StandardCharsets.UTF_8);
    assertEquals(format, FormatFinder.find(new ByteArrayInputStream(file)).format());
    List<ImportItem> items = items(format, SmallFiles.of(format));
    // Of a list within an object the rest of the object is no item.
    boolean isWithin = format == ImportFormat.MEM0 || format == ImportFormat.LANGCHAIN;
    assertTrue(isWithin || items.getLast().end() >= file.length - 2);
    ImportRig rig = new ImportRig(root);
    ImportState first = rig.importAll(ImportRig.request(null, BASE), file);
    assertTrue(first.counts().stored() > 1);
    ImportState again = rig.importAll(ImportRig.request(null, BASE), file);
    assertEquals(0, again.counts().stored());
    assertEquals(first.items(), again.items());
  }

  @Test
  void factsOfMem0HaveTheirUserAndHoldForATime() throws IOException {
    List<ImportItem> items = items(ImportFormat.MEM0, SmallFiles.MEM0);
    assertEquals(
        List.of(
            "kim: Rides a tram",
            "!empty_text",
            "-deleted_memory",
            "!invalid_time",
            "null: kim likes trams"),
        told(items));
    NewMemory fact = memory(items.getFirst());
    MemoryText content = fact.content();
    assertEquals(MemoryKind.FACT, fact.kind());
    assertEquals(Scope.ofUser("kim"), fact.scope());
    assertEquals(Instant.parse("2026-01-02T03:04:05Z"), content.happenedAt());
    assertEquals(Instant.parse("2026-01-05T00:00:00Z"), content.validFrom());
    assertEquals(Instant.parse("2026-02-01T00:00:00Z"), content.validTo());
    assertTrue(content.metadata().startsWith("{\"from\":\"chat\",\"user_id\":\"kim\","));
    String hidden =
        "{\"memory\":\"x\",\"updated_at\":\"2026-03-01\",\"created_at\":\"2026-01-01\","
            + "\"expiration_date\":\"2026-02-01\"}";
    MemoryText over = memory(items(ImportFormat.MEM0, hidden).getFirst()).content();
    assertEquals(over.validTo(), over.validFrom());
  }

  @Test
  void aHistoryOfMem0MakesVersionsAndADeletionEndsTheLast() throws IOException {
    byte[] file = SmallFiles.MEM0_HISTORY.getBytes(StandardCharsets.UTF_8);
    ImportRig rig = new ImportRig(root);
    ImportState done = rig.importAll(ImportRig.request(null, null), file);
    assertEquals(new ImportCounts(4, 3, 0, 1, 0, 0), done.counts());
    Memory newest = rig.stored().getFirst();
    assertEquals(3, newest.version());
    assertEquals("Has two dogs", newest.text());
    assertEquals(Instant.parse("2026-01-09T00:00:00Z"), newest.content().validFrom());
    assertEquals(Instant.parse("2026-01-20T00:00:00Z"), newest.content().validTo());
    ImportState again = rig.importAll(ImportRig.request(null, null), file);
    assertEquals(new ImportCounts(4, 0, 3, 1, 0, 0), again.counts());
  }

  @Test
  void aDeletionWithoutATimeEndsAtTheLastThatIsKnown() throws IOException {
    String deletion = "{\"memory_id\":\"m\",\"old_memory\":\"x\",\"event\":\"DELETE\"}";
    NewImport request = ImportRig.request(null, null);
    byte[] alone = ("[" + deletion + "]").getBytes(StandardCharsets.UTF_8);
    ImportRig rig = new ImportRig(root);
    ImportState failed = rig.importAll(request, alone);
    assertEquals(RejectionReason.MISSING_TIME, rig.rejections(failed).getFirst().reason());
    NewMemory based = memory(items(ImportFormat.MEM0, deletion).getFirst());
    assertEquals(BASE, based.content().validTo());
  }

  @Test
  void aListIsFoundWithinItsObjectAndAnObjectWithoutIsTheElement() throws IOException {
    String one = "{\"id\":\"a\",\"memory\":\"x\"}";
    for (String around :
        List.of("%s", "[%s]", "{\"results\":[%s]}", "{\"n\":{\"results\":3},\"memories\":[%s]}")) {
      String file = String.format(Locale.ROOT, around, one);
      List<ImportItem> items = items(ImportFormat.MEM0, file);
      assertEquals(List.of("null: x"), told(items), file);
      assertEquals(
          List.of("null: x", "!invalid_json"), told(items(ImportFormat.MEM0, file + "}")), file);
    }
    String file = "{\"results\":[" + one + "],\"x\":1}";
    for (int end = 1; end < file.length() - 1; end++) {
      List<String> told = told(items(ImportFormat.MEM0, file.substring(0, end)));
      assertEquals("!truncated", told.getLast(), file.substring(0, end));
      assertEquals(end < 12 + one.length() ? 1 : 2, told.size(), file.substring(0, end));
    }
  }

  @Test
  void aSectionOfMarkdownStandsUnderItsHeadings() throws IOException {
    List<ImportItem> items = items(ImportFormat.MARKDOWN, SmallFiles.MARKDOWN);
    assertEquals(
        List.of(
            "Log: Before all.",
            "One:   indented\n\n```\n# no heading\n~~~\n```",
            "One / Deep\uFFFD: down",
            "-empty_section",
            "Two: up"),
        told(items));
    MemoryText deep = memory(items.get(2)).content();
    assertEquals(Instant.parse("2026-01-02T10:00:00Z"), deep.happenedAt());
    assertEquals(
        "{\"section\":[\"One\",\"Deep\uFFFD\"],\"title\":\"Log\",\"date\":\"2026-01-02 10:00\"}",
        deep.metadata());
    assertTrue(((ImportItem.Found) items.get(2)).isSanitised());
  }

  @Test
  void frontMatterThatNeverEndsIsText() throws IOException {
    assertEquals(
        List.of("null: ---\ntitle: x", "a: b"),
        told(items(ImportFormat.MARKDOWN, "---\ntitle: x\n# a\nb")));
    String long_ = "---\n" + "k: v\n".repeat(600) + "---\n# a\nb\n";
    assertEquals(2, items(ImportFormat.MARKDOWN, long_).size());
    assertEquals(List.of(), told(items(ImportFormat.MARKDOWN, "\n \n")));
  }

  @Test
  void ofMarkdownOnlyTheBadSectionIsLost() throws IOException {
    String file = "# a\nb\n# c\n" + "x".repeat(MemoryText.TEXT_CHARACTERS_MAX) + "\n# d\ne";
    assertEquals(
        List.of("a: b", "!record_too_large", "d: e"), told(items(ImportFormat.MARKDOWN, file)));
  }

  @Test
  void messagesOfLangChainAreReadInEveryDialect() throws IOException {
    List<ImportItem> items = items(ImportFormat.LANGCHAIN, SmallFiles.LANGCHAIN);
    assertEquals(
        List.of(
            "ann: one",
            "assistant: two",
            "assistant: three",
            "-hidden_or_system",
            "-tool_or_code",
            "-removed_message",
            "!unknown_role",
            "!unknown_shape",
            "!unknown_shape"),
        told(items));
    assertEquals("h", memory(items.getFirst()).origin().recordId());
    assertEquals(BASE.plusMillis(2), memory(items.get(2)).content().happenedAt());
  }

  @Test
  void messagesOfLangChain4jAreTheirTexts() throws IOException {
    List<ImportItem> items = items(ImportFormat.LANGCHAIN4J, SmallFiles.LANGCHAIN4J);
    assertEquals(
        List.of(
            "user: one",
            "assistant: two",
            "-empty_message",
            "-hidden_or_system",
            "!unknown_role",
            "!unknown_shape"),
        told(items));
    assertEquals(
        "{\"role\":\"user\",\"name\":\"ann\"}", memory(items.getFirst()).content().metadata());
  }

  @Test
  void ofClaudeCodeTheBranchToTheLastTurnIsKept() throws IOException {
    List<ImportItem> items = items(ImportFormat.CLAUDE_CODE, SmallFiles.CLAUDE_CODE);
    assertEquals(
        List.of(
            "-runtime_event",
            "user: one",
            "-reasoning",
            "assistant: two",
            "-runtime_event",
            "-off_branch",
            "-hidden_or_system",
            "user: three",
            "-tool_or_code",
            "-side_chain",
            "-blank_line",
            "!invalid_time"),
        told(items));
    NewMemory two = memory(items.get(3));
    assertEquals(Instant.parse("2026-01-01T00:00:00Z"), two.content().happenedAt());
    assertEquals("s", two.origin().session());
    assertEquals(1, two.origin().position());
  }

  @Test
  void aLoopOfParentsEndsAndALongSessionComesInParts() throws IOException {
    String line =
        "{\"type\":\"user\",\"uuid\":\"%s\",\"parentUuid\":\"%s\",\"message\":{\"content\":\"%s\"}}\n";
    String loop = line.formatted("a", "b", "one") + line.formatted("b", "a", "two");
    assertEquals(List.of("user: one", "user: two"), told(items(ImportFormat.CLAUDE_CODE, loop)));
    String large = "x".repeat(ClaudeCodeReader.CHARACTERS_MAX / 16);
    ClaudeCodeReader reader = new ClaudeCodeReader(new Records(ImportRig.request(null, null)));
    List<Integer> given = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      byte[] bytes = line.formatted("u" + i, "u" + (i - 1), large).getBytes(StandardCharsets.UTF_8);
      Span span = new Span((long) i * bytes.length, (i + 1L) * bytes.length);
      given.add(reader.read(new Unit(bytes, span, false, false)).size());
    }
    List<ImportItem> rest = reader.end();
    assertEquals(16, given.get(15));
    assertEquals(16, given.stream().mapToInt(Integer::intValue).sum());
    assertEquals(2, rest.size());
    assertEquals(17, memory(rest.getLast()).origin().position());
    assertTrue(reader.end().isEmpty());
  }

  @Test
  void theGraphOfMcpBecomesFacts() throws IOException {
    List<ImportItem> items = items(ImportFormat.MCP_MEMORY, SmallFiles.MCP_MEMORY);
    assertEquals(
        List.of(
            "Ann: Skis",
            "!unknown_shape",
            "!empty_text",
            "null: Ann knows Bo",
            "-entity_without_observation",
            "!missing_name",
            "!unknown_shape"),
        told(items));
    NewMemory skis = memory(items.getFirst());
    assertEquals(MemoryKind.FACT, skis.kind());
    assertEquals(BASE, skis.content().happenedAt());
    assertEquals(
        "{\"type\":\"entity\",\"name\":\"Ann\",\"entityType\":\"person\"}",
        skis.content().metadata());
  }

  @Test
  void anEntryOfGeminiIsAQuestionAndItsAnswer() throws IOException {
    List<ImportItem> items = items(ImportFormat.GEMINI, SmallFiles.GEMINI);
    assertEquals(
        List.of(
            "user: later?",
            "assistant: yes\n<no>",
            "user: first?",
            "user: Eingegeben: was?",
            "assistant: das",
            "-not_a_turn",
            "!invalid_time"),
        told(items));
    NewMemory later = memory(items.getFirst());
    NewMemory first = memory(items.get(2));
    assertEquals("k9", later.origin().session());
    assertEquals("k9", first.origin().session());
    assertTrue(first.origin().position() < later.origin().position());
    assertTrue(first.content().metadata().contains("\"imageFile\":[\"a.png\"]"));
    assertEquals(memory(items.get(3)).origin().session(), memory(items.get(4)).origin().session());
  }

  @Test
  void htmlBecomesItsWords() {
    assertEquals("a < b & c", HtmlText.of("a < b &amp; c"));
    assertEquals("one two\nthree", HtmlText.of("<p>one\n <b>two</b></p><div>three</div>"));
    assertEquals("a\n\n  b", HtmlText.of("<pre>a\n\n  b</pre>"));
    assertEquals("x", HtmlText.of("<STYLE>p{}</sTyle ><!-- <p>no --><a title='>'>x</a><script>"));
    assertEquals("ä\uFFFD&#zz; &nope; &", HtmlText.of("&#228;&#x110000;&#zz;&nbsp;&nope; &"));
    assertEquals("", HtmlText.of("<" + "script>while(true);"));
    String many = "&<a <!-- &lt;".repeat(200_000);
    assertTrue(HtmlText.of(many).startsWith("&"));
    Random random = new Random(7);
    String marks = "<>/!-&;#x'\" psb1\n";
    for (int i = 0; i < 2000; i++) {
      StringBuilder html = new StringBuilder();
      random.ints(30, 0, marks.length()).forEach(c -> html.append(marks.charAt(c)));
      assertTrue(HtmlText.of(html.toString()).length() <= html.length());
    }
  }

  @Test
  void anAgentFileOfLettaGivesMessagesAndBlocks() throws IOException {
    List<String> expected =
        List.of(
            "user: one",
            "-runtime_event",
            "assistant: two",
            "!unknown_shape",
            "user: {\"type\": \"note\"}",
            "!unknown_role",
            "null: Is Ann.",
            "-empty_block",
            "!unknown_shape");
    List<ImportItem> items = items(ImportFormat.LETTA, SmallFiles.LETTA);
    assertEquals(expected, told(items));
    NewMemory two = memory(items.get(2));
    assertEquals("agent-7", two.origin().session());
    assertEquals(Instant.parse("2026-01-01T00:00:00Z"), two.content().happenedAt());
    NewMemory block = memory(items.get(6));
    assertEquals(MemoryKind.PINNED, block.kind());
    assertEquals("{\"label\":\"human\"}", block.content().metadata());
    assertNull(block.origin().session());
    StringBuilder quoted = new StringBuilder();
    new Json.Text(SmallFiles.LETTA).write(new Cleaner(), quoted);
    String wrapped = quoted.toString();
    assertEquals(expected, told(items(ImportFormat.LETTA, wrapped)));
    for (String file : List.of(SmallFiles.LETTA.strip(), wrapped)) {
      for (int end = 1; end < file.length(); end += 7) {
        assertEquals(
            List.of("!truncated"), told(items(ImportFormat.LETTA, file.substring(0, end))));
      }
    }
  }

  private static List<String> told(List<ImportItem> items) {
    return items.stream().map(ImportFormatsTest::told).toList();
  }

  private static String told(ImportItem item) {
    return switch (item) {
      case ImportItem.Found found -> {
        MemoryText content = found.memory().content();
        yield content.speaker() + ": " + content.text();
      }
      case ImportItem.Bad bad -> "!" + bad.reason().name().toLowerCase(Locale.ROOT);
      case ImportItem.Kept kept -> "=" + kept.version().id();
      case ImportItem.Skipped skipped -> "-" + skipped.why();
    };
  }
}
