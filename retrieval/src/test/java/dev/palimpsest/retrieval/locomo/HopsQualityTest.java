package dev.palimpsest.retrieval.locomo;

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
import dev.palimpsest.retrieval.tree.Strategy;
import dev.palimpsest.retrieval.tree.TreeRecall;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much of the evidence of questions over several facts is found: {@code -Dpalimpsest.hops=DIR}
 * names what {@code reader hops} wrote, {@code -Dpalimpsest.hops.vectors=FILE} where vectors are
 * kept between runs, {@code -Dpalimpsest.hops.conversations=N} how many of the conversations.
 */
@EnabledIfSystemProperty(named = "palimpsest.hops", matches = ".+")
final class HopsQualityTest {
  private static final int K = 50;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final TestClock clock = new TestClock();
  private final InMemoryMemory memory = new InMemoryMemory(clock, new CountingIds());

  @Test
  void aTreeFindsWhatHangsOnWhatIsFound(@TempDir Path folder) throws IOException {
    List<LocomoSet.Conversation> conversations =
        HopsSet.read(Path.of(System.getProperty("palimpsest.hops"))).stream()
            .limit(Integer.getInteger("palimpsest.hops.conversations", Integer.MAX_VALUE))
            .toList();
    conversations.forEach(one -> memory.memories().add(TenantId.DEFAULT, LocomoSet.memories(one)));
    String vectors = System.getProperty("palimpsest.hops.vectors", "target/hops-vectors.bin");
    CachedEmbedder embedder = new CachedEmbedder(Path.of(vectors));
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      IndexFollower follower =
          new IndexFollower(memory.memories(), indexes, clock, Duration.ofSeconds(5));
      VectorFollower meaning = new VectorFollower(memory.memories(), memory.vectors(), embedder);
      while (follower.step() + meaning.step() > 0) {
        clock.advance(Duration.ofSeconds(1));
      }
      HybridRecall hybrid =
          new HybridRecall(
              memory.memories(), memory.vectors(), embedder, indexes, follower, RecallLimits.USUAL);
      List<Score> plain =
          ask(conversations, query -> hybrid.recall(TenantId.DEFAULT, query), RecallMode.HYBRID);
      print("hybrid", plain);
      TreeRecall trees = new TreeRecall(hybrid, System::nanoTime);
      Budget budget = new Budget(Budget.TIME_MAX, Integer.getInteger("rollouts", 24), 1 << 20);
      for (Strategy strategy : Strategy.values()) {
        Growth growth = new Growth(budget, strategy, 1);
        List<Score> scores =
            ask(
                conversations,
                query -> trees.search(TenantId.DEFAULT, query, growth).recalled(),
                RecallMode.MCTS);
        print("search, " + strategy, scores);
        assertTrue(
            Score.mean(scores, s -> s.fraction(10)) > Score.mean(plain, s -> s.fraction(10)));
      }
    }
  }

  private static void print(String name, List<Score> scores) {
    System.out.println(Score.line(name, scores));
    for (int hops = 2; hops <= 4; hops++) {
      int wanted = hops;
      List<Score> of = scores.stream().filter(s -> s.question().category() == wanted).toList();
      System.out.println(Score.line("  " + hops + " hops", of));
    }
  }

  private List<Score> ask(
      List<LocomoSet.Conversation> conversations,
      Function<RecallQuery, Recalled> system,
      RecallMode mode) {
    List<Score> scores = new ArrayList<>();
    for (LocomoSet.Conversation conversation : conversations) {
      MemoryFilter filter = MemoryFilter.of(new Scope(null, null, conversation.id()));
      for (LocomoSet.Question question : conversation.questions()) {
        RecallQuery query = new RecallQuery(question.text(), filter, K, mode);
        long begun = threads.getCurrentThreadCpuTime();
        List<String> ranking =
            system.apply(query).hits().stream()
                .map(hit -> String.valueOf(hit.memory().origin().recordId()))
                .toList();
        scores.add(new Score(question, ranking, threads.getCurrentThreadCpuTime() - begun));
      }
    }
    return scores;
  }
}
