package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.retrieval.Hit;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.tree.Router;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Performs {@link Step.Recall}: asks memory with the user's own words, within the session's scope,
 * in a tree where that finds more, and leaves out what the model would read twice: what it sees
 * anyway, and all but the last time that somebody said the same. A memory that cannot be asked is
 * no reason not to answer: the event says so and the turn goes on.
 */
final class TurnRecall {
  /** Memories that are recalled at most; a share of the window decides how many are read. */
  static final int MEMORIES_MAX = 12;

  /** Memories that are looked at for them. */
  private static final int LOOKED_AT = 40;

  private static final String AWAY = "Memory does not answer; the turn goes on without it.";

  private final Recall recall;
  private final InstantSource clock;

  TurnRecall(Recall recall, InstantSource clock) {
    this.recall = recall;
    this.clock = clock;
  }

  /**
   * Looks up.
   *
   * @param inSight what the model reads anyway
   */
  TurnEvent.Recalled recall(TenantId tenant, Session session, Question question, Sight inSight) {
    Instant begun = clock.instant();
    String query = query(question.words());
    if (query.isBlank()) {
      return new TurnEvent.Recalled(query, List.of(), 0, false, 0, null);
    }
    try {
      Recalled recalled =
          recall.recall(
              tenant,
              new RecallQuery(
                  query,
                  MemoryFilter.searched(session.scope(), question.asOf()),
                  LOOKED_AT,
                  question.choice() == RecallChoice.MCTS ? RecallMode.MCTS : Router.route(query)));
      return new TurnEvent.Recalled(
          query,
          worthReading(recalled.hits(), query, inSight),
          recalled.searchedUpTo(),
          recalled.isLagging(),
          millisSince(begun),
          null);
    } catch (MemoryStoreException e) {
      return nothing(query, begun);
    }
  }

  /**
   * What is asked of memory.
   *
   * @param words what the user said
   * @param choice how, other than not at all
   * @param asOf as it was known then; null: as it is known now
   */
  record Question(String words, RecallChoice choice, @Nullable Instant asOf) {}

  /**
   * What the model reads without memory.
   *
   * @param turns of this session
   * @param given texts that the client brought along, without the space around them
   */
  record Sight(Set<TurnId> turns, Set<String> given) {
    /** Nothing. */
    static final Sight NONE = new Sight(Set.of(), Set.of());

    Sight {
      turns = Set.copyOf(turns);
      given = Set.copyOf(given);
    }
  }

  /** What is recalled where memory could not be asked. */
  TurnEvent.Recalled nothing(String words, Instant begun) {
    return new TurnEvent.Recalled(query(words), List.of(), 0, false, millisSince(begun), AWAY);
  }

  /** Whether a memory was said in one of these turns, of which another session may be a fork. */
  static boolean isSaidIn(Memory memory, Set<TurnId> turns) {
    Origin origin = memory.origin();
    String record = origin.recordId();
    return origin.source().equals(Origin.OF_SESSIONS)
        && record != null
        && turns.stream().anyMatch(turn -> record.startsWith(turn + "/"));
  }

  private static List<TurnEvent.Recalled.Found> worthReading(
      List<Hit> hits, String query, Sight inSight) {
    List<String> said =
        hits.stream().map(Hit::memory).filter(m -> !isOfAssistant(m)).map(Memory::text).toList();
    return hits.stream()
        .filter(hit -> !hit.memory().text().strip().equalsIgnoreCase(query.strip()))
        .filter(hit -> !isSaidIn(hit.memory(), inSight.turns()))
        .filter(hit -> !inSight.given().contains(hit.memory().text().strip()))
        .filter(hit ->
            !isOfAssistant(hit.memory()) || !Repetition.isOnlyRepeating(hit.memory().text(), said))
        .collect(
            Collectors.toMap(
                hit -> new Words(hit.memory()),
                Function.identity(),
                TurnRecall::later,
                LinkedHashMap::new))
        .values()
        .stream()
        .limit(MEMORIES_MAX)
        .map(hit ->
            new TurnEvent.Recalled.Found(hit.memory().id(), hit.memory().version(), hit.score()))
        .toList();
  }

  /** The same words of the same speaker say something new only by when they were said last. */
  private record Words(@Nullable String speaker, String text) {
    Words(Memory memory) {
      this(memory.content().speaker(), memory.text().strip());
    }
  }

  /** The memory of what was said last, with the score of the better one. */
  private static Hit later(Hit better, Hit other) {
    Instant then = better.memory().content().happenedAt();
    Instant now = other.memory().content().happenedAt();
    return now != null && (then == null || now.isAfter(then))
        ? new Hit(other.memory(), better.score(), better.explanation())
        : better;
  }

  private static boolean isOfAssistant(Memory memory) {
    return Remembering.ASSISTANT.equals(memory.content().speaker());
  }

  /** The end of a long text says better what is asked than its beginning. */
  private static String query(String words) {
    int most = RecallQuery.TEXT_CHARACTERS_MAX;
    if (words.length() <= most) {
      return words;
    }
    String end = words.substring(words.length() - most);
    return Character.isLowSurrogate(end.charAt(0)) ? end.substring(1) : end;
  }

  /** A clock may be set back. */
  private long millisSince(Instant begun) {
    return Math.max(0, Duration.between(begun, clock.instant()).toMillis());
  }
}
