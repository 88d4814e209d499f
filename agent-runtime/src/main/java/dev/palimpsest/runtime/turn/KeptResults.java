package dev.palimpsest.runtime.turn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads on in what tools answered at length in a session. The log holds it whole; what a turn
 * answered that rests on something revoked is not read any more. Safe for many threads; throws
 * {@link dev.palimpsest.memory.MemoryStoreException} when the store is away.
 */
final class KeptResults {
  /** Of a text so much is read at once, in UTF-16 units. */
  static final int PART_CHARACTERS = 4096;

  /** Around a place that is found so much is read, before it and behind it. */
  private static final int AROUND_CHARACTERS = 300;

  private static final int PLACES_MAX = 5;
  private static final int LISTED_MAX = 20;
  private static final int ARGUMENTS_SHOWN = 100;
  private static final int PAGE = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final StoreLink store;
  private final TurnMemories memories;

  KeptResults(StoreLink store) {
    this.store = store;
    this.memories = new TurnMemories(store);
  }

  /** What is read, or why nothing is. */
  record Part(boolean isError, String text) {}

  /**
   * Reads a part, finds places, or says what there is.
   *
   * @param turn in which it is asked, whose own answers may be read too
   * @param lastEvent number of the session's newest event
   * @param arguments {@code handle}, {@code offset} and {@code query}, each of which may be absent
   */
  Part read(SessionKey session, TurnId turn, long lastEvent, String arguments) {
    JsonNode asked = tree(arguments);
    List<ToolUse> kept = kept(session, turn, lastEvent);
    String handle = asked.path("handle").asText("");
    if (handle.isEmpty()) {
      return new Part(false, listed(kept));
    }
    String query = StorableText.sanitised(asked.path("query").asText("")).strip();
    return kept.stream()
        .filter(use -> use.handle().equals(handle))
        .findFirst()
        .map(KeptResults::text)
        .map(text ->
            query.isEmpty() ? from(text, asked.path("offset").asLong(0)) : places(text, query))
        .orElseGet(() -> new Part(true, "There is no such answer. " + listed(kept)));
  }

  /** Answers that were cut, oldest first. */
  private List<ToolUse> kept(SessionKey session, TurnId turn, long lastEvent) {
    List<LoggedEvent> events = new ArrayList<>();
    long after = Math.max(0, lastEvent - Conversation.EVENTS_MAX);
    while (after < lastEvent) {
      List<LoggedEvent> page =
          store.sessions().read(session.tenant(), session.session(), after, PAGE);
      if (page.isEmpty()) {
        break;
      }
      events.addAll(page);
      after = page.getLast().number();
    }
    Set<TurnId> readable =
        Stream.concat(
                Stream.of(turn),
                memories.unrevoked(session, Exchange.before(Long.MAX_VALUE, events)).stream()
                    .map(Exchange::turn))
            .collect(Collectors.toSet());
    return uses(events, readable).stream()
        .filter(use -> text(use).length() > 0 && Objects.requireNonNull(use.answered()).isCut())
        .toList();
  }

  private static List<ToolUse> uses(List<LoggedEvent> events, Set<TurnId> turns) {
    Map<TurnId, ToolUse> open = new HashMap<>();
    List<ToolUse> uses = new ArrayList<>();
    for (LoggedEvent logged : events) {
      if (logged.event() instanceof TurnEvent.ToolCalled called && turns.contains(logged.turn())) {
        open.put(logged.turn(), ToolUse.of(called, logged));
      } else if (logged.event() instanceof TurnEvent.ToolAnswered answered) {
        ToolUse use = open.remove(logged.turn());
        if (use != null && !use.called().tool().equals(Tool.BuiltIn.RESULT_READ.calledName())) {
          uses.add(use.with(answered));
        }
      }
    }
    return uses;
  }

  private static String text(ToolUse use) {
    return Objects.requireNonNull(use.answered()).text();
  }

  private static String listed(List<ToolUse> kept) {
    if (kept.isEmpty()) {
      return "No answer of a tool was cut.";
    }
    return kept.reversed().stream()
        .limit(LISTED_MAX)
        .map(use -> {
          String arguments = use.called().arguments();
          return "%s: %s %s, %d characters"
              .formatted(
                  use.handle(),
                  use.called().tool(),
                  whole(arguments, 0, ARGUMENTS_SHOWN),
                  text(use).length());
        })
        .collect(Collectors.joining("\n"));
  }

  private static Part from(String text, long offset) {
    if (offset < 0 || offset >= text.length()) {
      return new Part(true, "The offset is 0 to " + (text.length() - 1) + ".");
    }
    String part = whole(text, (int) offset, (int) offset + PART_CHARACTERS);
    return new Part(
        false,
        "[%d to %d of %d characters]\n%s"
            .formatted(offset, offset + part.length(), text.length(), part));
  }

  /** The places of the whole query, or where there are none those of its words. */
  private static Part places(String text, String query) {
    String folded = text.toLowerCase(Locale.ROOT);
    String wanted = query.toLowerCase(Locale.ROOT);
    List<Integer> places = places(folded, List.of(wanted), text.length());
    if (places.isEmpty()) {
      places = places(folded, List.of(wanted.split("\\s+")), text.length());
    }
    if (places.isEmpty()) {
      return new Part(false, "Nothing of that stands in it.");
    }
    return new Part(
        false,
        places.stream()
            .map(place -> {
              int start = Math.max(0, place - AROUND_CHARACTERS);
              return "[at %d]\n%s".formatted(place, whole(text, start, place + AROUND_CHARACTERS));
            })
            .collect(Collectors.joining("\n")));
  }

  /**
   * Places that are not in sight of the one before. A few texts change their length when folded.
   */
  private static List<Integer> places(String folded, List<String> wanted, int length) {
    List<Integer> places = new ArrayList<>();
    for (String one : wanted) {
      int at = folded.indexOf(one);
      while (at >= 0 && at < length && places.size() < PLACES_MAX) {
        places.add(at);
        at = folded.indexOf(one, at + AROUND_CHARACTERS);
      }
    }
    return places.stream().sorted().toList();
  }

  /** A part of a text that cuts no character in two. */
  private static String whole(String text, int from, int to) {
    int start = from > 0 && from < text.length() && isBetween(text, from) ? from + 1 : from;
    int end = Math.min(to, text.length());
    return text.substring(start, end < text.length() && isBetween(text, end) ? end - 1 : end);
  }

  private static boolean isBetween(String text, int at) {
    return Character.isLowSurrogate(text.charAt(at))
        && Character.isHighSurrogate(text.charAt(at - 1));
  }

  private static JsonNode tree(String arguments) {
    try {
      return JSON.readTree(arguments);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a call without a problem has JSON for arguments", e);
    }
  }
}
