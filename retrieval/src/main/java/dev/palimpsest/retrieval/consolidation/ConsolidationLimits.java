package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.Page;
import java.time.Duration;

/**
 * What consolidation may do, and when something is worth it.
 *
 * @param memoriesPerDay memories that are read for a tenant on one day of UTC at most
 * @param quiet how long nothing was added before a conversation counts as over
 * @param membersMin memories that a conversation has at least to have a digest
 * @param membersMax memories that one digest is made of at most, the last ones of a longer talk
 * @param cosineMin from where on two vectors are near-duplicates
 */
public record ConsolidationLimits(
    int memoriesPerDay, Duration quiet, int membersMin, int membersMax, double cosineMin) {
  /**
   * What serves. The least cosine is chosen and not measured: high, since a link that is missing
   * costs less than one that is wrong.
   */
  public static final ConsolidationLimits USUAL =
      new ConsolidationLimits(20_000, Duration.ofHours(1), 6, Page.LIMIT_MAX, 0.95);

  /** Checks the numbers. */
  public ConsolidationLimits {
    Page.requireLimit(membersMax);
    if (memoriesPerDay < 0 || quiet.isNegative() || membersMin < 1 || membersMin > membersMax) {
      throw new IllegalArgumentException("no limits of consolidation");
    }
    if (!(cosineMin > 0 && cosineMin <= 1)) {
      throw new IllegalArgumentException("cosineMin is " + cosineMin + "; above 0, to 1");
    }
  }

  /** The same with another budget. */
  public ConsolidationLimits withMemoriesPerDay(int memories) {
    return new ConsolidationLimits(memories, quiet, membersMin, membersMax, cosineMin);
  }
}
