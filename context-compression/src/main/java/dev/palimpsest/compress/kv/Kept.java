package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.compress.Top;
import dev.palimpsest.engine.kv.HeadKeys;

/** Eviction: the best keys stay as they are, the others go. */
final class Kept {
  private Kept() {}

  /** The sinks and the keys of the highest scores, as many as asked for. */
  static HeadKeys best(HeadCase head, float[] scores, int keys) {
    return keys >= head.exact().count()
        ? head.exact()
        : head.exact().pick(Top.of(scores, head.sinks(), keys));
  }
}
