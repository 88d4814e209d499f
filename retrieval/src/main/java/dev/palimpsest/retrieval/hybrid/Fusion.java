package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.retrieval.index.Entry.Place;
import dev.palimpsest.retrieval.index.IndexView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
 * LocomoQualityTest}. The weights are round numbers on a plateau, chosen by hand there.
 */
final class Fusion {
  /** For a neighbour at distance 1 and 2. */
  private static final double[] NEIGHBOUR_WEIGHTS = {0.4, 0.15};

  private static final double SPEAKER_WEIGHT = 1;
  private static final double SESSION_WEIGHT = 0.4;

  private final Scale words;
  private final Scale meaning;
  private final Set<String> asked;

  /** A candidate with its score. */
  record Ranked(Candidate candidate, double score, Shares shares) {}

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
        places.merge(place, best, Best::of);
        conversations.merge(place.conversation(), best, Best::of);
      }
    }
    Set<String> named = named(candidates);
    List<Ranked> ranked = new ArrayList<>(candidates.size());
    for (Candidate candidate : candidates) {
      Shares shares = shares(candidate, places, conversations, named);
      ranked.add(new Ranked(candidate, shares.total(), shares));
    }
    ranked.sort(
        Comparator.comparingDouble(Ranked::score)
            .reversed()
            .thenComparing(r -> r.candidate().id().value()));
    return ranked;
  }

  /** What belongs to no conversation is one of its own, so that neither kind is put behind. */
  private Shares shares(
      Candidate candidate,
      Map<Place, Best> places,
      Map<String, Best> conversations,
      Set<String> named) {
    Place place = candidate.place();
    Best own = new Best(candidate.id(), lift(candidate));
    Best best = place == null ? own : conversations.getOrDefault(place.conversation(), own);
    String speaker = candidate.speaker();
    return new Shares(
        wordShare(candidate),
        meaningShare(candidate),
        place == null ? Best.NONE : neighbours(place, places),
        speaker != null && named.contains(speaker) ? SPEAKER_WEIGHT : 0,
        new Best(best.id(), SESSION_WEIGHT * best.lift()));
  }

  /** Their weighted sum, under the name of the strongest. */
  private static Best neighbours(Place place, Map<Place, Best> places) {
    double sum = 0;
    Best strongest = Best.NONE;
    for (int distance = 1; distance <= NEIGHBOUR_WEIGHTS.length; distance++) {
      for (int step = -distance; step <= distance; step += 2 * distance) {
        Best neighbour = places.get(place.moved(step));
        if (neighbour != null) {
          sum += NEIGHBOUR_WEIGHTS[distance - 1] * neighbour.lift();
          strongest = strongest.id() == null ? neighbour : Best.of(strongest, neighbour);
        }
      }
    }
    return new Best(strongest.id(), sum);
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
}
