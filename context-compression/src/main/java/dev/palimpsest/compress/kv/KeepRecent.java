package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.engine.kv.HeadKeys;

/**
 * The sinks and the most recent keys (StreamingLLM: Xiao et al., arXiv 2309.17453), but at the
 * positions they had. What is evicted is forgotten: the floor that every other method must beat.
 */
public record KeepRecent() implements Compactor {
  @Override
  public String name() {
    return "recent";
  }

  @Override
  public HeadKeys compact(HeadCase head, int keys) {
    float[] scores = new float[head.exact().count()];
    for (int j = 0; j < scores.length; j++) {
      scores[j] = j;
    }
    return Kept.best(head, scores, keys);
  }
}
