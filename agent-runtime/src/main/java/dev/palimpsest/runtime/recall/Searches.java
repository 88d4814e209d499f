package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.EmbeddingSpace;
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
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.LateEmbedder;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way to ask memory: passes questions on once the store was reached, asks by words alone while
 * there is no embedder, and takes the time.
 */
public final class Searches implements Recall {
  private final Function<Embedder, TreeRecall> recalls;
  private final TreeRecall words;
  private final ConcurrentMap<String, TreeRecall> bySpace = new ConcurrentHashMap<>();
  private final StoreLink store;
  private final Embedders embedders;
  private final TenantSpaces spaces;
  private final Following following;
  private final InstantSource clock;
  private final RecallObserver observer;

  /**
   * Takes whoever answers.
   *
   * @param recalls makes what asks by an embedder's vectors, in its space alone
   */
  public Searches(
      Function<Embedder, TreeRecall> recalls,
      StoreLink store,
      TenantSpaces spaces,
      Following following,
      InstantSource clock,
      RecallObserver observer) {
    this.recalls = recalls;
    this.store = store;
    this.spaces = spaces;
    this.embedders = spaces.embedders();
    this.words = recalls.apply(new LateEmbedder(embedders.standard(), embedders.standardSpace()));
    this.following = following;
    this.clock = clock;
    this.observer = observer;
  }

  /**
   * Finds memories, by meaning in the space that is active when the question comes; a question for
   * both words and meaning is asked of words alone where meaning cannot be asked. While the
   * embedder loads, the answer is said to lag.
   *
   * @throws ModelException for a question for meaning alone without an embedder
   */
  @Override
  public Recalled recall(TenantId tenant, RecallQuery query) {
    return search(tenant, query, Growth.USUAL, null).recalled();
  }

  /**
   * The same, and tells how it went.
   *
   * @param growth of a search in a tree
   * @param space of the tenant's that is asked instead of the active one; null for that one
   */
  public TreeRecalled search(
      TenantId tenant, RecallQuery query, Growth growth, @Nullable String space) {
    store.requireConnected();
    following.wake();
    Instant begun = clock.instant();
    TreeRecalled found = ask(tenant, query, growth, space);
    observer.searched(
        query.mode(), Duration.between(begun, clock.instant()), found.recalled().isLagging());
    return found;
  }

  /** Whether questions for meaning can be answered now, in this space or the active one. */
  public boolean knowsMeaning(TenantId tenant, @Nullable String space) {
    return embedders.find(space == null ? spaces.searched(tenant) : space).isPresent();
  }

  /** The tenant's spaces. */
  public TenantSpaces spaces() {
    return spaces;
  }

  private TreeRecalled ask(
      TenantId tenant, RecallQuery query, Growth growth, @Nullable String space) {
    if (query.mode() == RecallMode.LEXICAL) {
      return plain(byWords(tenant, query));
    }
    String asked = space == null ? spaces.searched(tenant) : space;
    if (query.mode() == RecallMode.DENSE) {
      return plain(in(asked).recall(tenant, query));
    }
    if (embedders.find(asked).isPresent()) {
      TreeRecall recall = in(asked);
      try {
        return query.mode() == RecallMode.MCTS
            ? recall.search(tenant, query, growth)
            : plain(recall.recall(tenant, query));
      } catch (ModelException e) {
        return plain(lagging(byWords(tenant, query)));
      }
    }
    Recalled found = byWords(tenant, query);
    return plain(embedders.mayServe(asked) ? lagging(found) : found);
  }

  /**
   * What asks in a space: the vectors of questions and of memories are of one embedder, whichever
   * is active meanwhile.
   *
   * @throws ModelException without its embedder
   */
  private TreeRecall in(String space) {
    return embedders
        .find(space)
        .flatMap(slot -> slot.find().map(embedder -> asking(slot, embedder.space())))
        .orElseThrow(() -> new ModelException("There is no embedding model yet.", null));
  }

  private TreeRecall asking(EmbedderSlot slot, EmbeddingSpace space) {
    return bySpace.computeIfAbsent(space.id(), id -> recalls.apply(new LateEmbedder(slot, space)));
  }

  /** Of a search without a tree: one node, with what it found. */
  private static TreeRecalled plain(Recalled found) {
    List<MemoryId> evidence = found.hits().stream().map(hit -> hit.memory().id()).toList();
    Trace.Node root = new Trace.Node(0, null, null, 1, 1, 0, 0, evidence, 0);
    return new TreeRecalled(found, new Trace(Trace.Verdict.PLAIN, List.of(root), 0));
  }

  private Recalled byWords(TenantId tenant, RecallQuery query) {
    return words.recall(
        tenant, new RecallQuery(query.text(), query.filter(), query.k(), RecallMode.LEXICAL));
  }

  private static Recalled lagging(Recalled found) {
    return new Recalled(found.hits(), found.searchedUpTo(), true);
  }
}
