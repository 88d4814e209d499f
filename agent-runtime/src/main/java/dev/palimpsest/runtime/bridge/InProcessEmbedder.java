package dev.palimpsest.runtime.bridge;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * BGE-small-en-v1.5, quantised to 8 bits, as LangChain4j packs it: 384 dimensions, the first
 * token's state of the last layer, scaled to unit length. Computes on the caller's thread alone, 5
 * to 10 ms for a sentence or two, so that as many texts are embedded at once as there are callers,
 * and a text's vector is the same whoever else is embedding. The lock lets embeddings finish before
 * the native session is closed.
 */
public final class InProcessEmbedder implements Embedder, VectorModel, AutoCloseable {
  /** The space of its vectors. */
  public static final EmbeddingSpace SPACE = new EmbeddingSpace("bge-small-en-v1.5-q", 384);

  private static final String MODEL = "/bge-small-en-v1.5-q.onnx";
  private static final String TOKENIZER = "/bge-small-en-v1.5-q-tokenizer.json";

  /** Window of the model with the two tokens that frame every text. */
  private static final int WINDOW_TOKENS = 512;

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final HuggingFaceTokenizer tokenizer;
  private final Sentences sentences;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
  private boolean isClosed;

  private InProcessEmbedder(
      OrtEnvironment environment, OrtSession session, HuggingFaceTokenizer tokenizer) {
    this.environment = environment;
    this.session = session;
    this.tokenizer = tokenizer;
    this.sentences = new Sentences(WINDOW_TOKENS, text -> encode(text).getIds().length);
  }

  /**
   * Loads libraries and model; takes a second or two.
   *
   * @param folder where native libraries are unpacked
   * @throws ModelException or another unchecked exception or a {@link LinkageError} when this
   *     machine cannot run it
   */
  public static InProcessEmbedder open(Path folder) {
    NativeFiles.prepare(folder);
    try {
      OrtEnvironment environment =
          OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "palimpsest");
      environment.setTelemetry(false);
      HuggingFaceTokenizer tokenizer = tokenizer();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(1);
        return new InProcessEmbedder(
            environment, environment.createSession(bytes(MODEL), options), tokenizer);
      }
    } catch (OrtException | IOException e) {
      throw new ModelException("The embedding model cannot be loaded: " + e.getMessage(), e);
    }
  }

  @Override
  public EmbeddingSpace space() {
    return SPACE;
  }

  @Override
  public List<Embedding> embed(List<String> texts) {
    return texts.stream().map(text -> compute(text).embedding()).toList();
  }

  @Override
  public String id() {
    return SPACE.id();
  }

  @Override
  public String fingerprint() {
    return sha256();
  }

  /**
   * SHA-256 of the model, whether it could be loaded or not; takes a tenth of a second.
   *
   * @throws ModelException where it cannot be read
   */
  public static String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(MODEL)));
    } catch (IOException e) {
      throw new ModelException("The embedding model cannot be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public int dimensions() {
    return SPACE.dimensions();
  }

  @Override
  public List<Vector> vectors(List<String> texts) {
    return texts.stream().map(this::compute).toList();
  }

  @Override
  public List<String> split(String text) {
    use.readLock().lock();
    try {
      requireOpen();
      return sentences.split(text);
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (!isClosed) {
        isClosed = true;
        session.close();
        tokenizer.close();
      }
    } catch (OrtException e) {
      throw new ModelException("The embedding model cannot be closed: " + e.getMessage(), e);
    } finally {
      use.writeLock().unlock();
    }
  }

  @Override
  public Reading read(String text) {
    use.readLock().lock();
    try {
      requireOpen();
      Encoding encoding = encode(text);
      return reading(text, encoding, states(encoding));
    } catch (OrtException e) {
      throw new ModelException("The embedding model failed: " + e.getMessage(), e);
    } finally {
      use.readLock().unlock();
    }
  }

  private Vector compute(String text) {
    use.readLock().lock();
    try {
      requireOpen();
      Encoding encoding = encode(text);
      return new Vector(state(states(encoding), 0), cut(encoding.getIds()).length);
    } catch (OrtException e) {
      throw new ModelException("The embedding model failed: " + e.getMessage(), e);
    } finally {
      use.readLock().unlock();
    }
  }

  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("the embedder is closed");
    }
  }

  private Encoding encode(String text) {
    return tokenizer.encode(text, true, false);
  }

  /** The last layer's, one for each token of the window after the other. */
  private FloatBuffer states(Encoding encoding) throws OrtException {
    long[] ids = cut(encoding.getIds());
    long[] shape = {1, ids.length};
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    try (OnnxTensor tokens = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[ids.length]), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types))) {
      return ((OnnxTensor) result.get(0)).getFloatBuffer();
    }
  }

  private static Embedding state(FloatBuffer states, int token) {
    float[] values = new float[SPACE.dimensions()];
    states.get(token * values.length, values);
    return Embedding.normalised(values);
  }

  /** The tokens that frame a text stand nowhere in it; spans count code points. */
  private static Reading reading(String text, Encoding encoding, FloatBuffer states) {
    CharSpan[] spans = encoding.getCharTokenSpans();
    int last = states.limit() / SPACE.dimensions() - 1;
    List<Reading.Token> tokens = new ArrayList<>();
    int points = 0;
    int units = 0;
    for (int i = 1; i < last; i++) {
      CharSpan span = spans[i];
      if (span != null && span.getStart() >= points && span.getEnd() > span.getStart()) {
        int from = text.offsetByCodePoints(units, span.getStart() - points);
        points = span.getEnd();
        units = text.offsetByCodePoints(from, span.getEnd() - span.getStart());
        tokens.add(new Reading.Token(from, units, state(states, i)));
      }
    }
    return new Reading(state(states, 0), tokens);
  }

  /** What does not fit is left out, but for the token that ends every text. */
  private static long[] cut(long[] ids) {
    if (ids.length <= WINDOW_TOKENS) {
      return ids;
    }
    long[] fitting = Arrays.copyOf(ids, WINDOW_TOKENS);
    fitting[WINDOW_TOKENS - 1] = ids[ids.length - 1];
    return fitting;
  }

  private static HuggingFaceTokenizer tokenizer() throws IOException {
    try (InputStream in = resource(TOKENIZER)) {
      return HuggingFaceTokenizer.newInstance(
          in, Map.of("padding", "false", "truncation", "false"));
    }
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = resource(name)) {
      return in.readAllBytes();
    }
  }

  private static InputStream resource(String name) {
    InputStream in = InProcessEmbedder.class.getResourceAsStream(name);
    if (in == null) {
      throw new ModelException("There is no " + name + " among the service's files.", null);
    }
    return in;
  }
}
