package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.hybrid.HybridRecall;
import dev.palimpsest.retrieval.hybrid.Inquiry;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Other questions to the same memories, each asked once. One thread. */
final class Questions {
  private static final int READ = 6;
  private static final int ANSWERS = 20;
  private static final int CHARACTERS_PER_TOKEN = 4;

  private final HybridRecall recall;
  private final TenantId tenant;
  private final RecallQuery first;
  private final Map<String, Found> asked = new HashMap<>();
  private int tokensRead;

  /**
   * What was found.
   *
   * @param shares of a softmax over all that was, of the first {@link #ANSWERS}, best first
   * @param texts of the first {@link #READ}, best first
   */
  record Found(Map<MemoryId, Double> shares, Map<MemoryId, Memory> texts) {
    static final Found NOTHING = new Found(Map.of(), Map.of());
  }

  /** To those that the first question may see. */
  Questions(HybridRecall recall, TenantId tenant, RecallQuery first) {
    this.recall = recall;
    this.tenant = tenant;
    this.first = first;
  }

  /** Of texts, about. */
  int tokensRead() {
    return tokensRead;
  }

  Found ask(String question) {
    Found known = asked.get(question);
    if (known == null) {
      known = search(question);
      asked.put(question, known);
    }
    return known;
  }

  private Found search(String question) {
    RecallQuery other = new RecallQuery(question, first.filter(), first.k(), RecallMode.HYBRID);
    Optional<Inquiry> opened = recall.inquire(tenant, other);
    if (opened.isEmpty()) {
      return Found.NOTHING;
    }
    try (Inquiry open = opened.get()) {
      Map<MemoryId, Double> shares = Softmax.first(open.scores(), ANSWERS);
      List<MemoryId> ids = shares.keySet().stream().limit(READ).toList();
      Map<MemoryId, Memory> texts = new LinkedHashMap<>();
      for (Memory memory : open.read(ids)) {
        texts.put(memory.id(), memory);
        tokensRead += Math.ceilDiv(memory.text().length(), CHARACTERS_PER_TOKEN);
      }
      return new Found(shares, texts);
    }
  }
}
