package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Heads;

/**
 * How a page is laid out: layer after layer, inside a layer key/value head after head, each a block
 * as {@link Attention} describes it.
 *
 * @param layers number of layers
 * @param heads the heads of each
 */
public record KvLayout(int layers, Heads heads) {
  /** Checks the number of layers. */
  public KvLayout {
    if (layers < 1) {
      throw new IllegalArgumentException("no cache for " + layers + " layers");
    }
  }

  /** Bytes of one layer of a page. */
  public long layerBytes() {
    return heads.keyValue() * Attention.blockBytes(heads.dim());
  }

  /** Bytes of a page. */
  public long pageBytes() {
    return Math.multiplyExact(layers, layerBytes());
  }

  /** Pages that hold this many tokens. */
  public static int pagesFor(int tokens) {
    return Math.ceilDiv(tokens, Attention.PAGE_TOKENS);
  }
}
