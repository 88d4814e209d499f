package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.Budget;
import dev.palimpsest.retrieval.Explanation.Part;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.hybrid.HybridRecall;
import dev.palimpsest.retrieval.hybrid.Inquiry;
import dev.palimpsest.retrieval.tree.Trace.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Recall that asks again after seeing what it found, by {@link SearchTree} over {@link Asking}. It
 * begins with what {@link HybridRecall} answers and falls back to it: an answer that is sure
 * enough, or a budget that is spent, ends the search there. Time is kept by not beginning an action
 * that, going by the longest so far, would not end in time. With the same seed and no limit of time
 * the tree is the same each time.
 */
public final class TreeRecall implements Recall {
  /** Share of the first candidate in a softmax of scores above which a question is easy. */
  private static final double SURE = 0.75;

  private static final SearchTree.Shape SHAPE = new SearchTree.Shape(0.3, 1.5, 6);

  private final HybridRecall hybrid;
  private final LongSupplier nanoTime;

  /**
   * Over a hybrid recall.
   *
   * @param nanoTime as {@link System#nanoTime}
   */
  public TreeRecall(HybridRecall hybrid, LongSupplier nanoTime) {
    this.hybrid = hybrid;
    this.nanoTime = nanoTime;
  }

  /** As hybrid recall does, but for {@link RecallMode#MCTS}, which is searched as usual. */
  @Override
  public Recalled recall(TenantId tenant, RecallQuery query) {
    return query.mode() == RecallMode.MCTS
        ? search(tenant, query, Growth.USUAL).recalled()
        : hybrid.recall(tenant, query);
  }

  /** Searches, and tells how. */
  public TreeRecalled search(TenantId tenant, RecallQuery query, Growth growth) {
    long deadline = nanoTime.getAsLong() + growth.budget().time().toNanos();
    Optional<Inquiry> inquiry = hybrid.inquire(tenant, query);
    if (inquiry.isEmpty()) {
      return new TreeRecalled(hybrid.recall(tenant, query), new Trace(Verdict.SPENT, List.of(), 0));
    }
    try (Inquiry open = inquiry.get()) {
      Asking asking = new Asking(open, query, nanoTime);
      SearchTree<Evidence, Action> tree =
          new SearchTree<>(asking, asking.first(), SHAPE, new SplittableRandom(growth.seed()));
      Verdict verdict = isSure(open) ? Verdict.EASY : grow(tree, asking, growth, deadline);
      Branch<Evidence, Action> best = tree.best();
      return new TreeRecalled(open.answer(lifts(best.state())), trace(tree, verdict, best));
    }
  }

  private Verdict grow(
      SearchTree<Evidence, Action> tree, Asking asking, Growth growth, long deadline) {
    Budget budget = growth.budget();
    int rollouts = 0;
    boolean goesOn = true;
    while (goesOn
        && rollouts < budget.rollouts()
        && asking.tokensRead() <= budget.tokens()
        && deadline - nanoTime.getAsLong() > asking.slowestNanos()) {
      goesOn = tree.grow(growth.strategy());
      rollouts++;
    }
    return rollouts == 0 ? Verdict.SPENT : Verdict.SEARCHED;
  }

  /** Whether the first stands out; scores are fitted as the logarithms of odds. */
  private static boolean isSure(Inquiry inquiry) {
    double[] scores = inquiry.scores().values().stream().mapToDouble(Double::doubleValue).toArray();
    double sum = 0;
    for (double score : scores) {
      sum += Math.exp(score - scores[0]);
    }
    return scores.length > 0 && 1 / sum >= SURE;
  }

  private static Map<MemoryId, Part> lifts(Evidence state) {
    Map<MemoryId, Part> parts = new HashMap<>();
    state
        .lifts()
        .forEach((id, lift) ->
            parts.put(
                id,
                new Part("search", lift, "found by asking " + state.named().get(id) + " ways")));
    return parts;
  }

  private static Trace trace(
      SearchTree<Evidence, Action> tree, Verdict verdict, Branch<Evidence, Action> best) {
    return new Trace(
        verdict, tree.branches().stream().map(TreeRecall::node).toList(), best.number());
  }

  private static Trace.Node node(Branch<Evidence, Action> branch) {
    Branch<Evidence, Action> parent = branch.parent();
    return new Trace.Node(
        branch.number(),
        parent == null ? null : parent.number(),
        branch.action(),
        branch.prior(),
        branch.visits(),
        branch.value(),
        branch.ownValue(),
        branch.state().best(),
        branch.state().micros());
  }
}
