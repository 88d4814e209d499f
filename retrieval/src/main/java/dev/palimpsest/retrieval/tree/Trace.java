package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.MemoryId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a search went: its whole tree.
 *
 * @param verdict whether it was searched at all
 * @param nodes in the order they were made; the first is the root
 * @param best the number of the node that answered
 */
public record Trace(Verdict verdict, List<Node> nodes, int best) {
  /** Copies the list. */
  public Trace {
    nodes = List.copyOf(nodes);
  }

  /** Why a search went on or did not. */
  public enum Verdict {
    /** No search in a tree was asked for. */
    PLAIN,
    /** The first answer was sure enough. */
    EASY,
    /** The first answer took what there was to spend, or nothing was found at all. */
    SPENT,
    /** More was asked. */
    SEARCHED
  }

  /**
   * A state of the search.
   *
   * @param parent its number; null of the root
   * @param action what led here; null of the root
   * @param prior 0 to 1
   * @param value mean of what its rollouts found, 0 to 1
   * @param ownValue of the state itself
   * @param evidence the best that is known here, best first
   * @param micros how long the action took
   */
  public record Node(
      int number,
      @Nullable Integer parent,
      @Nullable Action action,
      double prior,
      int visits,
      double value,
      double ownValue,
      List<MemoryId> evidence,
      long micros) {
    /** Copies the list. */
    public Node {
      evidence = List.copyOf(evidence);
    }
  }

  /** The deepest node's distance from the root. */
  public int depth() {
    return nodes.stream().mapToInt(this::depth).max().orElse(0);
  }

  private int depth(Node node) {
    return node.parent == null ? 0 : 1 + depth(nodes.get(node.parent));
  }
}
