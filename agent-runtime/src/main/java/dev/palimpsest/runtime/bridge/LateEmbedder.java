package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import java.util.List;

/** An embedder that may come later: until then every call but {@link #space} fails. */
public final class LateEmbedder implements Embedder {
  private final EmbedderSlot slot;
  private final EmbeddingSpace space;

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
    return loaded().embed(texts);
  }

  @Override
  public List<String> split(String text) {
    return loaded().split(text);
  }

  private Embedder loaded() {
    return slot.find()
        .orElseThrow(() -> new ModelException("There is no embedding model yet.", null));
  }
}
