package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.index.Entry;
import org.jspecify.annotations.Nullable;

/**
 * A memory that may be an answer.
 *
 * @param version that the filter admits
 * @param words BM25 of its words; 0 when none fits, or the word index has not met it yet
 * @param cosine to the question; null when it is not among the nearest
 * @param place in a conversation, or null
 * @param speaker who said it, or null
 */
record Candidate(
    MemoryId id,
    int version,
    double words,
    @Nullable Double cosine,
    Entry.@Nullable Place place,
    @Nullable String speaker) {

  static Candidate of(Entry entry, @Nullable Double cosine) {
    return new Candidate(
        entry.id(), entry.version(), entry.words(), cosine, entry.place(), entry.speaker());
  }

  /** One that only the vectors know. */
  static Candidate unread(MemoryId id, int version, double cosine) {
    return new Candidate(id, version, 0, cosine, null, null);
  }
}
