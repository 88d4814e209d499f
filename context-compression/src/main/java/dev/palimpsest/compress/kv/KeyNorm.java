package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.engine.kv.HeadKeys;

/**
 * The keys of the smallest length, which tend to be attended most (Devoto et al., arXiv
 * 2406.11430). Needs no queries.
 */
public record KeyNorm() implements Compactor {
  @Override
  public String name() {
    return "key-norm";
  }

  @Override
  public HeadKeys compact(HeadCase head, int keys) {
    HeadKeys exact = head.exact();
    float[] scores = new float[exact.count()];
    for (int j = 0; j < scores.length; j++) {
      float squares = 0;
      for (int d = 0; d < exact.dim(); d++) {
        float element = exact.keys()[j * exact.dim() + d];
        squares += element * element;
      }
      scores[j] = -squares;
    }
    return Kept.best(head, scores, keys);
  }
}
