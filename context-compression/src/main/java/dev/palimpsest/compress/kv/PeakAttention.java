package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.engine.kv.HeadKeys;

/**
 * The keys that some query attends to most: the highest weight that a key gets from any (KVzip: Kim
 * et al., arXiv 2505.23416, where the queries repeat the context). Meant with budgets that are
 * pooled over heads.
 */
public record PeakAttention() implements Compactor {
  @Override
  public String name() {
    return "peak-attention";
  }

  @Override
  public HeadKeys compact(HeadCase head, int keys) {
    return Kept.best(head, head.attended().peaks(), keys);
  }
}
