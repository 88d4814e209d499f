package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The graph of the MCP memory server, a line for each entity and relation. Every observation and
 * every relation is a fact. There are no times; all facts take the base time, so that an
 * observation that stands there twice is one.
 */
final class McpMemoryReader implements UnitReader {
  private final Records records;
  private final Positions positions = new Positions();

  McpMemoryReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    Span span = unit.span();
    if (!unit.isTooLarge() && unit.isBlank()) {
      return skipped("blank_line", span);
    }
    try {
      if (!(Json.read(unit) instanceof Json.Members members)) {
        throw Fields.shape("It is not an object.");
      }
      Fields line = new Fields(members);
      return switch (line.needed("type")) {
        case "entity" -> entity(line, span);
        case "relation" -> List.of(relation(line, span));
        default -> throw Fields.shape("It is neither an entity nor a relation.");
      };
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private List<ImportItem> entity(Fields line, Span span) throws UnusableException {
    String name = name(line, "name");
    Json observations = line.value("observations");
    if (observations != null && !(observations instanceof Json.Items)) {
      throw Fields.shape("'observations' is not an array.");
    }
    List<Json> all = observations instanceof Json.Items(List<Json> values) ? values : List.of();
    if (all.isEmpty()) {
      return skipped("entity_without_observation", span);
    }
    String metadata = line.without(Map.of(), List.of("observations"));
    List<ImportItem> items = new ArrayList<>();
    for (Json observation : all) {
      Span here = new Span(span.start(), span.start());
      if (observation instanceof Json.Text(String said)) {
        Cleaner cleaner = new Cleaner();
        Draft draft = draft(name, name, cleaner.clean(said), metadata);
        boolean isSanitised = cleaner.hasReplaced() || line.isSanitised();
        items.add(records.item(draft, isSanitised, here));
      } else {
        String detail = "An observation is not a text.";
        items.add(Records.bad(RejectionReason.UNKNOWN_SHAPE, detail, here));
      }
    }
    return Records.closed(items, span);
  }

  private ImportItem relation(Fields line, Span span) throws UnusableException {
    String from = name(line, "from");
    String text = from + " " + name(line, "relationType") + " " + name(line, "to");
    Draft draft = draft(from, null, text, line.without(Map.of(), List.of()));
    return records.item(draft, line.isSanitised(), span);
  }

  private Draft draft(String session, @Nullable String subject, String text, String metadata) {
    return new Draft(
        MemoryKind.FACT,
        records.request().scope(),
        session,
        null,
        positions.take(session),
        text,
        subject,
        records.request().baseTime(),
        metadata);
  }

  private static String name(Fields line, String member) throws UnusableException {
    String name = line.name(member);
    if (name == null) {
      throw new UnusableException(RejectionReason.MISSING_NAME, "'" + member + "' is missing.");
    }
    return name;
  }

  private static List<ImportItem> skipped(String why, Span span) {
    return List.of(new ImportItem.Skipped(why, span.start(), span.end()));
  }
}
