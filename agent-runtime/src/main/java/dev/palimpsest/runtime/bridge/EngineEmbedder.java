package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.embed.TextEmbedder;
import dev.palimpsest.engine.embed.TextVector;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A model file of our engine that makes vectors, for clients and for memories. Callers wait for
 * each other, since the engine's embedder serves one at a time. It tells no vectors of tokens. The
 * lock lets embeddings finish before the memory they use is freed.
 */
final class EngineEmbedder implements Embedder, VectorModel, AutoCloseable {
  /** Of a space's name: the model's name, a hyphen, and as many digits of its sum. */
  private static final int NAME_CHARACTERS_MAX = 50;

  private static final int DIGITS = 12;

  private final String id;
  private final Model model;
  private final TextEmbedder embedder;
  private final Sentences sentences;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
  private volatile @Nullable EmbeddingSpace space;
  private boolean isClosed;

  /** Takes over the embedder; borrows the model. */
  EngineEmbedder(String id, Model model, TextEmbedder embedder) {
    this.id = id;
    this.model = model;
    this.embedder = embedder;
    this.sentences = new Sentences(embedder.contextTokens(), embedder::tokens);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int dimensions() {
    return embedder.dimensions();
  }

  @Override
  public String fingerprint() {
    return model.sha256();
  }

  /** This one, its space known from now on. Blocks while a large file is summed up. */
  Embedder summedUp() {
    space = named();
    return this;
  }

  @Override
  public EmbeddingSpace space() {
    EmbeddingSpace known = space;
    return known == null ? named() : known;
  }

  /** Another file under the same name has another space. */
  private EmbeddingSpace named() {
    String name = id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-");
    String cut = name.substring(0, Math.min(name.length(), NAME_CHARACTERS_MAX));
    return new EmbeddingSpace(cut + "-" + fingerprint().substring(0, DIGITS), dimensions());
  }

  @Override
  public List<Embedding> embed(List<String> texts) {
    return vectors(texts).stream().map(Vector::embedding).toList();
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
  public List<Vector> vectors(List<String> texts) {
    use.readLock().lock();
    try {
      requireOpen();
      List<Vector> out = new ArrayList<>();
      for (TextVector each : embedder.embed(texts)) {
        if (each.tokens() == 0) {
          throw new ModelException("A text has no token that the model could read.", null);
        }
        out.add(new Vector(Embedding.normalised(each.copy()), each.tokens()));
      }
      return out;
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
        embedder.close();
      }
    } finally {
      use.writeLock().unlock();
    }
  }

  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("the embedder is closed");
    }
  }
}
