package dev.palimpsest.compress;

import java.util.List;

/**
 * What a compaction did, measured.
 *
 * @param method its name
 * @param tokens for how many tokens the stretch stands
 * @param keysBefore of all heads
 * @param keysAfter of all heads
 * @param heads each head, layer by layer
 */
public record CompactionReport(
    String method, int tokens, long keysBefore, long keysAfter, List<Head> heads) {
  /**
   * A head.
   *
   * @param layer counted as the cache does
   * @param head which key/value head of the layer
   * @param keys that are left
   * @param isExact whether all are
   * @param error on queries that the fit has not seen
   */
  public record Head(int layer, int head, int keys, boolean isExact, HeadError error) {}

  /** Copies the list. */
  public CompactionReport {
    heads = List.copyOf(heads);
  }

  /** Keys before ÷ after. */
  public double ratio() {
    return (double) keysBefore / keysAfter;
  }

  /** The mean error of the heads. */
  public HeadError meanError() {
    return new HeadError(
        heads.stream().mapToDouble(each -> each.error().massMean()).average().orElse(0),
        heads.stream().mapToDouble(each -> each.error().massHigh()).average().orElse(0),
        heads.stream().mapToDouble(each -> each.error().output()).average().orElse(0));
  }
}
