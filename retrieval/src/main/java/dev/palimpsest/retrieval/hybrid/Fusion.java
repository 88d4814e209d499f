package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.Explanation.Part;
import dev.palimpsest.retrieval.index.Entry.Place;
import dev.palimpsest.retrieval.index.IndexView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One score from five signals, each a share that is never negative; the score is their sum.
 *
 * <ul>
 *   <li>{@code words}: BM25, in standard deviations.
 *   <li>{@code meaning}: cosine, in standard deviations.
 *   <li>{@code neighbour}: what stands one or two places away in the conversation and is itself
 *       better than the average candidate. An answer often lacks the words of its question, which
 *       was asked just before it.
 *   <li>{@code speaker}: the question names who said it.
 *   <li>{@code session}: the best of its conversation.
 * </ul>
 *
 * <p>Scores are fused and not ranks: how far the best is ahead is what reciprocal-rank fusion
 * (Cormack and others 2009) throws away. Measured on LoCoMo's development data in {@code
 * LocomoQualityTest}. The weights are round numbers on a plateau, not fitted.
 */
final class Fusion {
  /** The signal of BM25. */
  static final String WORDS = "words";

  /** The signal of cosines. */
  static final String MEANING = "meaning";

  /** For a neighbour at distance 1 and 2. */
  private static final double[] NEIGHBOUR_WEIGHTS = {0.4, 0.15};

  private static final double SPEAKER_WEIGHT = 1;
  private static final double SESSION_WEIGHT = 0.4;

  private final Scale words;
  private final Scale meaning;
  private final Set<String> asked;

  /** A candidate with its score. */
  record Ranked(Candidate candidate, double score, List<Part> parts) {}

  /** A candidate's better-than-average part, and where it comes from. */
  private record Best(MemoryId id, double lift) {}

  /**
   * Prepares one question.
   *
   * @param words how BM25 is spread over the candidates
   * @param meaning how cosines are
   * @param asked the question's words, in lower case
   */
  Fusion(Scale words, Scale meaning, Set<String> asked) {
    this.words = words;
    this.meaning = meaning;
    this.asked = asked;
  }

  /** How far in a conversation one memory lends weight to another. */
  static int reach() {
    return NEIGHBOUR_WEIGHTS.length;
  }

  /** Words and meaning together, less their average: what makes a neighbour worth looking at. */
  double lift(Candidate candidate) {
    double own = wordShare(candidate) + meaningShare(candidate);
    return Math.max(0, own - words.middle() - meaning.middle());
  }

  /** All candidates, best first, equal ones by id. */
  List<Ranked> rank(Collection<Candidate> candidates) {
    Map<Place, Best> places = new HashMap<>();
    Map<String, Best> conversations = new HashMap<>();
    for (Candidate candidate : candidates) {
      Best best = new Best(candidate.id(), lift(candidate));
      Place place = candidate.place();
      if (place != null) {
        places.merge(place, best, Fusion::better);
        conversations.merge(place.conversation(), best, Fusion::better);
      }
    }
    Set<String> named = named(candidates);
    List<Ranked> ranked = new ArrayList<>(candidates.size());
    for (Candidate candidate : candidates) {
      List<Part> parts = new ArrayList<>();
      addOwn(parts, candidate, named);
      addNeighbours(parts, candidate.place(), places);
      addSession(parts, candidate, conversations);
      ranked.add(ranked(candidate, parts));
    }
    ranked.sort(
        Comparator.comparingDouble(Ranked::score)
            .reversed()
            .thenComparing(r -> r.candidate().id().value()));
    return ranked;
  }

  private static Ranked ranked(Candidate candidate, List<Part> parts) {
    parts.sort(Comparator.comparingDouble(Part::share).reversed());
    double score = 0;
    for (Part part : parts) {
      score += part.share();
    }
    return new Ranked(candidate, score, parts);
  }

  private void addOwn(List<Part> parts, Candidate candidate, Set<String> named) {
    add(parts, WORDS, wordShare(candidate), "BM25 " + rounded(candidate.words()));
    Double cosine = candidate.cosine();
    if (cosine != null) {
      add(parts, MEANING, meaningShare(candidate), "cosine " + rounded(cosine));
    }
    String speaker = candidate.speaker();
    if (speaker != null && named.contains(speaker)) {
      add(parts, "speaker", SPEAKER_WEIGHT, "the question names " + speaker);
    }
  }

  private static void addNeighbours(
      List<Part> parts, @Nullable Place place, Map<Place, Best> places) {
    if (place == null) {
      return;
    }
    double sum = 0;
    Best strongest = null;
    for (int distance = 1; distance <= NEIGHBOUR_WEIGHTS.length; distance++) {
      for (int step = -distance; step <= distance; step += 2 * distance) {
        Best neighbour = places.get(place.moved(step));
        if (neighbour != null) {
          sum += NEIGHBOUR_WEIGHTS[distance - 1] * neighbour.lift();
          strongest = strongest == null ? neighbour : better(strongest, neighbour);
        }
      }
    }
    if (strongest != null) {
      add(parts, "neighbour", sum, "stands near " + strongest.id());
    }
  }

  /** What belongs to no conversation is one of its own, so that neither kind is put behind. */
  private void addSession(List<Part> parts, Candidate candidate, Map<String, Best> conversations) {
    Place place = candidate.place();
    Best own = new Best(candidate.id(), lift(candidate));
    Best best = place == null ? own : conversations.getOrDefault(place.conversation(), own);
    add(parts, "session", SESSION_WEIGHT * best.lift(), "its best is " + best.id());
  }

  private static void add(List<Part> parts, String signal, double share, String detail) {
    if (share > 0) {
      parts.add(new Part(signal, share, detail));
    }
  }

  /** Speakers of whose name the question holds at least one word. */
  private Set<String> named(Collection<Candidate> candidates) {
    Set<String> named = new HashSet<>();
    for (Candidate candidate : candidates) {
      String speaker = candidate.speaker();
      if (speaker != null && !named.contains(speaker) && isNamed(speaker)) {
        named.add(speaker);
      }
    }
    return named;
  }

  private boolean isNamed(String speaker) {
    for (String part : IndexView.wordsOf(speaker)) {
      if (asked.contains(part)) {
        return true;
      }
    }
    return false;
  }

  private double wordShare(Candidate candidate) {
    return words.share(candidate.words());
  }

  private double meaningShare(Candidate candidate) {
    Double cosine = candidate.cosine();
    return cosine == null ? 0 : meaning.share(cosine);
  }

  /** Of equal ones the one with the smaller id, so that the order of candidates does not show. */
  private static Best better(Best a, Best b) {
    int order = Double.compare(a.lift(), b.lift());
    return order > 0 || (order == 0 && a.id().value().compareTo(b.id().value()) <= 0) ? a : b;
  }

  private static String rounded(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
