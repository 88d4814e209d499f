package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors.Near;
import dev.palimpsest.memory.TokenVectors;
import dev.palimpsest.retrieval.hybrid.Fusion.Ranked;
import dev.palimpsest.retrieval.index.Entry;
import dev.palimpsest.retrieval.index.Entry.Place;
import dev.palimpsest.retrieval.index.IndexView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is compared for one question: the best by words, the nearest by meaning, and whatever stands
 * beside the most promising of them. All of it is within the filter of the view. The best of these
 * are looked at token by token.
 */
final class Candidates {
  /** How many have their neighbours looked up. */
  private static final int PROMISING = 50;

  /** How many are looked at token by token; more did not find more on LoCoMo. */
  private static final int MATCHED = 120;

  private final IndexView view;
  private final FusionWeights weights;
  private final int limit;
  private final Map<MemoryId, Entry> entries = new LinkedHashMap<>();
  private final Map<MemoryId, Near> nearest = new LinkedHashMap<>();
  private double[] scores = {};

  /**
   * Of one view.
   *
   * @param limit of each kind
   */
  Candidates(IndexView view, FusionWeights weights, int limit) {
    this.view = view;
    this.weights = weights;
    this.limit = limit;
  }

  Candidates withWords() {
    List<Entry> best = view.best(limit);
    scores = best.stream().mapToDouble(Entry::words).toArray();
    best.forEach(entry -> entries.put(entry.id(), entry));
    return this;
  }

  Candidates withMeaning(List<Near> found) {
    found.forEach(near -> nearest.put(near.id(), near));
    Set<MemoryId> unread = new LinkedHashSet<>(nearest.keySet());
    unread.removeAll(entries.keySet());
    view.of(unread).forEach(entry -> entries.put(entry.id(), entry));
    return this;
  }

  /** What they are and how they are weighed. */
  record Weighed(Collection<Candidate> candidates, Fusion fusion) {
    List<Ranked> ranked() {
      return fusion.rank(candidates);
    }

    /** Others, weighed as if they had been among them. */
    List<Ranked> ranked(List<Candidate> others) {
      List<Candidate> all = new ArrayList<>(candidates);
      all.addAll(others);
      Set<MemoryId> wanted = new HashSet<>();
      others.forEach(other -> wanted.add(other.id()));
      return fusion.rank(all).stream().filter(r -> wanted.contains(r.candidate().id())).toList();
    }
  }

  /**
   * Weighs them, the most promising by their tokens.
   *
   * @param tokens finds the tokens of versions
   */
  Weighed weighed(
      TokenMatch match, Function<Map<MemoryId, Integer>, Map<MemoryId, TokenVectors>> tokens) {
    Scale words = Scale.of(scores, 0, Math.min(limit, view.size()));
    double[] cosines = nearest.values().stream().mapToDouble(Near::cosine).toArray();
    double least = cosines.length == 0 ? 0 : cosines[cosines.length - 1];
    Scale spread = Scale.of(cosines, least, cosines.length);
    Set<String> asked = new HashSet<>();
    view.asked().forEach(word -> asked.add(word.word()));
    Fusion fusion = new Fusion(weights, words, new Meaning(spread, null), asked);
    Map<MemoryId, Candidate> candidates = new LinkedHashMap<>();
    entries.values().forEach(entry -> candidates.put(entry.id(), candidate(entry)));
    nearest.values().forEach(near -> candidates.computeIfAbsent(near.id(), id -> unread(near)));
    addNeighbours(candidates, fusion);
    Weighed byVectors = new Weighed(candidates.values(), fusion);
    if (match.isEmpty()) {
      return byVectors;
    }
    Scale matches = match(match, tokens, byVectors.ranked(), candidates);
    return matches.deviation() == 0
        ? byVectors
        : new Weighed(
            candidates.values(), new Fusion(weights, words, new Meaning(spread, matches), asked));
  }

  /** Those that are not looked at count as the worst that is. */
  private static Scale match(
      TokenMatch match,
      Function<Map<MemoryId, Integer>, Map<MemoryId, TokenVectors>> tokens,
      List<Ranked> ranked,
      Map<MemoryId, Candidate> candidates) {
    Map<MemoryId, Integer> wanted = new LinkedHashMap<>();
    ranked.stream()
        .limit(MATCHED)
        .map(Ranked::candidate)
        .forEach(candidate -> wanted.put(candidate.id(), candidate.version()));
    Map<MemoryId, Double> found = new HashMap<>();
    tokens.apply(wanted).forEach((id, vectors) -> found.put(id, match.of(vectors)));
    double[] matches =
        wanted.keySet().stream().filter(found::containsKey).mapToDouble(found::get).toArray();
    double least = matches.length == 0 ? 0 : Arrays.stream(matches).min().orElse(0);
    candidates.replaceAll((id, candidate) -> {
      Double own = found.get(id);
      return own == null && wanted.containsKey(id)
          ? candidate
          : candidate.withTokens(own == null ? least : own);
    });
    return Scale.of(matches, least, matches.length);
  }

  private void addNeighbours(Map<MemoryId, Candidate> candidates, Fusion fusion) {
    List<Candidate> promising =
        candidates.values().stream()
            .filter(candidate -> candidate.place() != null)
            .sorted(
                Comparator.comparingDouble(fusion::lift)
                    .reversed()
                    .thenComparing(candidate -> candidate.id().value()))
            .limit(PROMISING)
            .toList();
    Set<Place> taken = new HashSet<>();
    candidates.values().forEach(candidate -> add(taken, candidate.place(), 0));
    Set<Place> beside = new LinkedHashSet<>();
    for (Candidate candidate : promising) {
      for (int step = 1; step <= Fusion.REACH; step++) {
        add(beside, candidate.place(), step);
        add(beside, candidate.place(), -step);
      }
    }
    beside.removeAll(taken);
    view.at(beside).forEach(entry -> candidates.putIfAbsent(entry.id(), candidate(entry)));
  }

  private static void add(Set<Place> places, @Nullable Place place, int step) {
    if (place != null) {
      places.add(place.moved(step));
    }
  }

  private Candidate candidate(Entry entry) {
    Near near = nearest.get(entry.id());
    return Candidate.of(entry, near == null ? null : Double.valueOf(near.cosine()));
  }

  private static Candidate unread(Near near) {
    return Candidate.unread(near.id(), near.version(), near.cosine());
  }
}
