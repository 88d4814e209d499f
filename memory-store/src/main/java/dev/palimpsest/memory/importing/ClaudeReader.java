package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a Claude export: conversations, projects with their instructions and documents, and
 * what was remembered, a fact for each section. Accounts hold nothing to remember.
 */
final class ClaudeReader implements UnitReader {
  private final Records records;

  ClaudeReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    try {
      if (!(Json.readElement(unit) instanceof Json.Members members)) {
        throw Fields.shape("It is not an object.");
      }
      return items(members, unit.span());
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private List<ImportItem> items(Json.Members members, Span span) throws UnusableException {
    Fields fields = new Fields(members);
    if (fields.has("chat_messages")) {
      return ClaudeConversation.read(fields).items(records, span);
    }
    if (fields.has("conversations_memory") || fields.has("project_memories")) {
      return remembered(fields, span);
    }
    if (fields.has("prompt_template") || fields.has("docs")) {
      return project(fields, span);
    }
    if (fields.has("full_name") || fields.has("email_address")) {
      return List.of();
    }
    throw Fields.shape("It is neither a conversation nor a project nor what was remembered.");
  }

  private List<ImportItem> remembered(Fields fields, Span span) throws UnusableException {
    List<Conversation> all = new ArrayList<>();
    String everywhere = fields.text("conversations_memory");
    if (everywhere != null) {
      String account = fields.id("account_uuid");
      all.add(sections(account == null ? "account" : account, everywhere, fields.isSanitised()));
    }
    if (fields.value("project_memories") instanceof Json.Members(Map<String, Json> projects)) {
      for (String project : projects.keySet()) {
        Fields memories = new Fields(new Json.Members(projects));
        String text = memories.text(project);
        if (text != null) {
          all.add(sections(project, text, memories.isSanitised()));
        }
      }
    }
    List<ImportItem> items = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      items.addAll(all.get(i).items(records, i + 1 == all.size() ? span : span.opening()));
    }
    return items;
  }

  /** A text with headings, cut at them; the same heading again is told apart by its number. */
  private Conversation sections(String of, String text, boolean isSanitised) {
    List<Turn> turns = new ArrayList<>();
    for (MarkdownSections.Section section : MarkdownSections.of(text)) {
      turns.add(
          section.text().isBlank()
              ? new Turn.Aside("empty_section", null)
              : new Turn.Words(
                  "section " + section.path(),
                  "assistant",
                  section.text(),
                  null,
                  MemoryKind.FACT,
                  Map.of("section", new Json.Text(section.path())),
                  isSanitised));
    }
    return new Conversation("memory of " + of, records.request().baseTime(), turns);
  }

  private List<ImportItem> project(Fields project, Span span) throws UnusableException {
    String id = project.id("uuid");
    if (id == null) {
      throw new UnusableException(RejectionReason.MISSING_NAME, "A project has no 'uuid'.");
    }
    List<Turn> turns = new ArrayList<>();
    Map<String, Json> about = named(project, "name", "project");
    String instructions = project.text("prompt_template");
    if (instructions != null && !instructions.isBlank()) {
      turns.add(
          new Turn.Words(
              "instructions",
              "user",
              instructions,
              null,
              MemoryKind.PINNED,
              about,
              project.isSanitised()));
    }
    if (project.value("docs") instanceof Json.Items(List<Json> documents)) {
      for (int i = 0; i < documents.size(); i++) {
        turns.add(document(documents.get(i), i));
      }
    }
    if (turns.isEmpty()) {
      return List.of(new ImportItem.Skipped("empty_project", span.start(), span.end()));
    }
    Instant begun = ClaudeConversation.time(project.value("created_at"));
    return new Conversation(id, begun, turns).items(records, span);
  }

  private static Turn document(Json document, int number) {
    try {
      if (!(document instanceof Json.Members members)) {
        throw Fields.shape("A document is not an object.");
      }
      Fields fields = new Fields(members);
      String text = fields.text("content");
      Instant at = ClaudeConversation.time(fields.value("created_at"));
      if (text == null || text.isBlank()) {
        return new Turn.Aside("empty_message", at);
      }
      String id = fields.id("uuid");
      return new Turn.Words(
          id == null ? "document " + number : id,
          "user",
          text,
          at,
          MemoryKind.EPISODE,
          named(fields, "filename", "file_name"),
          fields.isSanitised());
    } catch (UnusableException e) {
      return new Turn.Wrong(e);
    }
  }

  private static Map<String, Json> named(Fields fields, String name, String as) {
    @Nullable Json value = fields.value(name);
    return value instanceof Json.Text ? Map.of(as, value) : Map.of();
  }
}
