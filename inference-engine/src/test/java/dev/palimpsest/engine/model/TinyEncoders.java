package dev.palimpsest.engine.model;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random encoders made from a seed: two layers, sixteen dimensions, a vocabulary of the small
 * letters at the begin of a word and within, a context of 64.
 */
public final class TinyEncoders {
  /** The architectures that can be made. */
  public static final List<String> ARCHITECTURES = List.of("bert", "nomic-bert");

  /** Tokens of the vocabulary. */
  public static final int VOCABULARY = 4 + 2 * 26;

  /** The longest text. */
  public static final int CONTEXT = 64;

  /** Elements of a vector. */
  public static final int WIDTH = 16;

  private static final int LAYERS = 2;
  private static final int HEADS = 4;
  private static final int FEED_FORWARD = 24;

  private final RandomGenerator random;
  private final GgufWriter writer = new GgufWriter();
  private final boolean isNomic;

  private TinyEncoders(String architecture, long seed) {
    random = Seeds.random(seed ^ architecture.hashCode());
    isNomic = architecture.equals("nomic-bert");
  }

  /** Writes an encoder into a folder; the same seed gives the same file. */
  public static Path write(Path folder, String architecture, Pooling pooling, long seed) {
    Path file = folder.resolve(architecture + "-" + pooling + "-" + seed + ".gguf");
    return write(writer(architecture, pooling, seed), file);
  }

  /** One that scores pairs of texts, with a layer before the score where asked. */
  public static Path writeReranker(Path folder, boolean isDense, long seed) {
    TinyEncoders maker = new TinyEncoders("bert", seed);
    maker.fill("bert", Pooling.SCORE);
    if (isDense) {
      maker.linear("cls", WIDTH, WIDTH, true);
    }
    maker.linear("cls.output", 1, WIDTH, true);
    return write(maker.writer, folder.resolve("reranker-" + isDense + "-" + seed + ".gguf"));
  }

  private static Path write(GgufWriter writer, Path file) {
    try {
      return writer.write(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@link #write} writes, for tests that break it. */
  public static GgufWriter writer(String architecture, Pooling pooling, long seed) {
    return new TinyEncoders(architecture, seed).fill(architecture, pooling);
  }

  private GgufWriter fill(String name, Pooling pooling) {
    writer.string("general.architecture", name).string("general.name", "tiny " + name);
    writer.u32(name + ".context_length", CONTEXT).u32(name + ".embedding_length", WIDTH);
    writer.u32(name + ".block_count", LAYERS).u32(name + ".feed_forward_length", FEED_FORWARD);
    writer.u32(name + ".attention.head_count", HEADS);
    writer.f32(name + ".attention.layer_norm_epsilon", 1e-12f);
    writer.flag(name + ".attention.causal", false);
    writer.u32(name + ".pooling_type", List.of(Pooling.values()).indexOf(pooling));
    if (isNomic) {
      writer.f32(name + ".rope.freq_base", 1_000);
    }
    vocabulary();
    matrix("token_embd.weight", VOCABULARY, WIDTH, 4);
    matrix("token_types.weight", 2, WIDTH, 4);
    if (!isNomic) {
      matrix("position_embd.weight", CONTEXT, WIDTH, 4);
    }
    norm("token_embd_norm");
    for (int layer = 0; layer < LAYERS; layer++) {
      layer("blk." + layer + ".");
    }
    return writer;
  }

  private void vocabulary() {
    List<String> tokens = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
    for (String before : List.of("\u2581", "")) {
      for (char letter = 'a'; letter <= 'z'; letter++) {
        tokens.add(before + letter);
      }
    }
    int[] types = new int[VOCABULARY];
    for (int id = 0; id < VOCABULARY; id++) {
      types[id] = id < 4 ? 3 : 1;
    }
    writer.string("tokenizer.ggml.model", "bert").strings("tokenizer.ggml.tokens", tokens);
    writer.ints("tokenizer.ggml.token_type", types);
    writer.u32("tokenizer.ggml.padding_token_id", 0).u32("tokenizer.ggml.unknown_token_id", 1);
    writer.u32("tokenizer.ggml.cls_token_id", 2).u32("tokenizer.ggml.seperator_token_id", 3);
  }

  private void layer(String prefix) {
    if (isNomic) {
      matrix(prefix + "attn_qkv.weight", 3 * WIDTH, WIDTH, 2);
      matrix(prefix + "ffn_gate.weight", FEED_FORWARD, WIDTH, 2);
    } else {
      linear(prefix + "attn_q", WIDTH, WIDTH, true);
      linear(prefix + "attn_k", WIDTH, WIDTH, true);
      linear(prefix + "attn_v", WIDTH, WIDTH, true);
    }
    linear(prefix + "attn_output", WIDTH, WIDTH, !isNomic);
    norm(prefix + "attn_output_norm");
    linear(prefix + "ffn_up", FEED_FORWARD, WIDTH, !isNomic);
    linear(prefix + "ffn_down", WIDTH, FEED_FORWARD, !isNomic);
    norm(prefix + "layer_output_norm");
  }

  private void linear(String name, int rows, int columns, boolean hasBias) {
    matrix(name + ".weight", rows, columns, 2);
    if (hasBias) {
      writer.tensor(name + ".bias", Shape.of(rows), values(rows, 1, 0.5));
    }
  }

  private void norm(String name) {
    float[] weight = values(WIDTH, 1, 0.1);
    for (int i = 0; i < WIDTH; i++) {
      weight[i] += 1;
    }
    writer.tensor(name + ".weight", Shape.of(WIDTH), weight);
    writer.tensor(name + ".bias", Shape.of(WIDTH), values(WIDTH, 1, 0.1));
  }

  private void matrix(String name, int rows, int columns, double gain) {
    writer.tensor(name, Shape.of(rows, columns), values(rows * columns, columns, gain));
  }

  private float[] values(int count, int columns, double gain) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * gain / Math.sqrt(columns));
    }
    return values;
  }
}
