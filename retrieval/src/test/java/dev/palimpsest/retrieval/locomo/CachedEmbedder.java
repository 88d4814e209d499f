package dev.palimpsest.retrieval.locomo;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The model of the service with a file beside it, so that a second evaluation does not compute what
 * the first did. The file holds SHA-256 of the text and 384 floats, big-endian, again and again.
 */
final class CachedEmbedder implements Embedder {
  private static final EmbeddingSpace SPACE = new EmbeddingSpace("bge-small-en-v1.5-q", 384);
  private static final int RECORD = 32 + 384 * Float.BYTES;

  private final Path file;
  private final Map<String, float[]> known = new HashMap<>();
  private final Supplier<EmbeddingModel> models;

  CachedEmbedder(Path file) throws IOException {
    this.file = file;
    EmbeddingModel[] loaded = new EmbeddingModel[1];
    this.models =
        () -> {
          if (loaded[0] == null) {
            loaded[0] = new BgeSmallEnV15QuantizedEmbeddingModel(Runnable::run);
          }
          return loaded[0];
        };
    byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    for (int at = 0; at + RECORD <= bytes.length; at += RECORD) {
      float[] vector = new float[SPACE.dimensions()];
      ByteBuffer.wrap(bytes, at + 32, RECORD - 32).asFloatBuffer().get(vector);
      known.put(HexFormat.of().formatHex(bytes, at, at + 32), vector);
    }
  }

  @Override
  public EmbeddingSpace space() {
    return SPACE;
  }

  @Override
  public synchronized List<Embedding> embed(List<String> texts) {
    return texts.stream().map(this::embed).toList();
  }

  @Override
  public List<String> split(String text) {
    return List.of(text);
  }

  private Embedding embed(String text) {
    byte[] hash = hash(text);
    return Embedding.normalised(
        known.computeIfAbsent(HexFormat.of().formatHex(hash), key -> compute(hash, text)));
  }

  private float[] compute(byte[] hash, String text) {
    float[] vector = models.get().embed(text).content().vector();
    ByteBuffer bytes = ByteBuffer.allocate(RECORD).order(ByteOrder.BIG_ENDIAN).put(hash);
    for (float value : vector) {
      bytes.putFloat(value);
    }
    try {
      Files.write(file, bytes.array(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return vector;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
