package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.EntityKind;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.retrieval.Budget;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.consolidation.NameSpelling;
import dev.palimpsest.retrieval.tree.Growth;
import dev.palimpsest.retrieval.tree.Strategy;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.Times;
import jakarta.ws.rs.core.MultivaluedMap;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads which memories are asked for, from a query string or from the body of a search. */
final class MemoryQueries {
  private static final int K_DEFAULT = 10;
  private static final int SPACE_CHARACTERS_MAX = 63;

  private MemoryQueries() {}

  /**
   * A search.
   *
   * @param maxTokens texts of all hits together, estimated; null: no limit
   * @param explains whether scores are explained
   * @param growth of a search in a tree
   * @param space that is asked instead of the active one; null: that one
   */
  record Search(
      RecallQuery query,
      @Nullable Integer maxTokens,
      boolean explains,
      Growth growth,
      @Nullable String space) {}

  /** The filter of a list; {@code kind} may stand several times or hold several by comma. */
  static MemoryFilter list(MultivaluedMap<String, String> query, Caller caller) {
    return new MemoryFilter(
        scope(query, caller),
        kinds(query.getOrDefault("kind", List.of())),
        text(query, "session"),
        text(query, "source"),
        text(query, "speaker"),
        read(query, "happened_from", Times::parse),
        read(query, "happened_to", Times::parse),
        read(query, "label_min", word -> Names.read(word, Label.class)),
        asOf(query),
        read(query, "valid_at", Times::parse));
  }

  /** Which entities are listed. */
  static Entities.Filter entities(MultivaluedMap<String, String> query, Caller caller) {
    return new Entities.Filter(
        scope(query, caller),
        read(query, "kind", word -> Names.read(word, EntityKind.class)),
        read(query, "name", MemoryQueries::name));
  }

  private static EntityName name(String text) {
    return NameSpelling.of(text)
        .orElseThrow(() -> new IllegalArgumentException("is no name, or too long for one"));
  }

  /** Where a page of entities begins. */
  static @Nullable EntityId afterEntity(MultivaluedMap<String, String> query) {
    return read(query, "after", EntityId::new);
  }

  private static Scope scope(MultivaluedMap<String, String> query, Caller caller) {
    Scope scope =
        value(
            "scope",
            "",
            none -> new Scope(text(query, "user"), text(query, "agent"), text(query, "project")));
    return SessionRequests.bound(scope, caller);
  }

  /** The moment whose knowledge is asked for. */
  static @Nullable Instant asOf(MultivaluedMap<String, String> query) {
    return read(query, "as_of", Times::parse);
  }

  /** Whom the memories are to name; null: anybody or nobody. */
  static @Nullable EntityId entity(MultivaluedMap<String, String> query) {
    return read(query, "entity", EntityId::new);
  }

  /** Where a page begins. */
  static @Nullable String after(MultivaluedMap<String, String> query) {
    return read(query, "after", text -> new MemoryId(text).value());
  }

  /** A search, with the caller's user where the key is bound to one. */
  static Search search(Fields fields, Caller caller) {
    String query = fields.requiredText("query", RecallQuery.TEXT_CHARACTERS_MAX);
    if (query.isBlank() && fields.isGood("query")) {
      fields.refuse("query", "is blank");
    }
    Scope scope = SessionRequests.scope(fields);
    Integer k = fields.wholeNumber("k", 1, RecallQuery.K_MAX);
    Integer maxTokens = fields.wholeNumber("max_tokens", 1, Integer.MAX_VALUE);
    RecallMode mode = mode(fields);
    MemoryFilter filter = filter(fields, SessionRequests.bound(scope, caller));
    boolean explains = fields.flag("explain");
    Budget budget = budget(fields);
    Strategy strategy = fields.word("strategy", Strategy.class);
    Long seed = fields.wholeNumber("seed");
    String space = fields.text("space", SPACE_CHARACTERS_MAX);
    fields.refuseOthers();
    fields.check();
    return new Search(
        new RecallQuery(query, filter, k == null ? K_DEFAULT : k, mode),
        maxTokens,
        explains,
        new Growth(budget, strategy == null ? Strategy.TREE : strategy, seed == null ? 0 : seed),
        space);
  }

  /** What is named alone limits alone: a number of rollouts is reached whatever time it takes. */
  private static Budget budget(Fields fields) {
    Fields budget = fields.object("budget");
    if (budget == null) {
      return Budget.USUAL;
    }
    Integer millis = budget.wholeNumber("ms", 1, (int) Budget.TIME_MAX.toMillis());
    Integer tokens = budget.wholeNumber("tokens", 0, Integer.MAX_VALUE);
    Integer rollouts = budget.wholeNumber("rollouts", 0, Budget.ROLLOUTS_MAX);
    budget.refuseOthers();
    Duration time = rollouts == null ? Budget.USUAL.time() : Budget.TIME_MAX;
    int most = millis == null ? Budget.USUAL.rollouts() : Budget.ROLLOUTS_MAX;
    return new Budget(
        millis == null ? time : Duration.ofMillis(millis),
        rollouts == null ? most : rollouts,
        tokens == null ? Integer.MAX_VALUE : tokens);
  }

  private static RecallMode mode(Fields fields) {
    RecallMode read = fields.word("mode", RecallMode.class);
    return read == null ? RecallMode.HYBRID : read;
  }

  private static MemoryFilter filter(Fields fields, Scope scope) {
    Instant asOf = fields.time("as_of");
    Instant validAt = fields.time("valid_at");
    Fields filters = fields.object("filters");
    if (filters == null) {
      return new MemoryFilter(
          scope, MemoryFilter.SEARCHED, null, null, null, null, null, null, asOf, validAt);
    }
    Set<MemoryKind> kinds = kinds(filters);
    MemoryFilter filter =
        new MemoryFilter(
            scope,
            kinds.isEmpty() ? MemoryFilter.SEARCHED : kinds,
            filters.text("session", Origin.CHARACTERS_MAX),
            filters.text("source", Origin.CHARACTERS_MAX),
            filters.text("speaker", Origin.CHARACTERS_MAX),
            filters.time("happened_from"),
            filters.time("happened_to"),
            filters.word("label_min", Label.class),
            asOf,
            validAt);
    filters.refuseOthers();
    return filter;
  }

  private static Set<MemoryKind> kinds(Fields filters) {
    Set<MemoryKind> kinds = EnumSet.noneOf(MemoryKind.class);
    if (!filters.isArray("kind")) {
      MemoryKind one = filters.word("kind", MemoryKind.class);
      return one == null ? kinds : EnumSet.of(one);
    }
    for (JsonNode element : filters.elements("kind")) {
      String word = element.isTextual() ? element.textValue() : element.toString();
      MemoryKind kind = filters.checked("kind", () -> Names.read(word, MemoryKind.class));
      if (kind != null) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  private static Set<MemoryKind> kinds(List<String> words) {
    Set<MemoryKind> kinds = EnumSet.noneOf(MemoryKind.class);
    for (String list : words) {
      for (String word : list.split(",", -1)) {
        kinds.add(value("kind", word, text -> Names.read(text, MemoryKind.class)));
      }
    }
    return kinds;
  }

  private static @Nullable String text(MultivaluedMap<String, String> query, String name) {
    return read(query, name, text -> StorableText.require(name, text, Origin.CHARACTERS_MAX));
  }

  private static <T> @Nullable T read(
      MultivaluedMap<String, String> query, String name, Function<String, T> reader) {
    String text = query.getFirst(name);
    return text == null ? null : value(name, text, reader);
  }

  private static <T> T value(String name, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw Paging.invalid(name, String.valueOf(e.getMessage()));
    }
  }
}
