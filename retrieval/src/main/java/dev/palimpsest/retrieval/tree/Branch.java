package dev.palimpsest.retrieval.tree;

import dev.palimpsest.retrieval.tree.SearchTree.Option;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A state that a search reached, in its tree.
 *
 * @param <S> a state
 * @param <A> an action
 */
public final class Branch<S, A> {
  private final int number;
  private final @Nullable Branch<S, A> parent;
  private final @Nullable A action;
  private final double prior;
  private final S state;
  private final double ownValue;
  private final List<Option<A>> unmade;
  private final List<Branch<S, A>> children = new ArrayList<>();
  private int visits;
  private double total;

  /** The root. */
  Branch(S state, double ownValue, List<Option<A>> unmade) {
    this.number = 0;
    this.parent = null;
    this.action = null;
    this.prior = 1;
    this.state = state;
    this.ownValue = ownValue;
    this.unmade = new ArrayList<>(unmade);
  }

  /** A child, which its parent knows from now on. */
  Branch(
      int number,
      Branch<S, A> parent,
      Option<A> by,
      S state,
      double ownValue,
      List<Option<A>> unmade) {
    this.number = number;
    this.parent = parent;
    this.action = by.action();
    this.prior = by.prior();
    this.state = state;
    this.ownValue = ownValue;
    this.unmade = new ArrayList<>(unmade);
    parent.children.add(this);
  }

  /** In the order of making; 0 of the root. */
  public int number() {
    return number;
  }

  /** Null of the root. */
  public @Nullable Branch<S, A> parent() {
    return parent;
  }

  /** What led here; null of the root. */
  public @Nullable A action() {
    return action;
  }

  /** Its share of the priors of its siblings, made or not. */
  public double prior() {
    return prior;
  }

  /** Steps from the root. */
  public int depth() {
    return parent == null ? 0 : parent.depth() + 1;
  }

  /** What was reached. */
  public S state() {
    return state;
  }

  /** What the state itself is worth. */
  public double ownValue() {
    return ownValue;
  }

  /** How many rollouts came through. */
  public int visits() {
    return visits;
  }

  /** The mean of what they found. */
  public double value() {
    return total / visits;
  }

  /** Those that were made, in order. */
  List<Branch<S, A>> children() {
    return children;
  }

  boolean isEnd() {
    return unmade.isEmpty() && children.isEmpty();
  }

  boolean hasUnmade() {
    return !unmade.isEmpty();
  }

  Option<A> takeUnmade() {
    return unmade.removeFirst();
  }

  double total() {
    return total;
  }

  /** One more rollout came through here and found so much; told to all above, too. */
  void tell(double found) {
    visits++;
    total += found;
    if (parent != null) {
      parent.tell(found);
    }
  }
}
