package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.Budget;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.hybrid.HybridRecall;
import dev.palimpsest.retrieval.hybrid.Inquiry;
import dev.palimpsest.retrieval.tree.Trace.Verdict;
import java.util.List;
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
      if (Link.first(query.text()).isPresent()) {
        Linking linking =
            new Linking(new Questions(hybrid, tenant, query), query.text(), open, nanoTime);
        Chain first = linking.first();
        if (!first.next().isEmpty()) {
          return explored(open, linking, first, growth, deadline);
        }
      }
      Asking asking = new Asking(open, query, nanoTime);
      return isSure(open)
          ? answer(open, asking, planted(asking, asking.first(), growth), Verdict.EASY)
          : explored(open, asking, asking.first(), growth, deadline);
    }
  }

  private <S extends State> TreeRecalled explored(
      Inquiry inquiry, Exploration<S> exploration, S first, Growth growth, long deadline) {
    SearchTree<S, Action> tree = planted(exploration, first, growth);
    return answer(inquiry, exploration, tree, grow(tree, exploration, growth, deadline));
  }

  private static <S extends State> SearchTree<S, Action> planted(
      Exploration<S> exploration, S first, Growth growth) {
    return new SearchTree<>(exploration, first, SHAPE, new SplittableRandom(growth.seed()));
  }

  private static <S extends State> TreeRecalled answer(
      Inquiry inquiry, Exploration<S> exploration, SearchTree<S, Action> tree, Verdict verdict) {
    Branch<S, Action> best = tree.best();
    Recalled recalled = inquiry.answer(exploration.lifts(best.state()));
    return new TreeRecalled(recalled, trace(tree, verdict, best));
  }

  private <S extends State> Verdict grow(
      SearchTree<S, Action> tree, Exploration<S> exploration, Growth growth, long deadline) {
    Budget budget = growth.budget();
    int rollouts = 0;
    boolean goesOn = true;
    while (goesOn
        && rollouts < budget.rollouts()
        && exploration.tokensRead() <= budget.tokens()
        && deadline - nanoTime.getAsLong() > exploration.slowestNanos()) {
      goesOn = tree.grow(growth.strategy());
      rollouts++;
    }
    return rollouts == 0 ? Verdict.SPENT : Verdict.SEARCHED;
  }

  /** Whether the first stands out. */
  private static boolean isSure(Inquiry inquiry) {
    return Softmax.first(inquiry.scores(), 1).values().stream().anyMatch(share -> share >= SURE);
  }

  private static <S extends State> Trace trace(
      SearchTree<S, Action> tree, Verdict verdict, Branch<S, Action> best) {
    return new Trace(
        verdict, tree.branches().stream().map(TreeRecall::node).toList(), best.number());
  }

  private static <S extends State> Trace.Node node(Branch<S, Action> branch) {
    Branch<S, Action> parent = branch.parent();
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
