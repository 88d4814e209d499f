package dev.palimpsest.memory.importing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One conversation of an export, oldest first, as items of the unit that it is. A turn without a
 * time takes that of the turn before it, else the conversation's; where there is none at all the
 * time stays unknown. Both is said in the metadata.
 *
 * @param id the session of its memories
 * @param begun when it began; null where that is not known
 */
record Conversation(String id, @Nullable Instant begun, List<Turn> turns) {
  /** Turns of one conversation at most. */
  static final int TURNS_MAX = 100_000;

  private static final Json TRUE = new Json.Plain("true");

  Conversation {
    turns = List.copyOf(turns);
  }

  /**
   * The items, of which the last closes the unit; one that was skipped where there are no turns.
   */
  List<ImportItem> items(Records records, Span span) {
    if (turns.isEmpty()) {
      return List.of(new ImportItem.Skipped("empty_conversation", span.start(), span.end()));
    }
    List<ImportItem> items = new ArrayList<>(turns.size());
    Instant now = begun;
    long position = 0;
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      Span place = i + 1 == turns.size() ? span : span.opening();
      now = time(turn, now);
      items.add(item(turn, now, position, records, place));
      position += turn instanceof Turn.Words ? 1 : 0;
    }
    return items;
  }

  private static @Nullable Instant time(Turn turn, @Nullable Instant before) {
    Instant own =
        switch (turn) {
          case Turn.Words words -> words.at();
          case Turn.Aside aside -> aside.at();
          case Turn.Wrong ignored -> null;
        };
    return own == null ? before : own;
  }

  private ImportItem item(
      Turn turn, @Nullable Instant at, long position, Records records, Span place) {
    return switch (turn) {
      case Turn.Aside aside -> new ImportItem.Skipped(aside.why(), place.start(), place.end());
      case Turn.Wrong(UnusableException why) -> Records.bad(why.reason(), why.detail(), place);
      case Turn.Words words ->
          records.item(
              new Draft(
                  words.kind(),
                  records.request().scope(),
                  id,
                  words.id(),
                  position,
                  words.text(),
                  words.speaker(),
                  at,
                  about(words, at)),
              words.isSanitised(),
              place);
    };
  }

  private static String about(Turn.Words words, @Nullable Instant at) {
    Map<String, Json> about = new LinkedHashMap<>(words.about());
    if (at == null) {
      about.put("time_unknown", TRUE);
    } else if (words.at() == null) {
      about.put("time_inherited", TRUE);
    }
    return Fields.object(about);
  }
}
