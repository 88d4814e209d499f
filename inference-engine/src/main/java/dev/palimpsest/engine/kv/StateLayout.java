package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.DeltaHeads;

/**
 * How the state of a sequence is laid out: layer after layer, each as {@link
 * dev.palimpsest.engine.backend.Recurrence} describes it.
 *
 * @param layers number of layers that have one
 * @param heads the heads of each
 */
public record StateLayout(int layers, DeltaHeads heads) {
  /** Checks the number of layers. */
  public StateLayout {
    if (layers < 1) {
      throw new IllegalArgumentException("no state of " + layers + " layers");
    }
  }

  /** Bytes of one layer of a state. */
  public long layerBytes() {
    return heads.stateBytes();
  }

  /** Bytes of a state. */
  public long stateBytes() {
    return Math.multiplyExact(layers, layerBytes());
  }
}
