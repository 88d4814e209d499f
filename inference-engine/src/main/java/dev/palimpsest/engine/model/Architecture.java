package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.format.Metadata;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.StateLayout;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a model as data, read from its file: a decoder of layers, each attention with
 * grouped key/value heads, or a gated delta rule, and a gated feed-forward, both behind a
 * root-mean-square norm; or an encoder, see {@link EncoderForward}.
 *
 * @param name as the file says, such as {@code llama} or {@code qwen3}
 * @param layers number of layers
 * @param width elements of a token's vector between the layers
 * @param feedForward elements inside the feed-forward, or inside one expert
 * @param heads counts and width of the heads
 * @param contextTokens the longest sequence that the model was made for
 * @param normEpsilon what is added to the mean square in every norm
 * @param traits what else it has
 * @param rope how positions enter
 * @param localRope how they enter layers that do not see everything
 * @param window how far back the layers see
 * @param temperature how queries grow with the position, or null where they do not
 * @param experts the parts of the feed-forward, or null where it is one
 * @param deltaNet the layers that have no attention, or null where all have
 */
public record Architecture(
    String name,
    int layers,
    int width,
    int feedForward,
    Heads heads,
    int contextTokens,
    float normEpsilon,
    Set<Trait> traits,
    Rope rope,
    Rope localRope,
    Window window,
    @Nullable Temperature temperature,
    @Nullable Experts experts,
    @Nullable DeltaNet deltaNet) {
  private static final int LAYERS_MAX = 1 << 10;
  private static final int WIDTH_MAX = 1 << 17;
  private static final int CONTEXT_MAX = 1 << 24;
  private static final int GLOBAL_EVERY = 6;
  private static final int GEMMA_27B_LAYERS = 62;

  private static final String EPSILON = "attention.layer_norm_rms_epsilon";
  private static final String ENCODER_EPSILON = "attention.layer_norm_epsilon";

  /** Copies the traits. */
  public Architecture {
    traits = Set.copyOf(traits);
  }

  /**
   * Reads the architecture of a model file.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException if it is not supported, or a number
   *     is missing or out of range
   */
  public static Architecture of(Metadata metadata) {
    String name = metadata.string("general.architecture");
    Set<Trait> traits =
        switch (name) {
          case "llama" -> EnumSet.of(Trait.EXPERTS);
          case "mistral3" -> EnumSet.noneOf(Trait.class);
          case "qwen2" -> EnumSet.of(Trait.HALF_SPLIT, Trait.BIASES);
          case "qwen3" -> EnumSet.of(Trait.HALF_SPLIT, Trait.HEAD_NORMS);
          case "qwen3moe" -> EnumSet.of(Trait.HALF_SPLIT, Trait.HEAD_NORMS, Trait.EXPERTS);
          case "phi3" -> EnumSet.of(Trait.HALF_SPLIT, Trait.FUSED);
          case "gemma3" ->
              EnumSet.of(
                  Trait.HALF_SPLIT,
                  Trait.HEAD_NORMS,
                  Trait.POST_NORMS,
                  Trait.GELU,
                  Trait.SCALED_EMBEDDING,
                  Trait.LOCAL_LAYERS);
          case "qwen35" -> hybrid(Trait.DELTA_NET);
          case "qwen35moe" -> hybrid(Trait.EXPERTS, Trait.SHARED_EXPERT);
          case "qwen3next" -> hybrid(Trait.EXPERTS, Trait.SHARED_EXPERT, Trait.GROUPED_VALUE_HEADS);
          case "bert" ->
              EnumSet.of(Trait.ENCODER, Trait.POSITION_TABLE, Trait.BIASES, Trait.UNGATED);
          case "nomic-bert" -> EnumSet.of(Trait.ENCODER, Trait.HALF_SPLIT, Trait.FUSED);
          default ->
              throw metadata.refuse(
                  "general.architecture",
                  "\""
                      + name
                      + "\" is not supported; llama, mistral3, qwen2, qwen3, qwen3moe, qwen35,"
                      + " qwen35moe, qwen3next, phi3, gemma3, bert and nomic-bert are");
        };
    return read(metadata, name, traits);
  }

  /** What the models have that know most of a sequence by a state only, and more. */
  private static Set<Trait> hybrid(Trait... more) {
    EnumSet<Trait> traits =
        EnumSet.of(Trait.HALF_SPLIT, Trait.HEAD_NORMS, Trait.DELTA_NET, Trait.QUERY_GATES);
    traits.addAll(Set.of(more));
    return traits;
  }

  private static Architecture read(Metadata metadata, String name, Set<Trait> traits) {
    String prefix = name + ".";
    int width = number(metadata, prefix + "embedding_length", WIDTH_MAX);
    Heads heads = heads(metadata, prefix, width);
    Experts experts =
        traits.contains(Trait.EXPERTS) ? Experts.of(metadata, prefix, traits, WIDTH_MAX) : null;
    Rope rope = Rope.of(metadata, prefix, heads.dim(), traits.contains(Trait.HALF_SPLIT));
    int layers = number(metadata, prefix + "block_count", LAYERS_MAX);
    if (name.equals("gemma3") && layers == GEMMA_27B_LAYERS) {
      throw metadata.refuse(
          prefix + "block_count", "gemma3 of this size scales its queries in a way of its own");
    }
    boolean isEncoder = traits.contains(Trait.ENCODER);
    String causalKey = prefix + "attention.causal";
    if (metadata.flagOr(causalKey, !isEncoder) == isEncoder) {
      throw metadata.refuse(causalKey, "is the other way round in every " + name + " known here");
    }
    boolean hasLocal = traits.contains(Trait.LOCAL_LAYERS);
    return new Architecture(
        name,
        layers,
        width,
        feedForward(metadata, prefix, experts != null),
        heads,
        number(metadata, prefix + "context_length", CONTEXT_MAX),
        epsilon(metadata, prefix + (isEncoder ? ENCODER_EPSILON : EPSILON)),
        traits,
        rope,
        hasLocal ? rope.local(metadata, prefix) : rope,
        Window.of(metadata, prefix, hasLocal ? GLOBAL_EVERY : 0),
        Temperature.of(metadata, prefix),
        experts,
        DeltaNet.of(metadata, prefix, traits, layers));
  }

  /** Whether it makes vectors of texts and cannot go on with one. */
  public boolean isEncoder() {
    return has(Trait.ENCODER);
  }

  /** Whether the architecture has this trait. */
  boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /** Whether a layer has attention, and with it keys and values in the cache. */
  public boolean isAttention(int layer) {
    return deltaNet == null || deltaNet.isAttention(layer);
  }

  /**
   * Why what a sequence of this model has cached cannot be compacted; empty where it can. Layers
   * that see a window only forget by themselves, and a recurrent state cannot be cut.
   */
  public Optional<String> compactionRefusal() {
    if (isEncoder()) {
      return Optional.of(name + " is an encoder and keeps no cache");
    }
    if (stateLayout() != null) {
      return Optional.of(name + " knows its past by a recurrent state, which cannot be compacted");
    }
    return window.tokens(0) < contextTokens
        ? Optional.of(name + " has layers that see a window of " + window.tokens(0) + " tokens")
        : Optional.empty();
  }

  /** How the cache of keys and values is laid out: only layers with attention have a part of it. */
  public KvLayout cacheLayout() {
    return new KvLayout(deltaNet == null ? layers : layers / deltaNet.attentionEvery(), heads);
  }

  /** How the state of a sequence is laid out; null where no layer has one. */
  public @Nullable StateLayout stateLayout() {
    return deltaNet == null || deltaNet.attentionEvery() == 1
        ? null
        : new StateLayout(layers - layers / deltaNet.attentionEvery(), deltaNet.heads());
  }

  /** Which of the layers with attention a layer is, or which of those without. */
  int indexOfKind(int layer) {
    if (deltaNet == null) {
      return layer;
    }
    int before = layer / deltaNet.attentionEvery();
    return isAttention(layer) ? before : layer - before;
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

  /** Older files of models with experts give the length of one as that of the whole. */
  private static int feedForward(Metadata metadata, String prefix, boolean hasExperts) {
    String expertKey = prefix + "expert_feed_forward_length";
    boolean isOfExpert = hasExperts && metadata.has(expertKey);
    return number(metadata, isOfExpert ? expertKey : prefix + "feed_forward_length", WIDTH_MAX * 8);
  }

  static int number(Metadata metadata, String key, int max) {
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
