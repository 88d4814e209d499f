package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.MemoryVectors.Near;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TokenVectors;
import dev.palimpsest.retrieval.Hit;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.hybrid.Candidates.Weighed;
import dev.palimpsest.retrieval.hybrid.Freshness.Seen;
import dev.palimpsest.retrieval.hybrid.Fusion.Ranked;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.IndexView;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Recall by words, by meaning, or by both. The same question to the same memories gets the same
 * answer. What is scored comes from the filter alone; what is returned comes from the store and is
 * held against the filter once more, since the indexes may be a moment behind it.
 */
public final class HybridRecall implements Recall {
  private final MemoryStore store;
  private final MemoryVectors vectors;
  private final Embedder embedder;
  private final MemoryIndexes indexes;
  private final RecallLimits limits;
  private final Freshness freshness;
  private final FusionWeights weights = FusionWeights.shipped();

  /**
   * Over these memories.
   *
   * @param follower of {@code indexes}; somebody has it step
   */
  public HybridRecall(
      MemoryStore store,
      MemoryVectors vectors,
      Embedder embedder,
      MemoryIndexes indexes,
      IndexFollower follower,
      RecallLimits limits) {
    this.store = store;
    this.vectors = vectors;
    this.embedder = embedder;
    this.indexes = indexes;
    this.limits = limits;
    this.freshness = new Freshness(store, vectors, indexes, follower);
  }

  @Override
  public Recalled recall(TenantId tenant, RecallQuery query) {
    Seen seen = freshness.await(tenant, query.mode(), embedder.space(), limits.patience());
    Optional<IndexView> view = indexes.view(tenant, query.text(), query.filter());
    if (view.isEmpty()) {
      return new Recalled(List.of(), seen.upTo(), seen.isLagging());
    }
    try (IndexView open = view.get()) {
      List<Found> ranked =
          switch (query.mode()) {
            case LEXICAL -> byWords(open, query);
            case DENSE ->
                byMeaning(nearest(tenant, query, embedder.read(query.text()).whole(), query.k()));
            case HYBRID, MCTS -> byBoth(open, tenant, query);
          };
      return new Recalled(hits(open, tenant, query, ranked), seen.upTo(), seen.isLagging());
    }
  }

  private static List<Found> byWords(IndexView view, RecallQuery query) {
    return view.best(query.k()).stream()
        .map(entry -> Candidate.of(entry, null))
        .map(candidate ->
            new Found(
                candidate.id(), candidate.words(), matched -> Shares.ofWords(candidate, matched)))
        .toList();
  }

  private static List<Found> byMeaning(List<Near> nearest) {
    return nearest.stream()
        .map(
            near -> new Found(near.id(), near.cosine(), matched -> Shares.ofMeaning(near.cosine())))
        .toList();
  }

  private List<Found> byBoth(IndexView view, TenantId tenant, RecallQuery query) {
    return weighed(view, tenant, query).ranked().stream().map(HybridRecall::found).toList();
  }

  /** What a question for words and meaning is answered from. */
  Weighed weighed(IndexView view, TenantId tenant, RecallQuery query) {
    return weighed(view, tenant, query, match(view, query.text()));
  }

  private Weighed weighed(IndexView view, TenantId tenant, RecallQuery query, TokenMatch match) {
    int limit = Math.max(limits.candidates(), query.k());
    Embedding whole = embedder.read(query.text()).whole();
    return new Candidates(view, weights, limit)
        .withWords()
        .withMeaning(nearest(tenant, query, whole, limit))
        .weighed(match, wanted -> tokens(tenant, wanted));
  }

  private TokenMatch match(IndexView view, String question) {
    return TokenMatch.of(embedder.read(question), view.asked());
  }

  /** What is known of the tokens of versions. */
  Map<MemoryId, TokenVectors> tokens(TenantId tenant, Map<MemoryId, Integer> wanted) {
    return vectors.tokens(tenant, embedder.space(), wanted);
  }

  /**
   * Begins to answer a question by words and meaning; empty where there is nothing to find. Waits
   * as {@link #recall} does.
   */
  public Optional<Inquiry> inquire(TenantId tenant, RecallQuery query) {
    Seen seen = freshness.await(tenant, RecallMode.HYBRID, embedder.space(), limits.patience());
    return view(tenant, query.text(), query.filter())
        .map(view -> opened(view, seen, tenant, query));
  }

  private Inquiry opened(IndexView view, Seen seen, TenantId tenant, RecallQuery query) {
    boolean isOpen = false;
    try {
      TokenMatch match = match(view, query.text());
      Inquiry inquiry =
          new Inquiry(
              this,
              view,
              new Inquiry.Asked(tenant, query, seen),
              match,
              weighed(view, tenant, query, match));
      isOpen = true;
      return inquiry;
    } finally {
      if (!isOpen) {
        view.close();
      }
    }
  }

  /** A view of another question. */
  Optional<IndexView> view(TenantId tenant, String question, MemoryFilter filter) {
    return indexes.view(tenant, question, filter);
  }

  /** The nearest by meaning. */
  List<Near> nearest(TenantId tenant, RecallQuery query, int limit) {
    return nearest(tenant, query, embedder.read(query.text()).whole(), limit);
  }

  static Found found(Ranked ranked) {
    Candidate candidate = ranked.candidate();
    return new Found(
        candidate.id(), ranked.score(), matched -> ranked.shares().explain(candidate, matched));
  }

  private List<Near> nearest(TenantId tenant, RecallQuery query, Embedding question, int limit) {
    return vectors.nearest(tenant, embedder.space(), question, query.filter(), limit);
  }

  /** The best k that the store still has as the filter wants them. */
  List<Hit> hits(IndexView view, TenantId tenant, RecallQuery query, List<Found> ranked) {
    List<Hit> hits = new ArrayList<>();
    int from = 0;
    while (hits.size() < query.k() && from < ranked.size()) {
      int to = Math.min(ranked.size(), from + query.k() - hits.size());
      List<Found> share = ranked.subList(from, to);
      List<MemoryId> ids = share.stream().map(Found::id).toList();
      Map<MemoryId, Memory> memories = memories(tenant, ids, query.filter());
      Map<MemoryId, List<String>> matched = view.matched(ids);
      for (Found found : share) {
        Memory memory = memories.get(found.id());
        if (memory != null) {
          List<String> words = matched.getOrDefault(found.id(), List.of());
          hits.add(new Hit(memory, found.score(), found.explanation().apply(words)));
        }
      }
      from = to;
    }
    return hits;
  }

  Map<MemoryId, Memory> memories(TenantId tenant, List<MemoryId> ids, MemoryFilter filter) {
    List<Memory> found = new ArrayList<>();
    if (filter.asOf() == null) {
      found.addAll(store.findAll(tenant, ids));
    } else {
      ids.forEach(id -> store.find(tenant, id, filter.asOf()).ifPresent(found::add));
    }
    Map<MemoryId, Memory> admitted = new HashMap<>();
    found.stream().filter(filter::admits).forEach(memory -> admitted.put(memory.id(), memory));
    return admitted;
  }
}
