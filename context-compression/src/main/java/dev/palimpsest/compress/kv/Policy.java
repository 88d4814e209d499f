package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.CompactionRequest;
import dev.palimpsest.compress.CompactionRequest.Bounds;
import dev.palimpsest.compress.CompactionRequest.Budgets;
import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.kv.AttentionMatching.Selection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A method by the name under which it can be asked for.
 *
 * @param name for people and programs
 * @param method how a head's keys become fewer
 * @param budgets how the keys that are left are shared out
 * @param bounds what a head must keep to, so that the ratio may be missed; null where nothing
 */
public record Policy(String name, Compactor method, Budgets budgets, @Nullable Bounds bounds) {
  /** Attention matching in its quick form. */
  public static final Policy USUAL = matching("matching", Selection.STRONGEST, null);

  /** All that can be asked for; others are for measuring. */
  public static final List<Policy> ALL =
      List.of(
          evicting(new KeepRecent(), Budgets.UNIFORM),
          evicting(new KeyNorm(), Budgets.UNIFORM),
          evicting(new ExpectedAttention(), Budgets.UNIFORM),
          evicting(new AttentionScore(), Budgets.UNIFORM),
          evicting(new PeakAttention(), Budgets.PEAKS),
          USUAL,
          matching("matching-peak", Selection.PEAK, null),
          matching("matching-omp", Selection.PURSUIT, null),
          matching("matching-gated", Selection.PURSUIT, Bounds.USUAL));

  private static Policy evicting(Compactor method, Budgets budgets) {
    return new Policy(method.name(), method, budgets, null);
  }

  private static Policy matching(String name, Selection selection, @Nullable Bounds bounds) {
    return new Policy(name, new AttentionMatching(selection), Budgets.PEAKS, bounds);
  }

  /** The one of this name. */
  public static Optional<Policy> of(String name) {
    return ALL.stream().filter(each -> each.name.equals(name)).findFirst();
  }

  /** All names, for a sentence about one that is none of them. */
  public static String names() {
    return String.join(", ", ALL.stream().map(Policy::name).toList());
  }

  /**
   * A request for this method.
   *
   * @param tokens of the stretch
   * @param exact how many of them, at its beginning, stay as they are; fewer than all
   * @param ratio of the others before ÷ after, at least 1
   */
  public CompactionRequest request(int tokens, int exact, double ratio) {
    double overall = tokens / (exact + (tokens - exact) / ratio);
    return new CompactionRequest(method, Math.max(1, overall), budgets, exact, bounds);
  }
}
