package dev.palimpsest.retrieval.locomo;

import ai.onnxruntime.OrtException;
import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Reading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The model of the service with a file beside it, so that a second evaluation does not compute what
 * the first did. The file holds, big-endian, again and again: SHA-256 of the text, the number of
 * tokens, where each begins and ends, and 384 half-precision numbers for the text and for each
 * token.
 */
public final class CachedEmbedder implements Embedder {
  private static final EmbeddingSpace SPACE = new EmbeddingSpace("bge-small-en-v1.5-q", 384);
  private static final int HASH = 32;
  private static final int VECTOR = 384 * Short.BYTES;

  private final Path file;
  private final Map<String, Reading> known = new HashMap<>();
  private @Nullable TokenModel model;

  /** With what the file holds already. */
  public CachedEmbedder(Path file) throws IOException {
    this.file = file;
    ByteBuffer bytes = ByteBuffer.wrap(Files.exists(file) ? Files.readAllBytes(file) : new byte[0]);
    while (bytes.hasRemaining()) {
      byte[] hash = new byte[HASH];
      bytes.get(hash);
      known.put(HexFormat.of().formatHex(hash), reading(bytes));
    }
  }

  @Override
  public EmbeddingSpace space() {
    return SPACE;
  }

  @Override
  public List<Embedding> embed(List<String> texts) {
    return texts.stream().map(text -> read(text).whole()).toList();
  }

  @Override
  public synchronized Reading read(String text) {
    byte[] hash = hash(text);
    String key = HexFormat.of().formatHex(hash);
    Reading found = known.get(key);
    if (found == null) {
      found = reading(compute(hash, text));
      known.put(key, found);
    }
    return found;
  }

  @Override
  public List<String> split(String text) {
    return List.of(text);
  }

  private static Reading reading(ByteBuffer bytes) {
    int count = bytes.getInt();
    int[] places = new int[2 * count];
    for (int i = 0; i < places.length; i++) {
      places[i] = bytes.getInt();
    }
    Embedding whole = vector(bytes);
    List<Reading.Token> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(new Reading.Token(places[2 * i], places[2 * i + 1], vector(bytes)));
    }
    return new Reading(whole, tokens);
  }

  private static Embedding vector(ByteBuffer bytes) {
    float[] values = new float[SPACE.dimensions()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.float16ToFloat(bytes.getShort());
    }
    return Embedding.normalised(values);
  }

  /** What was computed, as the file has it, without the hash. */
  private ByteBuffer compute(byte[] hash, String text) {
    try {
      if (model == null) {
        model = new TokenModel();
      }
      Reading made = model.read(text);
      int count = made.tokens().size();
      ByteBuffer bytes =
          ByteBuffer.allocate(HASH + Integer.BYTES * (1 + 2 * count) + VECTOR * (1 + count));
      bytes.put(hash).putInt(count);
      made.tokens().forEach(token -> bytes.putInt(token.from()).putInt(token.to()));
      put(bytes, made.whole());
      made.tokens().forEach(token -> put(bytes, token.vector()));
      Files.write(file, bytes.array(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return bytes.position(HASH);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(ByteBuffer bytes, Embedding vector) {
    for (float value : vector.values()) {
      bytes.putShort(Float.floatToFloat16(value));
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
