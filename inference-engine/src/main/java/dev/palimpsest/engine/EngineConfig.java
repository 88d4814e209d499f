package dev.palimpsest.engine;

import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.tensor.DType;

/**
 * Sizes of an engine.
 *
 * @param contextTokensMax the longest sequence; the model's own limit counts if it is lower
 * @param cacheBytes memory for keys and values, rounded down to whole pages
 * @param sequencesMax sequences that run at a time
 * @param queueMax requests that wait beside them
 * @param stepTokensMax tokens of a step, at least {@code sequencesMax}
 * @param outboxMax deltas that wait for a reader before its sequence is paused
 * @param draftTokensMax tokens of a step that may be guessed, of all sequences together; 0 to guess
 *     none
 * @param memoryBytesMax what weights, cache and workspace may take together
 * @param cacheType of keys and values: F32, F16, BF16 or Q8_0
 */
public record EngineConfig(
    int contextTokensMax,
    long cacheBytes,
    int sequencesMax,
    int queueMax,
    int stepTokensMax,
    int outboxMax,
    int draftTokensMax,
    long memoryBytesMax,
    DType cacheType) {
  /** Checks the ranges. */
  public EngineConfig {
    atLeast("contextTokensMax", contextTokensMax, 2);
    atLeast("cacheBytes", cacheBytes, 1);
    atLeast("sequencesMax", sequencesMax, 1);
    atLeast("queueMax", queueMax, 1);
    atLeast("stepTokensMax", stepTokensMax, sequencesMax);
    atLeast("outboxMax", outboxMax, 1);
    atLeast("draftTokensMax", draftTokensMax, 0);
    atLeast("memoryBytesMax", memoryBytesMax, 1);
    if (!KvBlock.isPossible(cacheType)) {
      throw new IllegalArgumentException("cacheType cannot be " + cacheType);
    }
  }

  /** With keys and values of full precision. */
  public EngineConfig(
      int contextTokensMax,
      long cacheBytes,
      int sequencesMax,
      int queueMax,
      int stepTokensMax,
      int outboxMax,
      int draftTokensMax,
      long memoryBytesMax) {
    this(
        contextTokensMax,
        cacheBytes,
        sequencesMax,
        queueMax,
        stepTokensMax,
        outboxMax,
        draftTokensMax,
        memoryBytesMax,
        DType.F32);
  }

  /** The same with keys and values of another type. */
  public EngineConfig withCacheType(DType type) {
    return new EngineConfig(
        contextTokensMax,
        cacheBytes,
        sequencesMax,
        queueMax,
        stepTokensMax,
        outboxMax,
        draftTokensMax,
        memoryBytesMax,
        type);
  }

  /** The same within another limit. */
  public EngineConfig withMemory(long bytesMax) {
    return new EngineConfig(
        contextTokensMax,
        cacheBytes,
        sequencesMax,
        queueMax,
        stepTokensMax,
        outboxMax,
        draftTokensMax,
        bytesMax,
        cacheType);
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
    }
  }
}
