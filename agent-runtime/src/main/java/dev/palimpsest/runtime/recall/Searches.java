package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.tree.Growth;
import dev.palimpsest.retrieval.tree.Trace;
import dev.palimpsest.retrieval.tree.TreeRecall;
import dev.palimpsest.retrieval.tree.TreeRecalled;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * The way to ask memory: passes questions on once the store was reached, asks by words alone while
 * there is no embedder, and takes the time.
 */
public final class Searches implements Recall {
  private final TreeRecall recall;
  private final StoreLink store;
  private final EmbedderSlot embedders;
  private final Following following;
  private final InstantSource clock;
  private final RecallObserver observer;

  /** Takes whoever answers. */
  public Searches(
      TreeRecall recall,
      StoreLink store,
      EmbedderSlot embedders,
      Following following,
      InstantSource clock,
      RecallObserver observer) {
    this.recall = recall;
    this.store = store;
    this.embedders = embedders;
    this.following = following;
    this.clock = clock;
    this.observer = observer;
  }

  /**
   * Finds memories; a question for both words and meaning is asked of words alone where meaning
   * cannot be asked. While the embedder loads, the answer is said to lag.
   *
   * @throws ModelException for a question for meaning alone without an embedder
   */
  @Override
  public Recalled recall(TenantId tenant, RecallQuery query) {
    return search(tenant, query, Growth.USUAL).recalled();
  }

  /**
   * The same, and tells how it went.
   *
   * @param growth of a search in a tree
   */
  public TreeRecalled search(TenantId tenant, RecallQuery query, Growth growth) {
    store.requireConnected();
    following.wake();
    Instant begun = clock.instant();
    TreeRecalled found = ask(tenant, query, growth);
    observer.searched(
        query.mode(), Duration.between(begun, clock.instant()), found.recalled().isLagging());
    return found;
  }

  /** Whether questions for meaning can be answered now. */
  public boolean knowsMeaning() {
    return embedders.find().isPresent();
  }

  private TreeRecalled ask(TenantId tenant, RecallQuery query, Growth growth) {
    boolean asksBoth = query.mode() == RecallMode.HYBRID || query.mode() == RecallMode.MCTS;
    if (!asksBoth) {
      return plain(recall.recall(tenant, query));
    }
    if (knowsMeaning()) {
      try {
        return query.mode() == RecallMode.MCTS
            ? recall.search(tenant, query, growth)
            : plain(recall.recall(tenant, query));
      } catch (ModelException e) {
        return plain(lagging(byWords(tenant, query)));
      }
    }
    Recalled found = byWords(tenant, query);
    return plain(embedders.state() instanceof EmbedderSlot.State.Loading ? lagging(found) : found);
  }

  /** Of a search without a tree: one node, with what it found. */
  private static TreeRecalled plain(Recalled found) {
    List<MemoryId> evidence = found.hits().stream().map(hit -> hit.memory().id()).toList();
    Trace.Node root = new Trace.Node(0, null, null, 1, 1, 0, 0, evidence, 0);
    return new TreeRecalled(found, new Trace(Trace.Verdict.PLAIN, List.of(root), 0));
  }

  private Recalled byWords(TenantId tenant, RecallQuery query) {
    return recall.recall(
        tenant, new RecallQuery(query.text(), query.filter(), query.k(), RecallMode.LEXICAL));
  }

  private static Recalled lagging(Recalled found) {
    return new Recalled(found.hits(), found.searchedUpTo(), true);
  }
}
