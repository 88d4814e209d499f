package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What must be stored of a fixture, as it was worked out by hand. */
final class FixtureAnswers {
  private static final String SYNTHETIC = "(synthetic)";

  private final String folder;
  private final Json.Members file;

  FixtureAnswers(String folder, Json.Members file) {
    this.folder = folder;
    this.file = file;
  }

  /** Every fact, turn and block is there, in order, and nothing else is. */
  void assertStored(List<Memory> stored) {
    assertLeftOut(stored);
    List<Memory> pinned = stored.stream().filter(m -> m.kind() == MemoryKind.PINNED).toList();
    List<Memory> rest = stored.stream().filter(m -> m.kind() != MemoryKind.PINNED).toList();
    assertPinned(pinned);
    if (file.get("facts") != null) {
      assertFacts(rest);
    } else if (file.get("conversations") != null) {
      assertConversations(rest);
    } else {
      assertTrue(rest.isEmpty());
    }
  }

  /** What was not said in the end is nowhere. */
  private void assertLeftOut(List<Memory> stored) {
    for (Json words : items(file, "must_not_be_on_any_branch")) {
      String text = ((Json.Text) words).value();
      assertTrue(stored.stream().noneMatch(m -> m.content().text().contains(text)), text);
    }
    for (Json words : items(file, "recorded_never_executed")) {
      String text = ((Json.Text) words).value();
      assertTrue(stored.stream().noneMatch(m -> m.content().text().contains(text)), text);
    }
  }

  private void assertPinned(List<Memory> pinned) {
    List<Json> blocks = items(file, "pinned");
    for (int i = 0; i < blocks.size(); i++) {
      Json.Members block = (Json.Members) blocks.get(i);
      assertEquals(text(block, "text"), pinned.get(i).content().text());
      assertMetadata(pinned.get(i), "label", text(block, "label"));
    }
    List<Json> labels = items(file, "pinned_labels");
    for (int i = 0; i < labels.size(); i++) {
      assertMetadata(pinned.get(i), "label", ((Json.Text) labels.get(i)).value());
    }
    int count = file.get("pinned_count") instanceof Json.Plain(String n) ? Integer.parseInt(n) : 0;
    assertEquals(Math.max(count, blocks.size() + labels.size()), pinned.size());
  }

  /** In the order of the file; what joins two subjects stands behind what is said of one. */
  private void assertFacts(List<Memory> stored) {
    List<Json> facts = items(file, "facts");
    Comparator<Memory> order = Comparator.comparing(m -> m.content().speaker() == null);
    List<Memory> inOrder =
        folder.equals("mcp-memory") ? stored.stream().sorted(order).toList() : stored;
    assertEquals(facts.size(), inOrder.size());
    for (int i = 0; i < inOrder.size(); i++) {
      assertFact((Json.Members) facts.get(i), inOrder.get(i));
    }
  }

  private void assertConversations(List<Memory> stored) {
    List<Json.Members> expected = new ArrayList<>();
    List<String> sessions = new ArrayList<>();
    for (Json conversation : items(file, "conversations")) {
      for (Json turn : items((Json.Members) conversation, "branch")) {
        expected.add((Json.Members) turn);
        boolean isNamed = ((Json.Members) conversation).get("id") != null;
        sessions.add(isNamed ? text((Json.Members) conversation, "id") : SYNTHETIC);
      }
    }
    List<Memory> inOrder = byConversation(stored);
    assertEquals(expected.size(), inOrder.size());
    for (int i = 0; i < inOrder.size(); i++) {
      assertTurn(expected.get(i), inOrder.get(i));
      String session = Objects.requireNonNull(inOrder.get(i).origin().session());
      // Sessions of locomo are those of a sample, which the answers do not name.
      boolean isOfSample = folder.equals("locomo");
      assertTrue(isOfSample || List.of(SYNTHETIC, session).contains(sessions.get(i)), session);
    }
  }

  /** Conversations as they were met first, and each in the order of its positions. */
  private static List<Memory> byConversation(List<Memory> stored) {
    Map<String, List<Memory>> all = new LinkedHashMap<>();
    for (Memory memory : stored) {
      String session = Objects.requireNonNull(memory.origin().session());
      all.computeIfAbsent(session, s -> new ArrayList<>()).add(memory);
    }
    Comparator<Memory> order = Comparator.comparingLong(m -> m.origin().position());
    return all.values().stream().flatMap(s -> s.stream().sorted(order)).toList();
  }

  private void assertFact(Json.Members fact, Memory memory) {
    MemoryText content = memory.content();
    if (fact.values().containsKey("relation")) {
      List<String> parts =
          items(fact, "relation").stream().map(p -> ((Json.Text) p).value()).toList();
      assertEquals(String.join(" ", parts), content.text());
    } else if (fact.values().containsKey("versions")) {
      List<Json> versions = items(fact, "versions");
      assertEquals(((Json.Text) versions.getLast()).value(), content.text());
    } else {
      assertTurn(fact, memory);
    }
    if (fact.values().containsKey("subject")) {
      String subject = fact.get("subject") instanceof Json.Text(String name) ? name : null;
      assertEquals(subject, content.speaker());
    }
    for (Json kept : items(fact, "metadata_kept")) {
      assertTrue(content.metadata().contains("\"" + ((Json.Text) kept).value() + "\":"));
    }
    if (fact.values().containsKey("section")) {
      StringBuilder section = new StringBuilder();
      Objects.requireNonNull(fact.get("section")).write(new Cleaner(), section);
      assertTrue(content.metadata().startsWith("{\"section\":" + section + ","));
      assertMetadata(memory, "title", text(file, "title"));
      assertEquals(time(text(file, "happened_at")), content.happenedAt());
    }
    if (folder.equals("mem0")) {
      assertTimes(fact, memory);
    }
  }

  private static void assertTimes(Json.Members fact, Memory memory) {
    assertEquals(MemoryKind.FACT, memory.kind());
    assertEquals(text(fact, "id"), memory.origin().recordId());
    if (fact.get("valid_from") instanceof Json.Text(String from)) {
      assertEquals(time(from), memory.content().validFrom());
    }
    if (fact.get("valid_to") instanceof Json.Text(String to)) {
      assertEquals(time(to), memory.content().validTo());
    } else {
      assertNull(memory.content().validTo());
    }
  }

  private void assertTurn(Json.Members turn, Memory memory) {
    MemoryText content = memory.content();
    String caption = turn.get("caption") == null ? "" : " " + text(turn, "caption");
    boolean isLoose = file.get("compare_text") != null;
    String said = isLoose ? content.text().replaceAll("\\s+", " ") : content.text();
    assertEquals(text(turn, "text") + caption, said);
    assertEquals(Label.UNTRUSTED, content.label());
    if (turn.get("speaker") != null) {
      assertEquals(text(turn, "speaker"), content.speaker());
    } else if (turn.get("role") != null) {
      assertEquals(text(turn, "role"), content.speaker());
    }
    if (turn.get("happened_at") != null) {
      assertEquals(time(text(turn, "happened_at")), content.happenedAt());
    }
    if (folder.equals("locomo") && turn.get("happened_at") != null) {
      assertMetadata(memory, "dia_id", text(turn, "id"));
    } else if (turn.get("role") != null && turn.get("id") != null) {
      assertEquals(text(turn, "id"), memory.origin().recordId());
    }
  }

  private static void assertMetadata(Memory memory, String name, String value) {
    String member = "\"" + name + "\":\"" + value + "\"";
    assertTrue(memory.content().metadata().contains(member), member);
  }

  private static Instant time(String written) {
    return Times.loose(written).orElseThrow();
  }

  private static List<Json> items(Json.Members of, String name) {
    return of.get(name) instanceof Json.Items(List<Json> all) ? all : List.of();
  }

  private static String text(Json.Members of, String name) {
    return ((Json.Text) Objects.requireNonNull(of.get(name), name)).value();
  }
}
