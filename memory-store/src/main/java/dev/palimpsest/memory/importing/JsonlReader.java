package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Our own lines: {@code {id?, text, happened_at?, speaker?, session?, scope?, metadata?}}. A member
 * of another name is kept in the metadata.
 */
final class JsonlReader implements UnitReader {
  private static final List<String> OURS =
      List.of("id", "text", "happened_at", "speaker", "session", "scope", "metadata");

  private final Records records;
  private final Positions positions = new Positions();

  JsonlReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    Span span = unit.span();
    if (!unit.isTooLarge() && unit.isBlank()) {
      return List.of(new ImportItem.Skipped("blank_line", span.start(), span.end()));
    }
    try {
      if (Json.read(unit) instanceof Json.Members members) {
        return List.of(record(new Fields(members), span));
      }
      throw Fields.shape("It is not an object.");
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private ImportItem record(Fields line, Span span) throws UnusableException {
    String text = line.needed("text");
    if (text.isBlank()) {
      throw new UnusableException(RejectionReason.EMPTY_TEXT, "There is no text.");
    }
    String session = line.name("session");
    Scope scope = Scopes.of(records.request().scope(), line.value("scope"));
    Instant time = time(line);
    String id = line.id("id");
    String speaker = line.name("speaker");
    String metadata = metadata(line);
    long position = positions.take(session);
    Instant happenedAt = time == null ? records.timeAt(position) : time;
    Draft draft =
        new Draft(
            MemoryKind.EPISODE, scope, session, id, position, text, speaker, happenedAt, metadata);
    return records.item(draft, line.isSanitised(), span);
  }

  private static @Nullable Instant time(Fields line) throws UnusableException {
    Json value = line.value("happened_at");
    if (value == null) {
      return null;
    }
    String text = value instanceof Json.Text(String written) ? written : "";
    return Times.instant(text)
        .orElseThrow(() ->
            new UnusableException(
                RejectionReason.INVALID_TIME, "'happened_at' is not a time with an offset."));
  }

  private static String metadata(Fields line) throws UnusableException {
    Json value = line.value("metadata");
    if (value != null && !(value instanceof Json.Members)) {
      throw Fields.shape("'metadata' is not an object.");
    }
    Map<String, Json> given = value instanceof Json.Members members ? members.values() : Map.of();
    return line.without(given, OURS);
  }
}
