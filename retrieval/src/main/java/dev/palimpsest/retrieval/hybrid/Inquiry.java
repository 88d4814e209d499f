package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors.Near;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TokenVectors;
import dev.palimpsest.retrieval.Explanation;
import dev.palimpsest.retrieval.Explanation.Part;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.hybrid.Candidates.Weighed;
import dev.palimpsest.retrieval.hybrid.Freshness.Seen;
import dev.palimpsest.retrieval.hybrid.Fusion.Ranked;
import dev.palimpsest.retrieval.index.Entry;
import dev.palimpsest.retrieval.index.Entry.Place;
import dev.palimpsest.retrieval.index.IndexView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A question that is being answered, of which more can be asked on the way. Whatever else is found
 * is weighed by the first question, as all that came before. Never leaves the question's filter.
 * For one thread, which closes it.
 */
public final class Inquiry implements AutoCloseable {
  /** A token of the question counts as covered from this cosine on, and not at all up to that. */
  private static final double COVERED_FROM = 0.6;

  private static final double COVERED_AT = 0.95;

  private final HybridRecall recall;
  private final IndexView view;
  private final Asked asked;
  private final TokenMatch match;
  private final Weighed weighed;
  private final Map<MemoryId, Ranked> known = new LinkedHashMap<>();
  private final Map<MemoryId, double[]> covers = new HashMap<>();

  /**
   * What was asked.
   *
   * @param seen how far its answer sees
   */
  record Asked(TenantId tenant, RecallQuery query, Seen seen) {}

  Inquiry(HybridRecall recall, IndexView view, Asked asked, TokenMatch match, Weighed weighed) {
    this.recall = recall;
    this.view = view;
    this.asked = asked;
    this.match = match;
    this.weighed = weighed;
    weighed.ranked().forEach(ranked -> known.put(ranked.candidate().id(), ranked));
  }

  /** What is known by now and how well it answers the question, best first. */
  public Map<MemoryId, Double> scores() {
    Map<MemoryId, Double> scores = new LinkedHashMap<>();
    known.forEach((id, ranked) -> scores.put(id, ranked.score()));
    return scores;
  }

  /** Has these weighed, too; known from now on, where the view holds them. */
  public void know(List<MemoryId> ids) {
    included(ids);
  }

  /** The best for other words, best first; known from now on. */
  public List<MemoryId> byWords(String text, MemoryFilter filter, int limit) {
    Optional<IndexView> other = recall.view(asked.tenant(), text, filter);
    if (other.isEmpty()) {
      return List.of();
    }
    try (IndexView open = other.get()) {
      return included(open.best(limit).stream().map(Entry::id).toList());
    }
  }

  /** The nearest to another meaning, nearest first; known from now on. */
  public List<MemoryId> byMeaning(String text, MemoryFilter filter, int limit) {
    RecallQuery other = new RecallQuery(text, filter, asked.query().k(), RecallMode.DENSE);
    return included(recall.nearest(asked.tenant(), other, limit).stream().map(Near::id).toList());
  }

  /** What was said just before and after; known from now on. */
  public List<MemoryId> beside(MemoryId id, int reach) {
    Ranked ranked = known.get(id);
    Place place = ranked == null ? null : ranked.candidate().place();
    if (place == null) {
      return List.of();
    }
    List<Place> places = new ArrayList<>();
    for (int step = 1; step <= reach; step++) {
      places.add(place.moved(step));
      places.add(place.moved(-step));
    }
    return included(view.at(places).stream().map(Entry::id).toList());
  }

  /** Texts of memories, as the filter admits them. */
  public List<Memory> read(Collection<MemoryId> ids) {
    Map<MemoryId, Memory> found =
        recall.memories(asked.tenant(), List.copyOf(ids), asked.query().filter());
    return ids.stream().filter(found::containsKey).map(found::get).toList();
  }

  /** What is asked for, by its parts: how much each weighs, together 1; empty where nothing is. */
  public double[] aspects() {
    return match.weights();
  }

  /** How well a memory covers each of {@link #aspects}, 0 to 1. */
  public Map<MemoryId, double[]> covers(Collection<MemoryId> ids) {
    Map<MemoryId, Integer> unread = new LinkedHashMap<>();
    for (MemoryId id : ids) {
      Ranked ranked = known.get(id);
      if (ranked != null && !covers.containsKey(id)) {
        unread.put(id, ranked.candidate().version());
      }
    }
    Map<MemoryId, TokenVectors> tokens =
        match.isEmpty() || unread.isEmpty() ? Map.of() : recall.tokens(asked.tenant(), unread);
    unread
        .keySet()
        .forEach(id -> covers.put(id, cover(tokens.getOrDefault(id, TokenVectors.NONE))));
    Map<MemoryId, double[]> wanted = new HashMap<>();
    ids.forEach(id -> wanted.put(id, covers.getOrDefault(id, new double[aspects().length])));
    return wanted;
  }

  /**
   * The answer: the best of what is known.
   *
   * @param lifts what else speaks for a memory, each told as a part of its explanation
   */
  public Recalled answer(Map<MemoryId, Part> lifts) {
    List<Found> found = new ArrayList<>();
    for (Ranked ranked : known.values()) {
      Part lift = lifts.get(ranked.candidate().id());
      found.add(
          lift == null ? HybridRecall.found(ranked) : lifted(HybridRecall.found(ranked), lift));
    }
    found.sort(
        Comparator.comparingDouble(Found::score).reversed().thenComparing(f -> f.id().value()));
    return new Recalled(
        recall.hits(view, asked.tenant(), asked.query(), found),
        asked.seen().upTo(),
        asked.seen().isLagging());
  }

  @Override
  public void close() {
    view.close();
  }

  private static Found lifted(Found found, Part lift) {
    return new Found(
        found.id(),
        found.score() + lift.share(),
        matched -> {
          List<Part> parts = new ArrayList<>(found.explanation().apply(matched).parts());
          parts.add(lift);
          parts.sort(Comparator.comparingDouble(Part::share).reversed());
          return new Explanation(parts);
        });
  }

  private static double[] scaled(double[] cosines) {
    double[] cover = new double[cosines.length];
    for (int i = 0; i < cover.length; i++) {
      cover[i] = Math.clamp((cosines[i] - COVERED_FROM) / (COVERED_AT - COVERED_FROM), 0.0, 1.0);
    }
    return cover;
  }

  private double[] cover(TokenVectors tokens) {
    return tokens.count() == 0 ? new double[aspects().length] : scaled(match.each(tokens));
  }

  /** Those of them that the view knows, in order. */
  private List<MemoryId> included(List<MemoryId> ids) {
    List<MemoryId> fresh = ids.stream().filter(id -> !known.containsKey(id)).toList();
    if (!fresh.isEmpty()) {
      List<Candidate> candidates =
          view.of(fresh).stream().map(entry -> Candidate.of(entry, null)).toList();
      Map<MemoryId, Integer> wanted = new LinkedHashMap<>();
      candidates.forEach(candidate -> wanted.put(candidate.id(), candidate.version()));
      Map<MemoryId, TokenVectors> tokens =
          match.isEmpty() || wanted.isEmpty() ? Map.of() : recall.tokens(asked.tenant(), wanted);
      List<Candidate> matched = candidates.stream().map(one -> matched(one, tokens)).toList();
      weighed.ranked(matched).forEach(ranked -> known.put(ranked.candidate().id(), ranked));
    }
    return ids.stream().filter(known::containsKey).toList();
  }

  private Candidate matched(Candidate candidate, Map<MemoryId, TokenVectors> tokens) {
    TokenVectors found = tokens.get(candidate.id());
    return found == null ? candidate : candidate.withTokens(match.of(found));
  }
}
