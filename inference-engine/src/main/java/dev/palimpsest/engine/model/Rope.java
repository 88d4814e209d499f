package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding of a model.
 *
 * @param base the angle of pair {@code i} is {@code position · base^(−2i / rotated)}
 * @param rotated elements of a head that are turned
 * @param isHalfSplit pairs are {@code (i, i + rotated / 2)}, else neighbours
 * @param scaling how angles are stretched beyond the trained context
 */
public record Rope(double base, int rotated, boolean isHalfSplit, Scaling scaling) {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A way to stretch angles. Divisors per pair from a tensor (Llama 3) come on top of each. */
  public sealed interface Scaling {
    /** As trained. */
    record None() implements Scaling {}

    /** All angles divided by a factor. */
    record Linear(double factor) implements Scaling {}

    /**
     * YaRN: slow pairs are divided by the factor, fast ones kept, with a ramp between the pairs
     * that turn {@code fast} and {@code slow} times within the original context; all is scaled by
     * an attention factor (Peng et al. 2023, equations 17 to 22).
     */
    record Yarn(double factor, double originalContext, double fast, double slow, double attention)
        implements Scaling {}
  }

  /** Checks base and width. */
  public Rope {
    if (!(base > 0) || rotated < 2 || rotated % 2 != 0) {
      throw new IllegalArgumentException("no rotation of " + rotated + " elements, base " + base);
    }
  }

  /** Reads the rotation of an architecture from a model file. */
  static Rope of(Metadata metadata, String prefix, int headDim, boolean isHalfSplit) {
    String rotatedKey = prefix + "rope.dimension_count";
    long rotated = metadata.numberOr(rotatedKey, headDim);
    if (rotated < 2 || rotated > headDim || rotated % 2 != 0) {
      throw metadata.refuse(rotatedKey, rotated + " of " + headDim + " elements cannot be turned");
    }
    String baseKey = prefix + "rope.freq_base";
    double base = metadata.realOr(baseKey, 10_000);
    if (!(base > 0 && Double.isFinite(base))) {
      throw metadata.refuse(baseKey, base + " is no base of angles");
    }
    return new Rope(base, (int) rotated, isHalfSplit, scaling(metadata, prefix));
  }

  /** The rotation of layers that see a window only: as trained, with a base of its own. */
  Rope local(Metadata metadata, String prefix) {
    String key = prefix + "rope.freq_base_swa";
    double base = metadata.realOr(key, 10_000);
    if (!(base > 0 && Double.isFinite(base))) {
      throw metadata.refuse(key, base + " is no base of angles");
    }
    return new Rope(base, rotated, isHalfSplit, new Scaling.None());
  }

  /** Older files name a linear factor only, under either of two keys. */
  private static Scaling scaling(Metadata metadata, String prefix) {
    String factorKey = prefix + "rope.scaling.factor";
    String oldKey = prefix + "rope.scale_linear";
    String linearKey = metadata.has(factorKey) ? factorKey : oldKey;
    String typeKey = prefix + "rope.scaling.type";
    String type = metadata.stringOr(typeKey, metadata.has(linearKey) ? "linear" : "none");
    return switch (type) {
      case "none" -> new Scaling.None();
      case "linear" -> new Scaling.Linear(positive(metadata, linearKey, null));
      case "yarn" -> yarn(metadata, prefix + "rope.scaling.");
      default -> throw metadata.refuse(typeKey, "\"" + type + "\" is not supported");
    };
  }

  private static Scaling yarn(Metadata metadata, String prefix) {
    double factor = positive(metadata, prefix + "factor", null);
    double attention = positive(metadata, prefix + "attn_factor", 1.0);
    String multiplierKey = prefix + "yarn_log_multiplier";
    double multiplier = metadata.realOr(multiplierKey, 0);
    if (!(multiplier >= 0 && Double.isFinite(multiplier))) {
      throw metadata.refuse(multiplierKey, multiplier + " is no multiplier");
    }
    double stretch = 0.1 * Math.log(factor);
    double scaled = attention * (1 + stretch) / (1 + multiplier * stretch);
    if (!(scaled > 0 && Double.isFinite(scaled))) {
      throw metadata.refuse(multiplierKey, "gives an attention factor of " + scaled);
    }
    return new Scaling.Yarn(
        factor,
        positive(metadata, prefix + "original_context_length", null),
        positive(metadata, prefix + "yarn_beta_fast", 32.0),
        positive(metadata, prefix + "yarn_beta_slow", 1.0),
        scaled);
  }

  private static double positive(Metadata metadata, String key, @Nullable Double otherwise) {
    if (otherwise != null && !metadata.has(key)) {
      return otherwise;
    }
    double value =
        key.endsWith("original_context_length") ? metadata.number(key) : metadata.real(key);
    if (!(value > 0 && Double.isFinite(value))) {
      throw metadata.refuse(key, value + " is not a positive number");
    }
    return value;
  }

  /**
   * Fills a table of cosines and sines, F32 {@code [positions, rotated]}, pair after pair.
   *
   * @param divisors what each pair's angle is divided by, or null
   */
  void fill(MemorySegment table, int positions, float @Nullable [] divisors) {
    double[] angles = angles(divisors);
    double attention = scaling instanceof Scaling.Yarn yarn ? yarn.attention : 1;
    long at = 0;
    for (int position = 0; position < positions; position++) {
      for (double angle : angles) {
        table.set(F32, at, (float) (Math.cos(position * angle) * attention));
        table.set(F32, at + Float.BYTES, (float) (Math.sin(position * angle) * attention));
        at += 2 * Float.BYTES;
      }
    }
  }

  private double[] angles(float @Nullable [] divisors) {
    double[] angles = new double[rotated / 2];
    for (int i = 0; i < angles.length; i++) {
      double angle = Math.pow(base, -2.0 * i / rotated);
      if (divisors != null) {
        angle /= divisors[i];
      }
      angles[i] =
          switch (scaling) {
            case Scaling.None none -> angle;
            case Scaling.Linear linear -> angle / linear.factor;
            case Scaling.Yarn yarn -> stretched(angle, i, yarn);
          };
    }
    return angles;
  }

  private double stretched(double angle, int pair, Scaling.Yarn yarn) {
    double low = Math.max(0, Math.floor(turningPair(yarn.fast, yarn)));
    double high = Math.min(rotated - 1, Math.ceil(turningPair(yarn.slow, yarn)));
    double kept = 1 - Math.clamp((pair - low) / Math.max(0.001, high - low), 0, 1);
    return angle / yarn.factor * (1 - kept) + angle * kept;
  }

  /** The pair that turns this often within the original context. */
  private double turningPair(double turns, Scaling.Yarn yarn) {
    return rotated * Math.log(yarn.originalContext / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  }
}
