package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.Metadata;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.engine.format.TensorInfo;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Vocabulary;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One loaded model: weights, architecture and tokenizer. Owns the arena into which the file is
 * mapped; immutable and for any thread while open. A lock guards the checksum, which is computed at
 * most once.
 */
public final class Model implements AutoCloseable {
  private final Arena arena;
  private final Gguf file;
  private final Architecture architecture;
  private final @Nullable Weights weights;
  private final @Nullable EncoderWeights encoder;
  private final @Nullable ScoreHead scoreHead;
  private final Optional<Pooling> pooling;
  private final Optional<Calibration> calibration;
  private final Tokenizer tokenizer;
  private final ModelDescription description;
  private final ReentrantLock checksumLock = new ReentrantLock();
  private @Nullable String checksum;

  private Model(Arena arena, Gguf file) {
    this.arena = arena;
    this.file = file;
    this.architecture = Architecture.of(file.metadata());
    boolean isEncoder = architecture.isEncoder();
    this.weights = isEncoder ? null : Weights.of(file);
    this.encoder = isEncoder ? EncoderWeights.of(file, architecture) : null;
    this.scoreHead = ScoreHead.of(file, architecture.width());
    this.pooling = Pooling.of(file.metadata(), architecture.name() + ".");
    this.calibration = Calibration.of(file.metadata());
    this.tokenizer = Tokenizers.of(file.metadata());
    int size = tokenizer.vocabulary().size();
    long rows = file.tensor("token_embd.weight").shape().rows();
    if (size != rows) {
      throw file.refuse(
          "token_embd.weight", "has " + rows + " rows, the tokenizer " + size + " tokens");
    }
    this.description = describe(file, architecture, size);
  }

  /**
   * Maps a model file and checks all of it but the values of the weights.
   *
   * @throws ModelFormatException if the file is not a model that this engine can run, saying where
   */
  public static Model open(Path file) {
    Arena arena = Arena.ofShared();
    boolean isOk = false;
    try {
      Model model = new Model(arena, Gguf.open(file, arena));
      isOk = true;
      return model;
    } finally {
      if (!isOk) {
        arena.close();
      }
    }
  }

  private static ModelDescription describe(
      Gguf file, Architecture architecture, int vocabularySize) {
    Metadata metadata = file.metadata();
    long parameters = file.tensors().stream().mapToLong(info -> info.shape().elements()).sum();
    return new ModelDescription(
        metadata.stringOr("general.name", String.valueOf(file.file().getFileName())),
        architecture.name(),
        dominantType(file).name(),
        parameters,
        architecture.contextTokens(),
        vocabularySize,
        file.bytes());
  }

  private static DType dominantType(Gguf file) {
    Map<DType, Long> elements = new EnumMap<>(DType.class);
    for (TensorInfo info : file.tensors()) {
      elements.merge(info.type().orElseThrow(), info.shape().elements(), Long::sum);
    }
    return Collections.max(elements.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  /** Name, size and the like. */
  public ModelDescription description() {
    return description;
  }

  /** The file that was opened. */
  public Path file() {
    return file.file();
  }

  /** Its shape. */
  public Architecture architecture() {
    return architecture;
  }

  /**
   * The tensors of a model that generates; borrowed, valid while the model is open.
   *
   * @throws ModelFormatException if it is an encoder, which cannot
   */
  public Weights weights() {
    if (weights == null) {
      throw refuseUse("is an encoder: it makes vectors of texts and cannot generate");
    }
    return weights;
  }

  /**
   * The tensors of an encoder; borrowed, valid while the model is open.
   *
   * @throws ModelFormatException if it is none
   */
  public EncoderWeights encoderWeights() {
    if (encoder == null) {
      throw refuseUse("is no encoder");
    }
    return encoder;
  }

  private ModelFormatException refuseUse(String why) {
    return file.metadata().refuse("general.architecture", architecture.name() + " " + why);
  }

  /** What makes a score of a text's vector, in a reranker. */
  public Optional<ScoreHead> scoreHead() {
    return Optional.ofNullable(scoreHead);
  }

  /** How the vectors of a text's tokens become one, where the file says that. */
  public Optional<Pooling> pooling() {
    return pooling;
  }

  /**
   * How a reranker is asked, where the file says that: with {@code {query}}, {@code {document}}.
   */
  public Optional<String> rerankTemplate() {
    return optionalString("tokenizer.chat_template.rerank");
  }

  /** Text to ids and back. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** The tokens. */
  public Vocabulary vocabulary() {
    return tokenizer.vocabulary();
  }

  /** The chat template that the file carries, in Jinja. */
  public Optional<String> chatTemplate() {
    return optionalString("tokenizer.chat_template");
  }

  private Optional<String> optionalString(String key) {
    Metadata metadata = file.metadata();
    return metadata.has(key) ? Optional.of(metadata.string(key)) : Optional.empty();
  }

  /** How many memories the file says that its model was made to read at once, 1 and more. */
  public OptionalInt memoriesMax() {
    String key = "palimpsest.memories";
    Metadata metadata = file.metadata();
    return metadata.has(key)
        ? OptionalInt.of(Math.clamp(metadata.number(key), 1, Integer.MAX_VALUE))
        : OptionalInt.empty();
  }

  /** What the file says of how often its answers are right. */
  public Optional<Calibration> calibration() {
    return calibration;
  }

  /** How the vocabulary writes the token that begins a text; empty where there is none. */
  public String bosPiece() {
    return written(vocabulary().bos());
  }

  /** How the vocabulary writes the token that ends a text; empty where there is none. */
  public String eosPiece() {
    return written(vocabulary().eos());
  }

  private String written(OptionalInt id) {
    return id.isPresent() ? vocabulary().token(id.getAsInt()).text() : "";
  }

  /**
   * SHA-256 of the file, or of all parts one after the other, in hexadecimal; read through on the
   * first call, on the caller's thread (a second per gigabyte or so), and remembered.
   *
   * @throws ModelFormatException if the file cannot be read any more
   */
  public String sha256() {
    checksumLock.lock();
    try {
      if (checksum == null) {
        checksum = Checksum.sha256(file.files());
      }
      return checksum;
    } finally {
      checksumLock.unlock();
    }
  }

  /** Unmaps the file; no engine may run on it any more. */
  @Override
  public void close() {
    arena.close();
  }
}
