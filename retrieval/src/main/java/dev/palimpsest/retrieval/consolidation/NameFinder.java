package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.EntityKind;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.Mention;
import dev.palimpsest.memory.Named;
import dev.palimpsest.retrieval.tree.CapitalWord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the names in a memory by rules: its speaker, and words in capitals one after the other. A
 * word that begins a sentence is sure to be a name only where other words of the text say so. Pure:
 * the same memory has the same names. English.
 */
final class NameFinder {
  /** How much of a text is read, in UTF-16 units. */
  static final int READ_MAX = 20_000;

  /** Names that are kept of a memory. */
  static final int NAMES_MAX = 100;

  /** A longer row of capitals is a title of something. */
  private static final int WORDS_MAX = 4;

  /** Who speaks where nobody is named. */
  private static final Set<String> ROLES =
      Set.of(
          "user",
          "assistant",
          "system",
          "tool",
          "human",
          "ai",
          "bot",
          "model",
          "unknown",
          "me",
          "you",
          "i");

  /** Words between those of one name. */
  private static final Set<String> PARTICLES =
      Set.of("van", "von", "de", "da", "di", "del", "der", "den", "la", "le");

  private static final int PARTICLES_MAX = 2;
  private static final Comparator<Mention> SAYS_MORE =
      Comparator.comparing(Mention::isSure).thenComparing(Mention::kind);

  private final Memory memory;
  private final String text;
  private final Map<String, Mention> found = new LinkedHashMap<>();

  private NameFinder(Memory memory) {
    this.memory = memory;
    this.text = memory.text().substring(0, Math.min(memory.text().length(), READ_MAX));
  }

  /** The names in a memory. */
  static Named in(Memory memory) {
    return new NameFinder(memory).find();
  }

  private Named find() {
    EntityName speaker = speaker();
    List<List<CapitalWord>> rows = rows();
    Set<String> sure =
        rows.stream()
            .map(List::getFirst)
            .filter(word -> !isDoubtful(word))
            .map(CapitalWord::text)
            .collect(Collectors.toSet());
    if (speaker != null) {
      sure.add(firstWord(speaker.text()));
    }
    rows.forEach(row -> add(row, sure));
    List<Named.Alias> aliases = new ArrayList<>();
    for (AliasWords.Said said : AliasWords.in(text)) {
      EntityName of = said.of() == null ? speaker : stated(said.of());
      EntityName alias = stated(said.alias());
      if (of != null && alias != null && !of.key().equals(alias.key())) {
        aliases.add(new Named.Alias(of, alias, said.span()));
      }
    }
    return new Named(
        memory.versionId(), memory.scope(), List.copyOf(found.values()), kept(aliases));
  }

  private List<Named.Alias> kept(List<Named.Alias> aliases) {
    return aliases.stream()
        .filter(one -> found.containsKey(one.of().key()) && found.containsKey(one.alias().key()))
        .toList();
  }

  private @Nullable EntityName speaker() {
    String who = memory.content().speaker();
    if (who == null || who.isBlank() || ROLES.contains(who.strip().toLowerCase(Locale.ROOT))) {
      return null;
    }
    int start = who.indexOf(who.strip());
    Optional<EntityName> name = NameSpelling.of(who.strip());
    name.ifPresent(one ->
        add(
            new Mention(
                one,
                Mention.Field.SPEAKER,
                new MadeOf.Span(start, start + one.text().length()),
                EntityKind.PERSON,
                true)));
    return name.orElse(null);
  }

  private static String firstWord(String name) {
    return name.split("\\s", 2)[0];
  }

  /** Words in capitals of which nothing but a space or a particle is between one and the next. */
  private List<List<CapitalWord>> rows() {
    List<List<CapitalWord>> rows = new ArrayList<>();
    CapitalWord last = null;
    for (CapitalWord word : CapitalWord.in(text)) {
      if (last == null || !isJoined(text.substring(last.end(), word.start()))) {
        rows.add(new ArrayList<>());
      }
      rows.getLast().add(word);
      last = word;
    }
    return rows;
  }

  private static boolean isJoined(String between) {
    if (between.equals(" ")) {
      return true;
    }
    if (!between.startsWith(" ") || !between.endsWith(" ")) {
      return false;
    }
    String[] words = between.strip().split(" ", -1);
    return words.length <= PARTICLES_MAX && PARTICLES.containsAll(List.of(words));
  }

  private void add(List<CapitalWord> row, Set<String> sure) {
    List<CapitalWord> words = NameCues.withoutTitle(row);
    if (words.isEmpty() || words.size() > WORDS_MAX) {
      return;
    }
    CapitalWord first = words.getFirst();
    NameCues.Cue cue = NameCues.around(text, first.start(), words.getLast().end());
    boolean isSure =
        words.size() < row.size()
            || !isDoubtful(first)
            || cue.isSure()
            || sure.contains(first.text());
    EntityKind kind = words.size() < row.size() ? EntityKind.PERSON : cue.kind();
    add(words, kind, isSure);
    if (!isSure && words.size() > 1 && !isDoubtful(words.get(1))) {
      add(words.subList(1, words.size()), EntityKind.UNKNOWN, true);
    }
  }

  /** Also at the beginning of a line, and all in capitals, which is how people shout. */
  private boolean isDoubtful(CapitalWord word) {
    return word.beginsSentence()
        || NameCues.beginsLine(text, word.start())
        || word.text().equals(word.text().toUpperCase(Locale.ROOT));
  }

  private void add(List<CapitalWord> words, EntityKind kind, boolean isSure) {
    add(words.getFirst().start(), words.getLast().end(), kind, isSure);
  }

  private @Nullable EntityName add(int start, int end, EntityKind kind, boolean isSure) {
    Optional<EntityName> name = NameSpelling.of(text.substring(start, end));
    name.ifPresent(one ->
        add(
            new Mention(
                one,
                Mention.Field.TEXT,
                new MadeOf.Span(start, end),
                isSure ? kind : EntityKind.UNKNOWN,
                isSure)));
    return name.orElse(null);
  }

  /** Whoever is said to have another name is sure to have one. */
  private @Nullable EntityName stated(MadeOf.Span span) {
    return add(span.start(), span.end(), EntityKind.UNKNOWN, true);
  }

  /** Where a name stands more than once, the place that says most is kept, the first of these. */
  private void add(Mention mention) {
    Mention known = found.get(mention.name().key());
    if (known == null) {
      if (found.size() < NAMES_MAX) {
        found.put(mention.name().key(), mention);
      }
    } else if (SAYS_MORE.compare(mention, known) > 0) {
      found.put(mention.name().key(), mention);
    }
  }
}
