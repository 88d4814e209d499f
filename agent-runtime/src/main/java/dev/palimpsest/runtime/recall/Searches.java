package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The way to ask memory: passes questions on once the store was reached, asks by words alone while
 * there is no embedder, and takes the time.
 */
public final class Searches implements Recall {
  private final Recall recall;
  private final StoreLink store;
  private final EmbedderSlot embedders;
  private final Following following;
  private final InstantSource clock;
  private final RecallObserver observer;

  /** Takes whoever answers. */
  public Searches(
      Recall recall,
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
    store.requireConnected();
    following.wake();
    Instant begun = clock.instant();
    Recalled found = ask(tenant, query);
    observer.searched(query.mode(), Duration.between(begun, clock.instant()), found.isLagging());
    return found;
  }

  /** Whether questions for meaning can be answered now. */
  public boolean knowsMeaning() {
    return embedders.find().isPresent();
  }

  private Recalled ask(TenantId tenant, RecallQuery query) {
    if (query.mode() != RecallMode.HYBRID) {
      return recall.recall(tenant, query);
    }
    if (knowsMeaning()) {
      try {
        return recall.recall(tenant, query);
      } catch (ModelException e) {
        return lagging(byWords(tenant, query));
      }
    }
    Recalled found = byWords(tenant, query);
    return embedders.state() instanceof EmbedderSlot.State.Loading ? lagging(found) : found;
  }

  private Recalled byWords(TenantId tenant, RecallQuery query) {
    return recall.recall(
        tenant, new RecallQuery(query.text(), query.filter(), query.k(), RecallMode.LEXICAL));
  }

  private static Recalled lagging(Recalled found) {
    return new Recalled(found.hits(), found.searchedUpTo(), true);
  }
}
