package dev.palimpsest.retrieval.tree;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A Monte-Carlo tree search that knows neither texts nor models: PUCT (Rosin 2011; Silver and
 * others 2017) with progressive widening (Coulom 2007). Each {@link #rollout} goes down from the
 * root to a branch that may have one more child, makes it, and tells its value to all above. Which
 * of several actions comes first is drawn by their priors. Every branch is kept. Same domain, shape
 * and seed: same tree. One thread.
 *
 * @param <S> a state
 * @param <A> what leads from one to the next
 */
public final class SearchTree<S, A> {
  private static final double TOLERANCE = 1e-9;
  private static final int BEAM_WIDTH = 3;
  private static final int BEAM_CHILDREN = 4;

  private final Domain<S, A> domain;
  private final Shape shape;
  private final RandomGenerator random;
  private final List<Branch<S, A>> branches = new ArrayList<>();

  /**
   * What is searched.
   *
   * @param <S> a state
   * @param <A> an action
   */
  public interface Domain<S, A> {
    /** What can be done, nothing where the search ends. */
    List<Option<A>> options(S state);

    /** Does it: the only thing that takes long. */
    S after(S state, A action);

    /** What a state is worth, 0 to 1. */
    double value(S state);
  }

  /**
   * Something that can be done.
   *
   * @param prior above 0; those of a state need not add up to 1
   */
  public record Option<A>(A action, double prior) {
    /** Checks the prior. */
    public Option {
      if (!(prior > 0) || !Double.isFinite(prior)) {
        throw new IllegalArgumentException("a prior is above 0, not " + prior);
      }
    }
  }

  /**
   * How the tree grows.
   *
   * @param exploration how much priors count against values
   * @param widening a branch that was visited N times has at most ⌈widening · √N⌉ children
   * @param depthMax no branch is deeper; the root's depth is 0
   */
  public record Shape(double exploration, double widening, int depthMax) {
    /** Checks the numbers. */
    public Shape {
      if (!(exploration >= 0) || !(widening > 0) || depthMax < 1) {
        throw new IllegalArgumentException(exploration + ", " + widening + ", " + depthMax);
      }
    }
  }

  /** Plants the root, which counts as visited once. */
  public SearchTree(Domain<S, A> domain, S root, Shape shape, RandomGenerator random) {
    this.domain = domain;
    this.shape = shape;
    this.random = random;
    Branch<S, A> planted = new Branch<>(root, domain.value(root), drawn(domain.options(root)));
    branches.add(planted);
    planted.tell(planted.ownValue());
  }

  /**
   * Grows by one branch, or tells the value of one that is an end once more.
   *
   * @return false when there is nothing more to search
   */
  public boolean grow(Strategy strategy) {
    return switch (strategy) {
      case TREE -> rollout();
      case GREEDY -> growAt(unfinished().max(Comparator.comparingDouble(Branch::ownValue)));
      case BEAM -> growAt(beam());
      case RANDOM -> {
        List<Branch<S, A>> all = unfinished().toList();
        yield growAt(
            all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size()))));
      }
    };
  }

  /** {@link Strategy#TREE}. */
  private boolean rollout() {
    Branch<S, A> at = root();
    while (!at.isEnd() && !mayGrow(at)) {
      at = chosen(at);
    }
    Branch<S, A> reached = at.isEnd() ? at : grown(at);
    reached.tell(reached.ownValue());
    return !root().isEnd();
  }

  private boolean growAt(Optional<Branch<S, A>> place) {
    place.map(this::grown).ifPresent(made -> made.tell(made.ownValue()));
    return place.isPresent();
  }

  private Stream<Branch<S, A>> unfinished() {
    return branches.stream().filter(Branch::hasUnmade);
  }

  /** The first of the best few of the highest level that has fewer children than it may have. */
  private Optional<Branch<S, A>> beam() {
    for (int depth = 0; depth < shape.depthMax; depth++) {
      int level = depth;
      Optional<Branch<S, A>> place =
          branches.stream()
              .filter(branch -> branch.depth() == level)
              .sorted(Comparator.comparingDouble((Branch<S, A> branch) -> -branch.ownValue()))
              .limit(BEAM_WIDTH)
              .filter(branch -> branch.hasUnmade() && branch.children().size() < BEAM_CHILDREN)
              .findFirst();
      if (place.isPresent()) {
        return place;
      }
    }
    return Optional.empty();
  }

  /** All branches in the order they were made; the root is the first. */
  public List<Branch<S, A>> branches() {
    return List.copyOf(branches);
  }

  /** The first. */
  public Branch<S, A> root() {
    return branches.getFirst();
  }

  /** The branch of the greatest own value; of equals the one that was made first. */
  public Branch<S, A> best() {
    return branches.stream()
        .min(
            Comparator.comparingDouble((Branch<S, A> branch) -> -branch.ownValue())
                .thenComparingInt(Branch::number))
        .orElseThrow();
  }

  /**
   * Says what must hold of a tree that grew by {@link Strategy#TREE}.
   *
   * @throws IllegalStateException when it does not
   */
  public void checkInvariants() {
    Map<Integer, Integer> ends = new HashMap<>();
    for (Branch<S, A> branch : branches) {
      int below = branch.children().stream().mapToInt(Branch::visits).sum();
      double sum = branch.children().stream().mapToDouble(Branch::total).sum();
      require(branch.isEnd() || branch.visits() == below + 1, branch, "visits");
      require(
          branch.isEnd() || Math.abs(branch.total() - sum - branch.ownValue()) < TOLERANCE,
          branch,
          "total");
      require(branch.depth() <= shape.depthMax, branch, "depth");
      require(branch.children().size() <= allowed(branch.visits()), branch, "width");
      require(ends.put(branch.number(), branch.visits()) == null, branch, "number");
    }
  }

  private boolean mayGrow(Branch<S, A> branch) {
    return branch.hasUnmade() && branch.children().size() < allowed(branch.visits());
  }

  private long allowed(int visits) {
    return (long) Math.ceil(shape.widening * Math.sqrt(visits));
  }

  private Branch<S, A> grown(Branch<S, A> parent) {
    Option<A> option = parent.takeUnmade();
    S state = domain.after(parent.state(), option.action());
    List<Option<A>> options =
        parent.depth() + 1 < shape.depthMax ? drawn(domain.options(state)) : List.of();
    Branch<S, A> made =
        new Branch<>(branches.size(), parent, option, state, domain.value(state), options);
    branches.add(made);
    return made;
  }

  /** PUCT; of equals the one that was made first. */
  private Branch<S, A> chosen(Branch<S, A> parent) {
    Branch<S, A> best = parent.children().getFirst();
    double most = Double.NEGATIVE_INFINITY;
    for (Branch<S, A> child : parent.children()) {
      double worth =
          child.value()
              + shape.exploration
                  * child.prior()
                  * Math.sqrt(parent.visits())
                  / (1 + child.visits());
      if (worth > most) {
        most = worth;
        best = child;
      }
    }
    return best;
  }

  /**
   * Their priors as shares, in an order drawn by them (Gumbel's trick: sorted noisy logarithms).
   */
  private List<Option<A>> drawn(List<Option<A>> options) {
    double sum = options.stream().mapToDouble(Option::prior).sum();
    Map<Option<A>, Double> keys = new HashMap<>();
    List<Option<A>> shares = new ArrayList<>();
    for (Option<A> option : options) {
      Option<A> share = new Option<>(option.action(), option.prior() / sum);
      shares.add(share);
      double noise = -Math.log(-Math.log(Math.max(Double.MIN_NORMAL, random.nextDouble())));
      keys.put(share, Math.log(share.prior()) + noise);
    }
    shares.sort(Comparator.comparingDouble((Option<A> option) -> -keys.getOrDefault(option, 0.0)));
    return shares;
  }

  private static void require(boolean holds, Branch<?, ?> branch, String what) {
    if (!holds) {
      throw new IllegalStateException(what + " of branch " + branch.number());
    }
  }
}
