package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.tensor.DType;

/**
 * How a page is laid out: layer after layer, inside a layer key/value head after head, each a block
 * as {@link KvBlock} describes it.
 *
 * @param layers number of layers
 * @param heads the heads of each
 * @param type of keys and values
 */
public record KvLayout(int layers, Heads heads, DType type) {
  /** Checks the number of layers. */
  public KvLayout {
    if (layers < 1) {
      throw new IllegalArgumentException("no cache for " + layers + " layers");
    }
  }

  /** Pages of full precision. */
  public KvLayout(int layers, Heads heads) {
    this(layers, heads, DType.F32);
  }

  /** The same with keys and values of another type. */
  public KvLayout withType(DType other) {
    return new KvLayout(layers, heads, other);
  }

  /** How a head's keys and values lie. */
  public KvBlock block() {
    return new KvBlock(type, heads.dim());
  }

  /** Bytes of one layer of a page. */
  public long layerBytes() {
    return heads.keyValue() * block().bytes();
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
