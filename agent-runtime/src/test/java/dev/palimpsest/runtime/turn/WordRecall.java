package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.Explanation;
import dev.palimpsest.retrieval.Hit;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Recall for tests: memories that share words with the question, the most words first. */
public final class WordRecall implements Recall {
  private final MemoryStore memories;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean away;
  private volatile boolean broken;

  public WordRecall(MemoryStore memories) {
    this.memories = memories;
  }

  /** From now on it does not answer, or does again. */
  void setAway(boolean isAway) {
    away = isAway;
  }

  /** From now on it fails in a way that nobody foresaw. */
  void breaks() {
    broken = true;
  }

  int asked() {
    return asked.get();
  }

  @Override
  public Recalled recall(TenantId tenant, RecallQuery query) {
    asked.incrementAndGet();
    if (away) {
      throw MemoryStoreException.noConnection("search", new SQLException("refused", "08001"));
    }
    if (broken) {
      throw new IllegalStateException("the index is torn");
    }
    List<Hit> hits =
        memories.list(tenant, query.filter(), Page.LIMIT_MAX, null).data().stream()
            .map(
                memory -> new Hit(memory, shared(query.text(), memory), new Explanation(List.of())))
            .filter(hit -> hit.score() > 0)
            .sorted(
                Comparator.comparing(Hit::score)
                    .reversed()
                    .thenComparing(hit -> hit.memory().id().value()))
            .limit(query.k())
            .toList();
    return new Recalled(hits, memories.lastChange(tenant), false);
  }

  private static double shared(String question, Memory memory) {
    Set<String> words = words(question);
    words.retainAll(words(memory.text()));
    return words.size();
  }

  private static Set<String> words(String text) {
    return new HashSet<>(
        Arrays.asList(
            text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", " ").strip().split(" ")));
  }
}
