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
 * Writes a qwen3-shaped Q8_0 model with random weights, for speed does not depend on the values.
 * The output is tied to the embedding and there is no vocabulary. Streams; needs no memory.
 */
final class RandomModel {
  private static final int F32 = 0;
  private static final int Q8_0 = 8;
  private static final int BLOCK = 32;
  private static final int BLOCK_BYTES = 34;
  private static final int ALIGNMENT = 32;
  private static final int CONTEXT = 4_096;
  private static final int BUFFER_BYTES = 1 << 20;

  private record Shape(
      int layers, int width, int feedForward, int heads, int kvHeads, int dim, int vocabulary) {}

  private record Line(String name, int type, long rows, long columns) {
    long bytes() {
      return type == F32 ? columns * Float.BYTES : rows * columns / BLOCK * BLOCK_BYTES;
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
          case "small" -> new Shape(20, 512, 1_536, 8, 4, 128, 32_768);
          case "0.6b" -> new Shape(28, 1_024, 3_072, 16, 8, 128, 151_936);
          default -> throw new IllegalArgumentException("no shape " + name + "; small, 0.6b");
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
    buffer.putLong(lines.size()).putLong(pairs).put(metadata.flip());
    long offset = 0;
    for (Line line : lines) {
      text(buffer, line.name);
      boolean isVector = line.type == F32;
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
    ByteBuffer to = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN);
    string(to, "general.architecture", "qwen3");
    string(to, "general.name", "random");
    string(to, "tokenizer.ggml.model", "no_vocab");
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
    return to;
  }

  private void string(ByteBuffer to, String key, String value) {
    text(to, key);
    to.putInt(8);
    text(to, value);
    pairs++;
  }

  private void number(ByteBuffer to, String key, int value) {
    text(to, "qwen3." + key);
    to.putInt(4).putInt(value);
    pairs++;
  }

  private void real(ByteBuffer to, String key, float value) {
    text(to, "qwen3." + key);
    to.putInt(6).putFloat(value);
    pairs++;
  }

  private static void text(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.putLong(bytes.length).put(bytes);
  }

  private List<Line> lines() {
    int queryWidth = shape.heads * shape.dim;
    int keyValueWidth = shape.kvHeads * shape.dim;
    List<Line> lines = new ArrayList<>();
    lines.add(new Line("token_embd.weight", Q8_0, shape.vocabulary, shape.width));
    for (int i = 0; i < shape.layers; i++) {
      String prefix = "blk." + i + ".";
      lines.add(new Line(prefix + "attn_norm.weight", F32, 1, shape.width));
      lines.add(new Line(prefix + "attn_q.weight", Q8_0, queryWidth, shape.width));
      lines.add(new Line(prefix + "attn_k.weight", Q8_0, keyValueWidth, shape.width));
      lines.add(new Line(prefix + "attn_v.weight", Q8_0, keyValueWidth, shape.width));
      lines.add(new Line(prefix + "attn_output.weight", Q8_0, shape.width, queryWidth));
      lines.add(new Line(prefix + "attn_q_norm.weight", F32, 1, shape.dim));
      lines.add(new Line(prefix + "attn_k_norm.weight", F32, 1, shape.dim));
      lines.add(new Line(prefix + "ffn_norm.weight", F32, 1, shape.width));
      lines.add(new Line(prefix + "ffn_gate.weight", Q8_0, shape.feedForward, shape.width));
      lines.add(new Line(prefix + "ffn_up.weight", Q8_0, shape.feedForward, shape.width));
      lines.add(new Line(prefix + "ffn_down.weight", Q8_0, shape.width, shape.feedForward));
    }
    lines.add(new Line("output_norm.weight", F32, 1, shape.width));
    return lines;
  }

  private void data(Line line) throws IOException {
    if (line.type == F32) {
      for (long i = 0; i < line.columns; i++) {
        room(Float.BYTES);
        buffer.putFloat(1);
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
    buffer.flip();
    while (buffer.hasRemaining()) {
      out.write(buffer);
    }
    buffer.clear();
  }
}
