package dev.palimpsest.engine.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Writes a Q8_0 model with random weights, shaped like qwen3 or, with recurrent states, like qwen35;
 * for speed does not depend on the values. The output is tied to the embedding, and the vocabulary
 * is of bytes and of words that mean nothing. Streams; needs little memory.
 */
final class RandomModel {
  static final String SHAPES = "small|0.6b|small-hybrid|hybrid";

  private static final int F32 = 0;
  private static final int Q8_0 = 8;
  private static final int BLOCK = 32;
  private static final int BLOCK_BYTES = 34;
  private static final int ALIGNMENT = 32;
  private static final int CONTEXT = 16_384;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int METADATA_BYTES = 8 << 20;

  /** Of a sequence's state: as many heads for keys as for values, and as wide. */
  private static final int STATE_DIM = 128;

  private static final int TAPS = 4;
  private static final int ATTENTION_EVERY = 4;

  /** The three tokens that are neither bytes nor words. */
  private static final int FIRST_BYTE = 3;

  private static final int FIRST_WORD = FIRST_BYTE + 256;

  /**
   * A shape.
   *
   * @param stateHeads of the layers with a state, 0 where all have attention
   */
  private record Shape(
      int layers,
      int width,
      int feedForward,
      int heads,
      int kvHeads,
      int dim,
      int vocabulary,
      int stateHeads) {
    boolean isHybrid() {
      return stateHeads > 0;
    }

    boolean hasAttention(int layer) {
      return !isHybrid() || (layer + 1) % ATTENTION_EVERY == 0;
    }

    String architecture() {
      return isHybrid() ? "qwen35" : "qwen3";
    }
  }

  /** A tensor; one of F32 has the same value everywhere. */
  private record Line(String name, int type, long rows, long columns, float value) {
    static Line matrix(String name, long rows, long columns) {
      return new Line(name, Q8_0, rows, columns, 0);
    }

    static Line vector(String name, long length, float value) {
      return new Line(name, F32, 1, length, value);
    }

    long bytes() {
      return type == F32 ? rows * columns * Float.BYTES : rows * columns / BLOCK * BLOCK_BYTES;
    }
  }

  private final Shape shape;
  private final SplittableRandom random = new SplittableRandom(1);
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final FileChannel out;
  private int pairs;

  private RandomModel(Shape shape, FileChannel out) {
    this.shape = shape;
    this.out = out;
  }

  /** Writes the model of a named shape. */
  static void write(String name, Path file) throws IOException {
    Shape shape =
        switch (name) {
          case "small" -> new Shape(20, 512, 1_536, 8, 4, 128, 32_768, 0);
          case "0.6b" -> new Shape(28, 1_024, 3_072, 16, 8, 128, 151_936, 0);
          case "small-hybrid" -> new Shape(12, 512, 1_536, 8, 2, 128, 32_768, 4);
          case "hybrid" -> new Shape(24, 1_024, 3_584, 8, 2, 256, 151_936, 16);
          default -> throw new IllegalArgumentException("no shape " + name + "; " + SHAPES);
        };
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      new RandomModel(shape, out).write();
    }
  }

  private void write() throws IOException {
    List<Line> lines = lines();
    ByteBuffer metadata = metadata();
    buffer.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3);
    buffer.putLong(lines.size()).putLong(pairs);
    flush();
    writeAll(metadata.flip());
    long offset = 0;
    for (Line line : lines) {
      text(buffer, line.name);
      boolean isVector = line.rows == 1;
      buffer.putInt(isVector ? 1 : 2).putLong(line.columns);
      if (!isVector) {
        buffer.putLong(line.rows);
      }
      buffer.putInt(line.type).putLong(offset);
      offset += Math.ceilDiv(line.bytes(), ALIGNMENT) * ALIGNMENT;
    }
    for (Line line : lines) {
      pad();
      data(line);
    }
    pad();
    flush();
  }

  private ByteBuffer metadata() {
    ByteBuffer to = ByteBuffer.allocate(METADATA_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    string(to, "general.architecture", shape.architecture());
    string(to, "general.name", "random");
    number(to, "context_length", CONTEXT);
    number(to, "embedding_length", shape.width);
    number(to, "block_count", shape.layers);
    number(to, "feed_forward_length", shape.feedForward);
    number(to, "attention.head_count", shape.heads);
    number(to, "attention.head_count_kv", shape.kvHeads);
    number(to, "attention.key_length", shape.dim);
    number(to, "attention.value_length", shape.dim);
    number(to, "vocab_size", shape.vocabulary);
    real(to, "attention.layer_norm_rms_epsilon", 1e-6f);
    real(to, "rope.freq_base", 1e6f);
    if (shape.isHybrid()) {
      states(to);
    }
    vocabulary(to);
    return to;
  }

  private void states(ByteBuffer to) {
    int rotated = shape.dim / 4;
    number(to, "rope.dimension_count", rotated);
    int part = rotated / 2 / 3;
    array(to, "qwen35.rope.dimension_sections", 5, 4);
    to.putInt(rotated / 2 - 2 * part).putInt(part).putInt(part).putInt(0);
    number(to, "full_attention_interval", ATTENTION_EVERY);
    number(to, "ssm.conv_kernel", TAPS);
    number(to, "ssm.state_size", STATE_DIM);
    number(to, "ssm.group_count", shape.stateHeads);
    number(to, "ssm.time_step_rank", shape.stateHeads);
    number(to, "ssm.inner_size", shape.stateHeads * STATE_DIM);
  }

  private void vocabulary(ByteBuffer to) {
    string(to, "tokenizer.ggml.model", "llama");
    array(to, "tokenizer.ggml.tokens", 8, shape.vocabulary);
    for (String each : List.of("<unk>", "<s>", "</s>")) {
      text(to, each);
    }
    for (int value = 0; value < FIRST_WORD - FIRST_BYTE; value++) {
      text(to, "<0x%02X>".formatted(value));
    }
    for (int word = FIRST_WORD; word < shape.vocabulary; word++) {
      text(to, " w" + word);
    }
    array(to, "tokenizer.ggml.scores", 6, shape.vocabulary);
    for (int i = 0; i < shape.vocabulary; i++) {
      to.putFloat(0);
    }
    array(to, "tokenizer.ggml.token_type", 5, shape.vocabulary);
    for (int i = 0; i < shape.vocabulary; i++) {
      // Unknown, control, byte, and normal ones.
      to.putInt(i == 0 ? 2 : i < FIRST_BYTE ? 3 : i < FIRST_WORD ? 6 : 1);
    }
    id(to, "tokenizer.ggml.bos_token_id", 1);
    id(to, "tokenizer.ggml.eos_token_id", 2);
    id(to, "tokenizer.ggml.unknown_token_id", 0);
  }

  private void array(ByteBuffer to, String key, int type, int length) {
    text(to, key);
    to.putInt(9).putInt(type).putLong(length);
    pairs++;
  }

  private void string(ByteBuffer to, String key, String value) {
    text(to, key);
    to.putInt(8);
    text(to, value);
    pairs++;
  }

  private void number(ByteBuffer to, String key, int value) {
    id(to, shape.architecture() + "." + key, value);
  }

  private void id(ByteBuffer to, String key, int value) {
    text(to, key);
    to.putInt(4).putInt(value);
    pairs++;
  }

  private void real(ByteBuffer to, String key, float value) {
    text(to, shape.architecture() + "." + key);
    to.putInt(6).putFloat(value);
    pairs++;
  }

  private static void text(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.putLong(bytes.length).put(bytes);
  }

  private List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    lines.add(Line.matrix("token_embd.weight", shape.vocabulary, shape.width));
    for (int i = 0; i < shape.layers; i++) {
      String prefix = "blk." + i + ".";
      lines.add(Line.vector(prefix + "attn_norm.weight", shape.width, 1));
      lines.addAll(shape.hasAttention(i) ? attention(prefix) : deltaRule(prefix));
      String norm = shape.isHybrid() ? "post_attention_norm.weight" : "ffn_norm.weight";
      lines.add(Line.vector(prefix + norm, shape.width, 1));
      lines.add(Line.matrix(prefix + "ffn_gate.weight", shape.feedForward, shape.width));
      lines.add(Line.matrix(prefix + "ffn_up.weight", shape.feedForward, shape.width));
      lines.add(Line.matrix(prefix + "ffn_down.weight", shape.width, shape.feedForward));
    }
    lines.add(Line.vector("output_norm.weight", shape.width, 1));
    return lines;
  }

  private List<Line> attention(String prefix) {
    int queryWidth = shape.heads * shape.dim;
    int keyValueWidth = shape.kvHeads * shape.dim;
    int gates = shape.isHybrid() ? queryWidth : 0;
    return List.of(
        Line.matrix(prefix + "attn_q.weight", queryWidth + gates, shape.width),
        Line.matrix(prefix + "attn_k.weight", keyValueWidth, shape.width),
        Line.matrix(prefix + "attn_v.weight", keyValueWidth, shape.width),
        Line.matrix(prefix + "attn_output.weight", shape.width, queryWidth),
        Line.vector(prefix + "attn_q_norm.weight", shape.dim, 1),
        Line.vector(prefix + "attn_k_norm.weight", shape.dim, 1));
  }

  private List<Line> deltaRule(String prefix) {
    int heads = shape.stateHeads;
    int inner = heads * STATE_DIM;
    return List.of(
        Line.matrix(prefix + "attn_qkv.weight", 3L * inner, shape.width),
        Line.matrix(prefix + "attn_gate.weight", inner, shape.width),
        new Line(prefix + "ssm_conv1d.weight", F32, 3L * inner, TAPS, 1f / TAPS),
        Line.vector(prefix + "ssm_dt.bias", heads, 1),
        Line.vector(prefix + "ssm_a", heads, -0.1f),
        Line.matrix(prefix + "ssm_beta.weight", heads, shape.width),
        Line.matrix(prefix + "ssm_alpha.weight", heads, shape.width),
        Line.vector(prefix + "ssm_norm.weight", STATE_DIM, 1),
        Line.matrix(prefix + "ssm_out.weight", shape.width, inner));
  }

  private void data(Line line) throws IOException {
    if (line.type == F32) {
      for (long i = 0; i < line.rows * line.columns; i++) {
        room(Float.BYTES);
        buffer.putFloat(line.value);
      }
      return;
    }
    // A uniform byte has a deviation of 74; rows of unit length keep activations in range.
    short scale = Float.floatToFloat16((float) (1 / (74 * Math.sqrt((double) line.columns))));
    for (long block = line.rows * line.columns / BLOCK; block > 0; block--) {
      room(BLOCK_BYTES);
      buffer.putShort(scale);
      for (int i = 0; i < BLOCK / Long.BYTES; i++) {
        buffer.putLong(random.nextLong());
      }
    }
  }

  private void pad() throws IOException {
    room(ALIGNMENT);
    while ((out.position() + buffer.position()) % ALIGNMENT != 0) {
      buffer.put((byte) 0);
    }
  }

  private void room(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
  }

  private void flush() throws IOException {
    writeAll(buffer.flip());
    buffer.clear();
  }

  private void writeAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
