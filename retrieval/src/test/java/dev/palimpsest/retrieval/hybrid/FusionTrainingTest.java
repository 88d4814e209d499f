package dev.palimpsest.retrieval.hybrid;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.VectorFollower;
import dev.palimpsest.retrieval.hybrid.Candidates.Weighed;
import dev.palimpsest.retrieval.hybrid.Fusion.Ranked;
import dev.palimpsest.retrieval.hybrid.SoftmaxFit.Example;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.IndexView;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.retrieval.locomo.CachedEmbedder;
import dev.palimpsest.retrieval.locomo.LocomoSet;
import dev.palimpsest.retrieval.locomo.Score;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Learns the weights of {@link Fusion} on LoCoMo's development data and prints them as their file
 * has them, with what they find when each conversation is left out of its own training; {@code
 * -Dpalimpsest.locomo.train=FILE}, {@code -Dpalimpsest.locomo.vectors=FILE} as in {@code
 * LocomoQualityTest}.
 */
@EnabledIfSystemProperty(named = "palimpsest.locomo.train", matches = ".+")
final class FusionTrainingTest {
  private static final int LEARNED_FROM = 200;

  private final TestClock clock = new TestClock();
  private final InMemoryMemory memory = new InMemoryMemory(clock, new CountingIds());

  /** A question with what was found for it. */
  private record Case(
      int conversation, LocomoSet.Question question, List<String> turns, Example example) {}

  @Test
  void weightsThatNeverSawAConversationFindItsEvidence(@TempDir Path folder) throws IOException {
    List<LocomoSet.Conversation> talks =
        LocomoSet.read(Path.of(System.getProperty("palimpsest.locomo.train")));
    talks.forEach(talk -> memory.memories().add(TenantId.DEFAULT, LocomoSet.memories(talk)));
    CachedEmbedder embedder =
        new CachedEmbedder(
            Path.of(System.getProperty("palimpsest.locomo.vectors", "target/locomo-vectors.bin")));
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
      List<Case> cases = cases(talks, recall, indexes, true);
      List<Score> left = leftOut(cases, cases);
      print("conversations apart", left);
      print("all in one", leftOut(cases, cases(talks, recall, indexes, false)));
      double[] weights = fit(cases);
      for (int i = 0; i < weights.length; i++) {
        System.out.printf(Locale.ROOT, "%s=%.2f%n", FusionWeights.NAMES.get(i), weights[i]);
      }
      assertTrue(Score.mean(left, s -> s.fraction(10)) > 83);
    }
  }

  private List<Case> cases(
      List<LocomoSet.Conversation> talks,
      HybridRecall recall,
      MemoryIndexes indexes,
      boolean isApart) {
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < talks.size(); i++) {
      String project = talks.get(i).id();
      MemoryFilter filter = MemoryFilter.of(isApart ? new Scope(null, null, project) : Scope.NONE);
      for (LocomoSet.Question question : talks.get(i).questions()) {
        RecallQuery query = new RecallQuery(question.text(), filter, 10, RecallMode.HYBRID);
        try (IndexView view = indexes.view(TenantId.DEFAULT, query.text(), filter).orElseThrow()) {
          cases.add(found(i, project, question, recall.weighed(view, TenantId.DEFAULT, query)));
        }
      }
    }
    cases.removeIf(one -> one.question.evidence().isEmpty());
    return cases;
  }

  private Case found(int talk, String project, LocomoSet.Question question, Weighed weighed) {
    List<Candidate> best =
        weighed.ranked().stream().limit(LEARNED_FROM).map(Ranked::candidate).toList();
    Map<Candidate, Signals> signals = weighed.fusion().signals(weighed.candidates());
    List<String> turns = best.stream().map(candidate -> turn(project, candidate)).toList();
    boolean[] isEvidence = new boolean[best.size()];
    double[][] values = new double[best.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = Objects.requireNonNull(signals.get(best.get(i))).values();
      isEvidence[i] = question.evidence().contains(turns.get(i));
    }
    return new Case(talk, question, turns, new Example(values, isEvidence));
  }

  /** Its own id, where it is of the conversation that is asked about. */
  private String turn(String project, Candidate candidate) {
    return memory
        .memories()
        .find(TenantId.DEFAULT, candidate.id(), null)
        .filter(found -> project.equals(found.scope().project()))
        .map(found -> String.valueOf(found.origin().recordId()))
        .orElse("another's " + candidate.id());
  }

  private static List<Score> leftOut(List<Case> cases, List<Case> asked) {
    Map<Integer, double[]> weights = new HashMap<>();
    return asked.stream()
        .map(one ->
            score(
                one,
                weights.computeIfAbsent(
                    one.conversation,
                    talk -> fit(cases.stream().filter(c -> c.conversation != talk).toList()))))
        .toList();
  }

  private static double[] fit(List<Case> cases) {
    return SoftmaxFit.fit(
        cases.stream().map(Case::example).filter(Example::hasEvidence).toList(),
        FusionWeights.NAMES.size());
  }

  private static Score score(Case one, double[] weights) {
    double[][] signals = one.example.signals();
    Map<Integer, Double> scores = new HashMap<>();
    for (int i = 0; i < signals.length; i++) {
      double sum = 0;
      for (int j = 0; j < weights.length; j++) {
        sum += weights[j] * signals[i][j];
      }
      scores.put(i, sum);
    }
    List<String> ranking =
        scores.entrySet().stream()
            .sorted(
                Map.Entry.<Integer, Double>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
            .map(entry -> one.turns.get(entry.getKey()))
            .toList();
    return new Score(one.question, ranking, 0);
  }

  private static void print(String name, List<Score> scores) {
    System.out.println(Score.line(name, scores));
    for (int category = 1; category <= 5; category++) {
      int wanted = category;
      System.out.println(
          Score.line(
              "  category " + category,
              scores.stream().filter(s -> s.question().category() == wanted).toList()));
    }
  }
}
