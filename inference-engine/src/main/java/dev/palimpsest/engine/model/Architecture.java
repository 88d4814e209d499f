package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.format.Metadata;

/**
 * The shape of a model as data, read from its file: a decoder of identical layers, each attention
 * with grouped key/value heads and a gated feed-forward, both behind a root-mean-square norm.
 *
 * @param name as the file says: {@code llama} or {@code qwen3}
 * @param layers number of layers
 * @param width elements of a token's vector between the layers
 * @param feedForward elements inside the feed-forward
 * @param heads counts and width of the heads
 * @param contextTokens the longest sequence that the model was made for
 * @param normEpsilon what is added to the mean square in every norm
 * @param hasHeadNorms queries and keys are normed head by head before they are turned
 * @param rope how positions enter
 */
public record Architecture(
    String name,
    int layers,
    int width,
    int feedForward,
    Heads heads,
    int contextTokens,
    float normEpsilon,
    boolean hasHeadNorms,
    Rope rope) {
  private static final int LAYERS_MAX = 1 << 10;
  private static final int WIDTH_MAX = 1 << 17;
  private static final int CONTEXT_MAX = 1 << 24;

  /**
   * Reads the architecture of a model file.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException if it is not supported, or a number
   *     is missing or out of range
   */
  public static Architecture of(Metadata metadata) {
    String name = metadata.string("general.architecture");
    return switch (name) {
      case "llama" -> read(metadata, name, false, false);
      case "qwen3" -> read(metadata, name, true, true);
      default ->
          throw metadata.refuse(
              "general.architecture", "\"" + name + "\" is not supported; llama and qwen3 are");
    };
  }

  private static Architecture read(
      Metadata metadata, String name, boolean hasHeadNorms, boolean isHalfSplit) {
    String prefix = name + ".";
    int width = number(metadata, prefix + "embedding_length", WIDTH_MAX);
    Heads heads = heads(metadata, prefix, width);
    return new Architecture(
        name,
        number(metadata, prefix + "block_count", LAYERS_MAX),
        width,
        number(metadata, prefix + "feed_forward_length", WIDTH_MAX * 8),
        heads,
        context(metadata, prefix),
        epsilon(metadata, prefix + "attention.layer_norm_rms_epsilon"),
        hasHeadNorms,
        Rope.of(metadata, prefix, heads.dim(), isHalfSplit));
  }

  private static Heads heads(Metadata metadata, String prefix, int width) {
    String queryKey = prefix + "attention.head_count";
    String keyValueKey = prefix + "attention.head_count_kv";
    String dimKey = prefix + "attention.key_length";
    int query = number(metadata, queryKey, width);
    int keyValue = metadata.has(keyValueKey) ? number(metadata, keyValueKey, query) : query;
    if (query % keyValue != 0) {
      throw metadata.refuse(keyValueKey, keyValue + " is no divisor of " + query + " query heads");
    }
    if (!metadata.has(dimKey) && width % query != 0) {
      throw metadata.refuse(queryKey, width + " elements cannot be shared by " + query + " heads");
    }
    int dim = metadata.has(dimKey) ? number(metadata, dimKey, WIDTH_MAX) : width / query;
    String valueDimKey = prefix + "attention.value_length";
    if (metadata.numberOr(valueDimKey, dim) != dim) {
      throw metadata.refuse(valueDimKey, "differs from the key length " + dim);
    }
    return new Heads(query, keyValue, dim);
  }

  /** The model's context; not more than its sliding window, inside of which none is needed. */
  private static int context(Metadata metadata, String prefix) {
    int context = number(metadata, prefix + "context_length", CONTEXT_MAX);
    long window = metadata.numberOr(prefix + "attention.sliding_window", 0);
    return window > 0 ? (int) Math.min(window, context) : context;
  }

  private static int number(Metadata metadata, String key, int max) {
    long value = metadata.number(key);
    if (value < 1 || value > max) {
      throw metadata.refuse(key, value + " is not within 1 to " + max);
    }
    return (int) value;
  }

  private static float epsilon(Metadata metadata, String key) {
    double value = metadata.real(key);
    if (!(value >= 0 && value < 1)) {
      throw metadata.refuse(key, value + " is no epsilon of a norm");
    }
    return (float) value;
  }
}
