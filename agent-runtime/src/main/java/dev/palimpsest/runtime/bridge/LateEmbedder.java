package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Reading;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The embedder of questions, which may come later: until then every call but {@link #space} fails.
 * Remembers the vectors of what it was asked last, since questions come again: while a turn is
 * repeated, on the next page, from the next user. The lock guards what is remembered and is never
 * held while a vector is made.
 */
public final class LateEmbedder implements Embedder {
  private static final int REMEMBERED_TEXTS = 256;
  private static final int REMEMBERED_CHARACTERS_MAX = 512;
  private static final float LOAD_FACTOR = 0.75f;

  private final EmbedderSlot slot;
  private final EmbeddingSpace space;
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashMap<String, Reading> remembered =
      new LinkedHashMap<>(REMEMBERED_TEXTS, LOAD_FACTOR, true);

  /**
   * The one in a slot.
   *
   * @param space that it will have
   */
  public LateEmbedder(EmbedderSlot slot, EmbeddingSpace space) {
    this.slot = slot;
    this.space = space;
  }

  @Override
  public EmbeddingSpace space() {
    return space;
  }

  @Override
  public List<Embedding> embed(List<String> texts) {
    Embedder embedder = loaded();
    return texts.stream().map(text -> read(embedder, text).whole()).toList();
  }

  @Override
  public List<String> split(String text) {
    return loaded().split(text);
  }

  @Override
  public Reading read(String text) {
    return read(loaded(), text);
  }

  private Reading read(Embedder embedder, String text) {
    Reading known = find(text);
    if (known != null) {
      return known;
    }
    Reading made = embedder.read(text);
    if (text.length() <= REMEMBERED_CHARACTERS_MAX) {
      remember(text, made);
    }
    return made;
  }

  private @Nullable Reading find(String text) {
    lock.lock();
    try {
      return remembered.get(text);
    } finally {
      lock.unlock();
    }
  }

  private void remember(String text, Reading made) {
    lock.lock();
    try {
      remembered.put(text, made);
      if (remembered.size() > REMEMBERED_TEXTS) {
        remembered.pollFirstEntry();
      }
    } finally {
      lock.unlock();
    }
  }

  private Embedder loaded() {
    return slot.find()
        .orElseThrow(() -> new ModelException("There is no embedding model yet.", null));
  }
}
