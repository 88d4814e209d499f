package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.Scope;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Facts of Mem0. Of a list each element is a fact as it stands now; of a history each element is a
 * change, which makes a version of the fact, and a deletion ends the time for which it holds. What
 * the graph says is a fact about whom the relation begins with.
 */
final class Mem0Reader implements UnitReader {
  private static final List<String> OF_FACT =
      List.of("id", "memory", "text", "created_at", "metadata");
  private static final List<String> OF_EVENT =
      List.of("memory_id", "old_memory", "new_memory", "created_at", "updated_at");
  private static final int BEGINNINGS_MAX = 100_000;

  private final Records records;
  private final Map<String, Instant> beginnings = new HashMap<>();
  private long position;

  Mem0Reader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    try {
      if (Json.readElement(unit) instanceof Json.Members members) {
        return List.of(item(new Fields(members), unit.span()));
      }
      throw Fields.shape("It is not an object.");
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private ImportItem item(Fields element, Span span) throws UnusableException {
    if (element.has("memory_id")) {
      return event(element, span);
    }
    if (element.has("relationship")) {
      return relation(element, span);
    }
    if ("DELETE".equals(element.text("event"))) {
      return new ImportItem.Skipped("deleted_memory", span.start(), span.end());
    }
    return fact(element, span);
  }

  private ImportItem fact(Fields fact, Span span) throws UnusableException {
    String text = fact.needed(fact.has("memory") ? "memory" : "text");
    Instant created = time(fact, "created_at");
    Instant updated = time(fact, "updated_at");
    Instant until = time(fact, "expiration_date");
    Json given = fact.value("metadata");
    Map<String, Json> own = given instanceof Json.Members members ? members.values() : Map.of();
    String metadata = fact.without(own, OF_FACT);
    boolean isNewer = created != null && updated != null && updated.isAfter(created);
    Validity validity = Validity.between(isNewer ? updated : null, until);
    Draft draft = draft(fact, fact.id("id"), text, created, metadata);
    return records.item(draft, validity, fact.isSanitised(), span);
  }

  private ImportItem event(Fields event, Span span) throws UnusableException {
    String memory = event.id("memory_id");
    if (memory == null) {
      throw new UnusableException(RejectionReason.MISSING_NAME, "'memory_id' is blank.");
    }
    Instant updated = time(event, "updated_at");
    Instant at = updated == null ? time(event, "created_at") : updated;
    return switch (event.needed("event")) {
      case "ADD", "UPDATE" -> change(event, memory, at, span);
      case "DELETE" -> deletion(event, memory, at, span);
      default ->
          throw new UnusableException(RejectionReason.UNKNOWN_EVENT, "The event is not known.");
    };
  }

  private ImportItem change(Fields event, String memory, @Nullable Instant at, Span span)
      throws UnusableException {
    String text = event.needed("new_memory");
    if (at != null && (beginnings.size() < BEGINNINGS_MAX || beginnings.containsKey(memory))) {
      beginnings.put(memory, at);
    }
    Draft draft = draft(event, memory, text, at, event.without(Map.of(), OF_EVENT));
    return records.item(
        draft, Validity.between(at, null).asOneOfSeveral(), event.isSanitised(), span);
  }

  /** Ends what the last change began; Mem0 itself writes no time into a deletion. */
  private ImportItem deletion(Fields event, String memory, @Nullable Instant at, Span span)
      throws UnusableException {
    String text = event.needed("old_memory");
    Instant began = beginnings.get(memory);
    Instant base = at == null ? records.request().baseTime() : at;
    Instant end = base == null ? began : base;
    if (end == null) {
      throw new UnusableException(
          RejectionReason.MISSING_TIME, "It is not known when the memory was deleted.");
    }
    Draft draft = draft(event, memory, text, began, event.without(Map.of(), OF_EVENT));
    return records.item(
        draft, Validity.between(began, end).asOneOfSeveral(), event.isSanitised(), span);
  }

  private ImportItem relation(Fields relation, Span span) throws UnusableException {
    String source = relation.needed("source");
    String target = relation.needed(relation.has("target") ? "target" : "destination");
    String text = source + " " + relation.needed("relationship") + " " + target;
    Draft draft = draft(relation, null, text, null, relation.without(Map.of(), List.of()));
    return records.item(draft, relation.isSanitised(), span);
  }

  private Draft draft(
      Fields of, @Nullable String id, String text, @Nullable Instant at, String metadata)
      throws UnusableException {
    String user = of.id("user_id");
    String agent = of.id("agent_id");
    Instant happenedAt = at == null ? records.request().baseTime() : at;
    return new Draft(
        MemoryKind.FACT,
        scope(user, agent),
        of.id("run_id"),
        id,
        position++,
        text,
        user == null ? agent : user,
        happenedAt,
        metadata);
  }

  private Scope scope(@Nullable String user, @Nullable String agent) throws UnusableException {
    Map<String, Json> own = new LinkedHashMap<>();
    if (user != null) {
      own.put("user", new Json.Text(user));
    }
    if (agent != null) {
      own.put("agent", new Json.Text(agent));
    }
    return Scopes.of(records.request().scope(), new Json.Members(own));
  }

  private static @Nullable Instant time(Fields of, String name) throws UnusableException {
    String written = of.text(name);
    if (written == null) {
      return null;
    }
    return Times.loose(written)
        .orElseThrow(() ->
            new UnusableException(RejectionReason.INVALID_TIME, "'" + name + "' is not a time."));
  }
}
