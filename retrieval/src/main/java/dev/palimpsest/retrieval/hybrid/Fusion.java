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
import org.jspecify.annotations.Nullable;

/**
 * One score from many signals: each times its weight, and the score is their sum.
 *
 * <p>Scores are fused and not ranks: how far the best is ahead is what reciprocal-rank fusion
 * (Cormack and others 2009) throws away. Measured on LoCoMo's development data in {@code
 * LocomoQualityTest}, where the weights are learned too.
 */
final class Fusion {
  /** How far in a conversation one memory lends weight to another. */
  static final int REACH = 2;

  /** Above the average by so much, in standard deviations, before it lends any. */
  private static final double LEAST_LIFT = 0.5;

  private final FusionWeights weights;
  private final Scale words;
  private final Meaning meaning;
  private final Set<String> asked;

  /** A candidate with its score. */
  record Ranked(Candidate candidate, double score, Shares shares) {}

  /**
   * Prepares one question.
   *
   * @param words how BM25 is spread over the candidates
   * @param asked the question's words, in lower case
   */
  Fusion(FusionWeights weights, Scale words, Meaning meaning, Set<String> asked) {
    this.weights = weights;
    this.words = words;
    this.meaning = meaning;
    this.asked = asked;
  }

  /** Meaning and half of words, less their average: what makes a neighbour worth looking at. */
  double lift(Candidate candidate) {
    double own = words.share(candidate.words()) / 2 + meaning.share(candidate);
    return Math.max(0, own - words.middle() / 2 - meaning.middle() - LEAST_LIFT);
  }

  /** All candidates, best first, equal ones by id. */
  List<Ranked> rank(Collection<Candidate> candidates) {
    List<Ranked> ranked = new ArrayList<>(candidates.size());
    signals(candidates)
        .forEach((candidate, signals) -> {
          Shares shares = signals.weighed(weights);
          ranked.add(new Ranked(candidate, shares.total(), shares));
        });
    ranked.sort(
        Comparator.comparingDouble(Ranked::score)
            .reversed()
            .thenComparing(r -> r.candidate().id().value()));
    return ranked;
  }

  /** What speaks for each. */
  Map<Candidate, Signals> signals(Collection<Candidate> candidates) {
    Map<Place, Neighbour> places = new HashMap<>();
    Map<String, Best> conversations = new HashMap<>();
    for (Candidate candidate : candidates) {
      Best best = new Best(candidate.id(), lift(candidate));
      Place place = candidate.place();
      if (place != null) {
        places.merge(place, new Neighbour(best, candidate.asks()), Neighbour::better);
        conversations.merge(place.conversation(), best, Best::of);
      }
    }
    Set<String> named = named(candidates);
    Map<Candidate, Signals> signals = new HashMap<>();
    for (Candidate candidate : candidates) {
      signals.put(candidate, signals(candidate, places, conversations, named));
    }
    return signals;
  }

  /** What belongs to no conversation is one of its own, so that neither kind is put behind. */
  private Signals signals(
      Candidate candidate,
      Map<Place, Neighbour> places,
      Map<String, Best> conversations,
      Set<String> named) {
    Place place = candidate.place();
    Best own = new Best(candidate.id(), lift(candidate));
    Best session = place == null ? own : conversations.getOrDefault(place.conversation(), own);
    String speaker = candidate.speaker();
    Neighbour previous = at(places, place, -1);
    return new Signals(
        words.share(candidate.words()),
        meaning.share(candidate),
        previous.asks ? previous.best : Best.NONE,
        at(places, place, 1).best,
        at(places, place, -REACH).best,
        at(places, place, REACH).best,
        speaker != null && named.contains(speaker) ? 1 : 0,
        session,
        candidate.asks() ? 1 : 0);
  }

  private static Neighbour at(Map<Place, Neighbour> places, @Nullable Place place, int step) {
    return place == null ? Neighbour.NONE : places.getOrDefault(place.moved(step), Neighbour.NONE);
  }

  /** What stands at a place; of two that claim it, the better one. */
  private record Neighbour(Best best, boolean asks) {
    static final Neighbour NONE = new Neighbour(Best.NONE, false);

    Neighbour better(Neighbour other) {
      return Best.of(best, other.best).equals(best) ? this : other;
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
}
