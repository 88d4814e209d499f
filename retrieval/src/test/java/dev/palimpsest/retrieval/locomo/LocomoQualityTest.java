package dev.palimpsest.retrieval.locomo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.Budget;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.VectorFollower;
import dev.palimpsest.retrieval.hybrid.HybridRecall;
import dev.palimpsest.retrieval.hybrid.RecallLimits;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.retrieval.tree.Growth;
import dev.palimpsest.retrieval.tree.Router;
import dev.palimpsest.retrieval.tree.Strategy;
import dev.palimpsest.retrieval.tree.TreeRecall;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much of the evidence of LoCoMo's questions is found: {@code -Dpalimpsest.locomo=FILE} names
 * the development data, {@code -Dpalimpsest.locomo.vectors=FILE} where vectors are kept between
 * runs. All conversations are in one tenant, each in a project of its own. Computes nearly four
 * thousand vectors the first time.
 */
@EnabledIfSystemProperty(named = "palimpsest.locomo", matches = ".+")
final class LocomoQualityTest {
  private static final int K = 50;
  private static final double RRF_K = 60;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final TestClock clock = new TestClock();
  private final InMemoryMemory memory = new InMemoryMemory(clock, new CountingIds());
  private List<LocomoSet.Conversation> conversations;

  @BeforeEach
  void read() throws IOException {
    conversations = LocomoSet.read(Path.of(System.getProperty("palimpsest.locomo")));
    conversations.forEach(this::store);
  }

  @Test
  void harnessGivesThePublishedFloor() {
    Map<String, PlainBm25> indexes = new HashMap<>();
    List<Score> floor =
        ask((conversation, question) ->
            indexes
                .computeIfAbsent(conversation.id(), id -> new PlainBm25(conversation.turns()))
                .rank(question));
    System.out.println(Score.line("BM25 floor, analysis A", floor));
    assertEquals(997, floor.size());
    assertEquals(55.9, Score.mean(floor, s -> s.fraction(10)), 0.05);
    assertEquals(63.4, Score.mean(floor, s -> s.fraction(20)), 0.05);
  }

  @Test
  void fusedScoresFindMoreThanEitherAndThanFusedRanks(@TempDir Path folder) throws IOException {
    String vectors = System.getProperty("palimpsest.locomo.vectors", "target/locomo-vectors.bin");
    CachedEmbedder embedder = new CachedEmbedder(Path.of(vectors));
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      IndexFollower follower =
          new IndexFollower(memory.memories(), indexes, clock, Duration.ofSeconds(5));
      VectorFollower meaning = new VectorFollower(memory.memories(), memory.vectors(), embedder);
      while (follower.step() + meaning.step() > 0) {
        clock.advance(Duration.ofSeconds(1));
      }
      HybridRecall recall =
          new HybridRecall(
              memory.memories(), memory.vectors(), embedder, indexes, follower, RecallLimits.USUAL);
      List<Score> words = ask((c, q) -> ids(recall, c, q, RecallMode.LEXICAL, K));
      List<Score> dense = ask((c, q) -> ids(recall, c, q, RecallMode.DENSE, K));
      List<Score> ranks = ask((c, q) -> reciprocalRanks(recall, c, q));
      List<Score> both = ask((c, q) -> ids(recall, c, q, RecallMode.HYBRID, K));
      System.out.println(Score.line("words", words));
      System.out.println(Score.line("meaning", dense));
      System.out.println(Score.line("reciprocal ranks", ranks));
      System.out.println(Score.line("fused scores", both));
      printCategories(both);
      printRouted(recall, both);
      printTrees(new TreeRecall(recall, System::nanoTime));
      double found = Score.mean(both, s -> s.fraction(10));
      assertTrue(found >= 83, "frac@10 is " + found);
      assertTrue(found > Score.mean(ranks, s -> s.fraction(10)));
    }
  }

  /** Where questions that a tree is for go to one, alone and with all others. */
  private void printRouted(HybridRecall hybrid, List<Score> plain) {
    TreeRecall trees = new TreeRecall(hybrid, System::nanoTime);
    List<Score> routed =
        ask((c, q) -> ids(trees.recall(TenantId.DEFAULT, query(c, q, Router.route(q), K))));
    System.out.println(Score.line("routed", routed));
    System.out.println(Score.line("  sent to a tree", toTrees(routed)));
    System.out.println(Score.line("  the same, fused scores", toTrees(plain)));
  }

  private static List<Score> toTrees(List<Score> scores) {
    return scores.stream()
        .filter(score -> Router.route(score.question().text()) == RecallMode.MCTS)
        .toList();
  }

  /** Over the same actions, as many of them. */
  private void printTrees(TreeRecall trees) {
    Budget budget = new Budget(Budget.TIME_MAX, Integer.getInteger("rollouts", 24), 1 << 20);
    for (Strategy strategy : Strategy.values()) {
      List<Score> scores =
          ask((c, q) ->
              ids(
                  trees
                      .search(
                          TenantId.DEFAULT,
                          query(c, q, RecallMode.MCTS, K),
                          new Growth(budget, strategy, 1))
                      .recalled()));
      System.out.println(Score.line("search, " + strategy, scores));
      printCategories(scores);
    }
  }

  private static void printCategories(List<Score> scores) {
    List<Score> answerable =
        scores.stream().filter(score -> score.question().category() <= 4).toList();
    System.out.println(Score.line("  categories 1-4", answerable));
    for (int category = 1; category <= 5; category++) {
      int wanted = category;
      List<Score> of = scores.stream().filter(s -> s.question().category() == wanted).toList();
      System.out.println(Score.line("  category " + category, of));
    }
  }

  private List<Score> ask(BiFunction<LocomoSet.Conversation, String, List<String>> system) {
    List<Score> scores = new ArrayList<>();
    for (LocomoSet.Conversation conversation : conversations) {
      for (LocomoSet.Question question : conversation.questions()) {
        long begun = threads.getCurrentThreadCpuTime();
        List<String> ranking = system.apply(conversation, question.text());
        long nanos = threads.getCurrentThreadCpuTime() - begun;
        if (!question.evidence().isEmpty()) {
          scores.add(new Score(question, ranking, nanos));
        }
      }
    }
    return scores;
  }

  private static List<String> reciprocalRanks(
      HybridRecall recall, LocomoSet.Conversation conversation, String question) {
    Map<String, Double> scores = new HashMap<>();
    for (RecallMode mode : Set.of(RecallMode.LEXICAL, RecallMode.DENSE)) {
      List<String> ranking = ids(recall, conversation, question, mode, RecallQuery.K_MAX);
      for (int i = 0; i < ranking.size(); i++) {
        scores.merge(ranking.get(i), 1 / (RRF_K + i + 1), Double::sum);
      }
    }
    return scores.entrySet().stream()
        .sorted(
            Map.Entry.<String, Double>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static List<String> ids(
      HybridRecall recall,
      LocomoSet.Conversation conversation,
      String question,
      RecallMode mode,
      int k) {
    return ids(recall.recall(TenantId.DEFAULT, query(conversation, question, mode, k)));
  }

  private static RecallQuery query(
      LocomoSet.Conversation conversation, String question, RecallMode mode, int k) {
    MemoryFilter filter = MemoryFilter.of(new Scope(null, null, conversation.id()));
    return new RecallQuery(question, filter, k, mode);
  }

  private static List<String> ids(Recalled found) {
    return found.hits().stream()
        .map(hit -> String.valueOf(hit.memory().origin().recordId()))
        .toList();
  }

  private void store(LocomoSet.Conversation conversation) {
    memory.memories().add(TenantId.DEFAULT, LocomoSet.memories(conversation));
  }
}
