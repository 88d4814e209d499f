package dev.palimpsest.memory.session;

import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen; what is absent is decided by whoever generates.
 *
 * @param temperature 0 (greedy) to {@link #TEMPERATURE_MAX}
 * @param topK at least 1
 * @param topP above 0, at most 1
 * @param minP 0 to 1
 * @param seed any
 * @param shaping penalties and what else there is
 */
public record SamplingOptions(
    @Nullable Double temperature,
    @Nullable Integer topK,
    @Nullable Double topP,
    @Nullable Double minP,
    @Nullable Long seed,
    Shaping shaping) {
  /** The highest temperature. */
  public static final double TEMPERATURE_MAX = 100;

  /** Nothing said. */
  public static final SamplingOptions NONE = new SamplingOptions(null, null, null, null, null);

  /** Without shaping. */
  public SamplingOptions(
      @Nullable Double temperature,
      @Nullable Integer topK,
      @Nullable Double topP,
      @Nullable Double minP,
      @Nullable Long seed) {
    this(temperature, topK, topP, minP, seed, Shaping.NONE);
  }

  /** Refuses values outside the ranges, naming the field. */
  public SamplingOptions {
    if (temperature != null && !(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
      throw new IllegalArgumentException("temperature is " + temperature + "; 0 to 100");
    }
    if (topK != null && topK < 1) {
      throw new IllegalArgumentException("top_k is " + topK + "; at least 1");
    }
    if (topP != null && !(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p is " + topP + "; above 0, at most 1");
    }
    if (minP != null && !(minP >= 0 && minP <= 1)) {
      throw new IllegalArgumentException("min_p is " + minP + "; 0 to 1");
    }
  }

  /** This, with what it leaves open taken from {@code fallback}. */
  public SamplingOptions orElse(SamplingOptions fallback) {
    return new SamplingOptions(
        temperature != null ? temperature : fallback.temperature,
        topK != null ? topK : fallback.topK,
        topP != null ? topP : fallback.topP,
        minP != null ? minP : fallback.minP,
        seed != null ? seed : fallback.seed,
        shaping.orElse(fallback.shaping));
  }
}
