package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors.Near;
import dev.palimpsest.retrieval.hybrid.Fusion.Ranked;
import dev.palimpsest.retrieval.index.Entry;
import dev.palimpsest.retrieval.index.Entry.Place;
import dev.palimpsest.retrieval.index.IndexView;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is compared for one question: the best by words, the nearest by meaning, and whatever stands
 * beside the most promising of them. All of it is within the filter of the view.
 */
final class Candidates {
  /** How many have their neighbours looked up. */
  private static final int PROMISING = 50;

  private final IndexView view;
  private final int limit;
  private final Map<MemoryId, Entry> entries = new LinkedHashMap<>();
  private final Map<MemoryId, Near> nearest = new LinkedHashMap<>();
  private double[] scores = {};

  /**
   * Of one view.
   *
   * @param limit of each kind
   */
  Candidates(IndexView view, int limit) {
    this.view = view;
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

  List<Ranked> ranked(String question) {
    Scale words = Scale.of(scores, 0, Math.min(limit, view.size()));
    double[] cosines = nearest.values().stream().mapToDouble(Near::cosine).toArray();
    double least = cosines.length == 0 ? 0 : cosines[cosines.length - 1];
    Scale meaning = Scale.of(cosines, least, cosines.length);
    Fusion fusion = new Fusion(words, meaning, new HashSet<>(IndexView.wordsOf(question)));
    Map<MemoryId, Candidate> candidates = new HashMap<>();
    entries.values().forEach(entry -> candidates.put(entry.id(), candidate(entry)));
    nearest.values().forEach(near -> candidates.computeIfAbsent(near.id(), id -> unread(near)));
    addNeighbours(candidates, fusion);
    return fusion.rank(candidates.values());
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
      for (int step = 1; step <= Fusion.reach(); step++) {
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
