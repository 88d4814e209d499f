package dev.palimpsest.memory;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The vectors of memories, by embedding space. A projection of {@link MemoryStore} that a follower
 * fills: each space has a checkpoint, the change number up to which every memory has its vectors.
 * Blocking and threads as in {@link MemoryStore}.
 */
public interface MemoryVectors {
  /** Change number up to which the space is complete; 0 for a space never heard of. */
  long checkpoint(TenantId tenant, EmbeddingSpace space);

  /**
   * Writes the vectors of versions and moves the checkpoint, in one transaction. Replaces what a
   * version had; a version that was erased meanwhile is passed over. Idempotent. Nothing is written
   * where the tenant has {@linkplain EmbeddingSpaces spaces} and this is none of them, or dropped.
   *
   * @param after the checkpoint behind which the changes were read; nothing is written where the
   *     space does not stand there yet, since it was emptied and begun anew meanwhile
   * @param checkpoint the new one; one below that which is there does not move it
   */
  void put(
      TenantId tenant,
      EmbeddingSpace space,
      List<VersionVectors> vectors,
      long after,
      long checkpoint);

  /**
   * The memories nearest to a vector by cosine among those that the filter admits, nearest first;
   * each memory once, with its nearest part. Exact where the tenant has few vectors, else by HNSW
   * with an iterative scan, so that {@code limit} come whenever they exist.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   */
  List<Near> nearest(
      TenantId tenant, EmbeddingSpace space, Embedding query, MemoryFilter filter, int limit);

  /**
   * The tokens of versions, those of all parts of a text together. What has none is left out.
   *
   * @param wanted at most {@link Page#LIMIT_MAX}
   */
  Map<MemoryId, TokenVectors> tokens(
      TenantId tenant, EmbeddingSpace space, Map<MemoryId, Integer> wanted);

  /**
   * The vectors of one version, one for each part of its text in order.
   *
   * @param parts at least one
   * @param tokens of each part
   */
  record VersionVectors(
      MemoryId id, int version, List<Embedding> parts, List<TokenVectors> tokens) {
    /** Copies the lists. */
    public VersionVectors {
      parts = List.copyOf(parts);
      tokens = List.copyOf(tokens);
      if (tokens.size() != parts.size()) {
        throw new IllegalArgumentException(tokens.size() + " for " + parts.size() + " parts");
      }
    }

    /** Without tokens. */
    public VersionVectors(MemoryId id, int version, List<Embedding> parts) {
      this(id, version, parts, Collections.nCopies(parts.size(), TokenVectors.NONE));
    }
  }

  /**
   * A version that is near.
   *
   * @param cosine -1 to 1
   */
  record Near(MemoryId id, int version, double cosine) {}
}
