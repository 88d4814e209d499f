package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.TenantId;

/**
 * How far the indexes follow what is stored. Both numbers are {@linkplain
 * dev.palimpsest.memory.Change#number() change numbers}: every memory written up to there is found.
 * They rise without limit as long as writes come, and may fall when an index is rebuilt. Safe for
 * many threads; does not block.
 */
public interface Projections {
  /** By its words; 0 when nothing is indexed yet or nobody indexes. */
  long wordsUpTo(TenantId tenant);

  /** By its meaning, in the space that is searched; 0 likewise. */
  long meaningUpTo(TenantId tenant);

  /** Whether anybody makes the vectors of that space, now or soon. */
  boolean knowsMeaning(TenantId tenant);
}
