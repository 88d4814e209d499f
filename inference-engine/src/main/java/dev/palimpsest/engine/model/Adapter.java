package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A low-rank change of a model's matrices (LoRA, Hu et al. 2021), applied beside them and not
 * merged, so that one loaded model serves with and without it: {@code y = W·x + scale·B·(A·x)}.
 * Owns the arena into which its file is mapped; immutable and for any thread while open. Closed
 * after the engines that use it and before its model.
 */
public final class Adapter implements AutoCloseable {
  /** With what the salts of adapters begin, and no others. */
  public static final char SALT_MARK = '\u0001';

  /** The change of one matrix. */
  record Change(Tensor a, Tensor b, float scale) {
    int rank() {
      return (int) a.shape().rows();
    }
  }

  private final Arena arena;
  private final String name;
  private final long bytes;
  private final String sha256;
  private final List<Map<Site, Change>> layers;

  private Adapter(Arena arena, Gguf file, Weights base) {
    this.arena = arena;
    this.layers = new AdapterReader(file, base).read();
    this.name = file.metadata().stringOr("general.name", String.valueOf(file.file().getFileName()));
    this.bytes = file.bytes();
    this.sha256 = Checksum.sha256(file.files());
  }

  /**
   * Maps an adapter's file, checks it against the model that it is made for, and reads it through
   * for its checksum.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException if it is no adapter for this model
   *     that this engine can apply, saying where
   */
  public static Adapter open(Path file, Weights base) {
    Arena arena = Arena.ofShared();
    boolean isOk = false;
    try {
      Adapter adapter = new Adapter(arena, Gguf.open(file, arena), base);
      isOk = true;
      return adapter;
    } finally {
      if (!isOk) {
        arena.close();
      }
    }
  }

  /** By which requests choose it: its own name, or the file's where it has none. */
  public String name() {
    return name;
  }

  /** Size of the file. */
  public long bytes() {
    return bytes;
  }

  /** SHA-256 of the file, in hexadecimal. */
  public String sha256() {
    return sha256;
  }

  /**
   * The salt for keys and values that were computed under this adapter, which must never be found
   * without it or under another. It begins with a character that no other salt may begin with.
   */
  public String salt(String cacheSalt) {
    return SALT_MARK + sha256 + " " + cacheSalt;
  }

  /** Layer by layer what is changed. */
  List<Map<Site, Change>> layers() {
    return layers;
  }

  /** The largest rank of its changes. */
  int rankMax() {
    return layers.stream()
        .flatMap(layer -> layer.values().stream())
        .mapToInt(Change::rank)
        .max()
        .orElseThrow();
  }

  /** Unmaps the file. */
  @Override
  public void close() {
    arena.close();
  }
}
