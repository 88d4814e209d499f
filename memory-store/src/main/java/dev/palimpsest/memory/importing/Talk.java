package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation of a format without times and without a name: what is said in it happens at the
 * base time plus its position. Used by one thread.
 */
final class Talk {
  private static final String SESSION = "conversation";
  private static final int PLACES_MAX = 100_000;

  private final Records records;
  private final Map<String, Long> places = new HashMap<>();
  private long said;

  Talk(Records records) {
    this.records = records;
  }

  /** The next of what is said. */
  ImportItem item(Said next, Span span) {
    long position = next instanceof Said.Words words ? position(words.id()) : said;
    return item(records, next, new Place(SESSION, position), span);
  }

  /** Something said at a place. */
  static ImportItem item(Records records, Said said, Place place, Span span) {
    return switch (said) {
      case Said.Aside(String why) -> new ImportItem.Skipped(why, span.start(), span.end());
      case Said.Wrong(UnusableException why) -> Records.bad(why.reason(), why.detail(), span);
      case Said.Words words ->
          records.item(
              new Draft(
                  MemoryKind.EPISODE,
                  records.request().scope(),
                  place.session,
                  words.id(),
                  place.position,
                  words.text(),
                  words.speaker(),
                  records.timeAt(place.position),
                  words.metadata()),
              words.isSanitised(),
              span);
    };
  }

  /** What comes again under its id stands, and happens, where it came first. */
  private long position(@Nullable String id) {
    long next = said++;
    if (id == null || (places.size() == PLACES_MAX && !places.containsKey(id))) {
      return next;
    }
    Long known = places.putIfAbsent(id, next);
    return known == null ? next : known;
  }

  /** Where in which conversation, from 0. */
  record Place(String session, long position) {}
}
