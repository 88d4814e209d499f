package dev.palimpsest.engine.model;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random models made from a seed, for tests that need a model and not its sense: two layers (six of
 * gemma3, of which the last sees everything; four of those with states, of which every second has
 * attention), sixteen dimensions, a vocabulary of bytes (and {@code <unk>}, {@code <s>}, {@code
 * </s>} before them), a context of 128.
 */
public final class TinyModels {
  /** The architectures that can be made. */
  public static final List<String> ARCHITECTURES =
      List.of(
          "llama",
          "llama-moe",
          "mistral3",
          "qwen2",
          "qwen3",
          "qwen3moe",
          "phi3",
          "gemma3",
          "qwen35",
          "qwen35moe",
          "qwen3next");

  /** Those of them whose sequences have a state. */
  public static final List<String> HYBRIDS = List.of("qwen35", "qwen35moe", "qwen3next");

  /** Tokens of the vocabulary. */
  public static final int VOCABULARY = 259;

  /** The first byte's token. */
  public static final int FIRST_BYTE = 3;

  /** The longest sequence. */
  public static final int CONTEXT = 128;

  private static final int LAYERS = 2;
  private static final int GEMMA_LAYERS = 6;
  private static final int WIDTH = 16;
  private static final int HEADS = 4;
  private static final int FEED_FORWARD = 24;
  private static final int EXPERTS = 4;
  private static final int WINDOW = 24;
  private static final int KEY_HEADS = 2;
  private static final int VALUE_HEADS = 4;
  private static final int STATE_DIM = 5;
  private static final int TAPS = 4;
  private static final int SHARED = 8;

  private final RandomGenerator random;
  private final GgufWriter writer = new GgufWriter();
  private int keyValueHeads = 2;
  private int headDim = 6;

  private TinyModels(RandomGenerator random) {
    this.random = random;
  }

  /** Writes a model into a folder; the same seed gives the same file. */
  public static Path write(Path folder, String architecture, long seed) {
    try {
      return writer(architecture, seed).write(folder.resolve(architecture + "-" + seed + ".gguf"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, before it is written. */
  public static GgufWriter writer(String architecture, long seed) {
    return named(architecture, seed, "tiny-" + architecture, CONTEXT);
  }

  /** The same with a name and a context of its own. */
  public static GgufWriter named(String architecture, long seed, String called, int context) {
    return new TinyModels(Seeds.random(seed)).fill(architecture, called, context);
  }

  private GgufWriter fill(String architecture, String called, int context) {
    String name = architecture.equals("llama-moe") ? "llama" : architecture;
    int layers = LAYERS;
    if (name.equals("gemma3")) {
      // As much cache as the others have, so that tests need not tell them apart.
      layers = GEMMA_LAYERS;
      keyValueHeads = 1;
      headDim = 4;
    }
    if (HYBRIDS.contains(name)) {
      layers = 2 * LAYERS;
    }
    writer.string("general.architecture", name).string("general.name", called);
    writer.u32(name + ".context_length", context).u32(name + ".embedding_length", WIDTH);
    writer.u32(name + ".block_count", layers).u32(name + ".feed_forward_length", FEED_FORWARD);
    writer.u32(name + ".attention.head_count", HEADS);
    writer.u32(name + ".attention.head_count_kv", keyValueHeads);
    writer.u32(name + ".attention.key_length", headDim);
    writer.u32(name + ".attention.value_length", headDim);
    writer.f32(name + ".attention.layer_norm_rms_epsilon", 1e-5f);
    int rotated = HYBRIDS.contains(name) ? headDim - 2 : headDim;
    writer.u32(name + ".rope.dimension_count", rotated).f32(name + ".rope.freq_base", 10_000);
    peculiarities(architecture, name);
    vocabulary();
    matrix("token_embd.weight", VOCABULARY, WIDTH, 4);
    for (int layer = 0; layer < layers; layer++) {
      boolean isAttention = !HYBRIDS.contains(name) || layer % 2 == 1;
      layer("blk." + layer + ".", architecture, isAttention);
    }
    norm("output_norm.weight", WIDTH);
    matrix("output.weight", VOCABULARY, WIDTH, 3);
    return writer;
  }

  private void peculiarities(String architecture, String name) {
    switch (architecture) {
      case "qwen35", "qwen35moe", "qwen3next" -> recurrence(name);
      case "llama-moe", "qwen3moe" ->
          writer
              .u32(name + ".expert_count", EXPERTS)
              .u32(name + ".expert_used_count", 2)
              .u32(name + ".expert_feed_forward_length", FEED_FORWARD);
      case "mistral3" ->
          writer
              .f32(name + ".attention.temperature_scale", 0.1f)
              .u32(name + ".attention.temperature_length", 16);
      case "phi3", "gemma3" -> writer.u32(name + ".attention.sliding_window", WINDOW);
      default -> {}
    }
  }

  private void recurrence(String name) {
    writer.u32(name + ".full_attention_interval", 2).u32(name + ".ssm.conv_kernel", TAPS);
    writer.u32(name + ".ssm.state_size", STATE_DIM).u32(name + ".ssm.group_count", KEY_HEADS);
    writer.u32(name + ".ssm.time_step_rank", VALUE_HEADS);
    writer.u32(name + ".ssm.inner_size", VALUE_HEADS * STATE_DIM);
    if (!name.equals("qwen35")) {
      writer.u32(name + ".expert_count", EXPERTS).u32(name + ".expert_used_count", 2);
      writer.u32(name + ".expert_feed_forward_length", FEED_FORWARD);
      writer.u32(name + ".expert_shared_feed_forward_length", SHARED);
    }
  }

  private void vocabulary() {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    int[] types = new int[VOCABULARY];
    types[0] = 2;
    types[1] = 3;
    types[2] = 3;
    for (int b = 0; b < 256; b++) {
      types[FIRST_BYTE + b] = 6;
      tokens.add("<0x%02X>".formatted(b));
    }
    writer.string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", tokens);
    writer.floats("tokenizer.ggml.scores", new float[VOCABULARY]);
    writer.ints("tokenizer.ggml.token_type", types);
    writer.u32("tokenizer.ggml.bos_token_id", 1).u32("tokenizer.ggml.eos_token_id", 2);
    writer.u32("tokenizer.ggml.unknown_token_id", 0);
    writer.flag("tokenizer.ggml.add_space_prefix", false);
  }

  private void layer(String prefix, String architecture, boolean isAttention) {
    norm(prefix + "attn_norm.weight", WIDTH);
    if (isAttention) {
      attention(prefix, architecture);
    } else {
      deltaRule(prefix, architecture);
    }
    feedForward(prefix, architecture);
  }

  private void deltaRule(String prefix, String architecture) {
    int values = VALUE_HEADS * STATE_DIM;
    matrix(prefix + "attn_qkv.weight", 2 * KEY_HEADS * STATE_DIM + values, WIDTH, 2);
    matrix(prefix + "attn_gate.weight", values, WIDTH, 2);
    matrix(prefix + "ssm_conv1d.weight", 2 * KEY_HEADS * STATE_DIM + values, TAPS, 2);
    norm(prefix + "ssm_dt.bias", VALUE_HEADS);
    float[] rates = new float[VALUE_HEADS];
    for (int i = 0; i < VALUE_HEADS; i++) {
      rates[i] = -0.02f * (1 + random.nextInt(20));
    }
    writer.tensor(prefix + "ssm_a", Shape.of(VALUE_HEADS), rates);
    if (architecture.equals("qwen3next")) {
      matrix(prefix + "ssm_ba.weight", 2 * VALUE_HEADS, WIDTH, 2);
    } else {
      matrix(prefix + "ssm_beta.weight", VALUE_HEADS, WIDTH, 2);
      matrix(prefix + "ssm_alpha.weight", VALUE_HEADS, WIDTH, 2);
    }
    norm(prefix + "ssm_norm.weight", STATE_DIM);
    halfMatrix(prefix + "ssm_out.weight", WIDTH, values, 2);
  }

  private void attention(String prefix, String architecture) {
    int queryWidth = HEADS * headDim;
    int keyValueWidth = keyValueHeads * headDim;
    int gates = HYBRIDS.contains(architecture) ? queryWidth : 0;
    if (architecture.equals("phi3")) {
      matrix(prefix + "attn_qkv.weight", queryWidth + 2 * keyValueWidth, WIDTH, 2);
    } else {
      matrix(prefix + "attn_q.weight", queryWidth + gates, WIDTH, 2);
      matrix(prefix + "attn_k.weight", keyValueWidth, WIDTH, 2);
      matrix(prefix + "attn_v.weight", keyValueWidth, WIDTH, 2);
    }
    matrix(prefix + "attn_output.weight", WIDTH, queryWidth, 2);
    switch (architecture) {
      case "qwen2" -> {
        norm(prefix + "attn_q.bias", queryWidth);
        norm(prefix + "attn_k.bias", keyValueWidth);
        norm(prefix + "attn_v.bias", keyValueWidth);
      }
      case "qwen3", "qwen3moe", "gemma3", "qwen35", "qwen35moe", "qwen3next" -> {
        norm(prefix + "attn_q_norm.weight", headDim);
        norm(prefix + "attn_k_norm.weight", headDim);
      }
      default -> {}
    }
  }

  private void feedForward(String prefix, String architecture) {
    boolean isHybrid = HYBRIDS.contains(architecture);
    norm(prefix + (isHybrid ? "post_attention_norm.weight" : "ffn_norm.weight"), WIDTH);
    switch (architecture) {
      case "llama-moe", "qwen3moe", "qwen35moe", "qwen3next" -> {
        matrix(prefix + "ffn_gate_inp.weight", EXPERTS, WIDTH, 2);
        stack(prefix + "ffn_gate_exps.weight", FEED_FORWARD, WIDTH);
        stack(prefix + "ffn_up_exps.weight", FEED_FORWARD, WIDTH);
        stack(prefix + "ffn_down_exps.weight", WIDTH, FEED_FORWARD);
        if (isHybrid) {
          norm(prefix + "ffn_gate_inp_shexp.weight", WIDTH);
          matrix(prefix + "ffn_gate_shexp.weight", SHARED, WIDTH, 2);
          matrix(prefix + "ffn_up_shexp.weight", SHARED, WIDTH, 2);
          matrix(prefix + "ffn_down_shexp.weight", WIDTH, SHARED, 2);
        }
        return;
      }
      case "phi3" -> halfMatrix(prefix + "ffn_up.weight", 2 * FEED_FORWARD, WIDTH, 2);
      default -> {
        halfMatrix(prefix + "ffn_gate.weight", FEED_FORWARD, WIDTH, 2);
        halfMatrix(prefix + "ffn_up.weight", FEED_FORWARD, WIDTH, 2);
      }
    }
    matrix(prefix + "ffn_down.weight", WIDTH, FEED_FORWARD, 2);
    if (architecture.equals("gemma3")) {
      norm(prefix + "post_attention_norm.weight", WIDTH);
      norm(prefix + "post_ffw_norm.weight", WIDTH);
    }
  }

  /** The matrices of all experts. */
  private void stack(String name, int rows, int columns) {
    float[] all = values(EXPERTS * rows * columns, columns, 2);
    writer.tensor(name, Shape.of(EXPERTS, rows, columns), all);
  }

  private void norm(String name, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = 1 + 0.1f * (float) random.nextGaussian();
    }
    writer.tensor(name, Shape.of(length), values);
  }

  private void matrix(String name, int rows, int columns, double gain) {
    writer.tensor(name, Shape.of(rows, columns), values(rows * columns, columns, gain));
  }

  private void halfMatrix(String name, int rows, int columns, double gain) {
    ByteBuffer halves =
        ByteBuffer.allocate(rows * columns * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values(rows * columns, columns, gain)) {
      halves.putShort(Float.floatToFloat16(value));
    }
    writer.tensor(name, DType.F16.ggmlId(), Shape.of(rows, columns), halves.array());
  }

  private float[] values(int count, int columns, double gain) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * gain / Math.sqrt(columns));
    }
    return values;
  }

  /** Random tokens of the byte vocabulary. */
  public static int[] prompt(RandomGenerator random, int length) {
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      ids[i] = FIRST_BYTE + random.nextInt(256);
    }
    return ids;
  }
}
