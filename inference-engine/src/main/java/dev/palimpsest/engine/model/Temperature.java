package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;
import org.jspecify.annotations.Nullable;

/**
 * Attention that grows sharper with the position: queries are multiplied with {@code 1 + factor ·
 * ln(1 + ⌊position / length⌋)}.
 *
 * @param factor how much sharper
 * @param length tokens within which nothing changes
 */
public record Temperature(double factor, int length) {
  private static final int LENGTH_MAX = 1 << 24;

  /** Checks the length. */
  public Temperature {
    if (length < 1 || !Double.isFinite(factor)) {
      throw new IllegalArgumentException("no temperature " + factor + " beyond " + length);
    }
  }

  /** Reads the temperature of a model file; null where it has none. */
  static @Nullable Temperature of(Metadata metadata, String prefix) {
    String factorKey = prefix + "attention.temperature_scale";
    double factor = metadata.realOr(factorKey, 0);
    if (factor == 0) {
      return null;
    }
    if (!Double.isFinite(factor)) {
      throw metadata.refuse(factorKey, factor + " is no factor");
    }
    String key = prefix + "attention.temperature_length";
    String oldKey = prefix + "rope.scaling.original_context_length";
    int length = Architecture.number(metadata, metadata.has(key) ? key : oldKey, LENGTH_MAX);
    return new Temperature(factor, length);
  }

  /** What a query at a position is multiplied with. */
  double at(int position) {
    return 1 + factor * Math.log1p(Math.floorDiv(position, length));
  }
}
