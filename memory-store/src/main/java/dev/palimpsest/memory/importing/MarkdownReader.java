package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Notes in Markdown. A memory is the text from one heading to the next; its id is made of the
 * headings above it and its words, so that a section which moves is still the same. The headings
 * stand where else the speaker does, since without them the text would often not be found. Used by
 * one thread.
 */
final class MarkdownReader implements UnitReader {
  private static final String SESSION = "document";

  private final Records records;
  private final FrontMatter front = new FrontMatter();
  private final MarkdownHeadings headings = new MarkdownHeadings();
  private final StringBuilder text = new StringBuilder();
  private List<String> path = List.of();
  private @Nullable UnusableException wrong;
  private long start;
  private long end;
  private long position;

  MarkdownReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    List<ImportItem> items = new ArrayList<>();
    UnusableException bad = null;
    String line;
    try {
      line = unit.text();
    } catch (UnusableException e) {
      // Good enough to see whether it is a heading, so that only one section is lost.
      line = new String(unit.bytes(), StandardCharsets.UTF_8);
      bad = e;
    }
    if (!front.take(line)) {
      front.takenBack().forEach(before -> line(before, unit.span().start(), items));
      line(line, unit.span().start(), items);
    }
    wrong = wrong == null ? bad : wrong;
    end = unit.span().end();
    return items;
  }

  @Override
  public List<ImportItem> end() {
    List<ImportItem> items = new ArrayList<>();
    front.takenBack().forEach(line -> line(line, end, items));
    close(end, items);
    return items;
  }

  private void line(String line, long at, List<ImportItem> items) {
    if (headings.take(line)) {
      close(at, items);
      path = headings.path();
    } else if (text.length() + line.length() < MemoryText.TEXT_CHARACTERS_MAX) {
      text.append(line).append('\n');
    } else if (wrong == null) {
      wrong = new UnusableException(RejectionReason.RECORD_TOO_LARGE, "The section is too long.");
    }
  }

  /** The section ends before this byte of the file. */
  private void close(long at, List<ImportItem> items) {
    Span span = new Span(start, at);
    String body = withoutOuterBlankLines(text.toString());
    if (wrong != null) {
      items.add(Records.bad(wrong.reason(), wrong.detail(), span));
    } else if (!body.isEmpty()) {
      items.add(section(body, span));
    } else if (!path.isEmpty()) {
      items.add(new ImportItem.Skipped("empty_section", start, at));
    }
    text.setLength(0);
    wrong = null;
    start = at;
  }

  private ImportItem section(String body, Span span) {
    Cleaner cleaner = new Cleaner();
    String words = cleaner.clean(body);
    List<String> above = path.stream().map(cleaner::clean).toList();
    NameDigest id = new NameDigest().add(words);
    above.forEach(id::add);
    Map<String, Json> metadata = new LinkedHashMap<>();
    metadata.put("section", new Json.Items(above.stream().<Json>map(Json.Text::new).toList()));
    front.values().forEach(metadata::putIfAbsent);
    Instant written = front.time();
    Draft draft =
        new Draft(
            MemoryKind.EPISODE,
            records.request().scope(),
            SESSION,
            id.name(),
            position++,
            words,
            about(above, cleaner),
            written == null ? records.request().baseTime() : written,
            Fields.object(metadata));
    return records.item(draft, cleaner.hasReplaced(), span);
  }

  /** What the section is about: its headings, else the title of the file. */
  private @Nullable String about(List<String> above, Cleaner cleaner) {
    String title = front.values().get("title") instanceof Json.Text(String t) ? t : "";
    String all = above.isEmpty() ? cleaner.clean(title) : String.join(" / ", above);
    boolean isLong = all.length() > Origin.CHARACTERS_MAX;
    String about = isLong && !above.isEmpty() ? above.getLast() : all;
    return about.isBlank() || about.length() > Origin.CHARACTERS_MAX ? null : about;
  }

  private static String withoutOuterBlankLines(String text) {
    String rest = text.stripTrailing();
    int from = 0;
    for (int i = 0; i < rest.length() && Character.isWhitespace(rest.charAt(i)); i++) {
      from = rest.charAt(i) == '\n' ? i + 1 : from;
    }
    return rest.substring(from);
  }
}
