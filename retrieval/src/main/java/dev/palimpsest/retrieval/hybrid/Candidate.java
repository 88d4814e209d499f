package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.index.Entry;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A memory that may be an answer.
 *
 * @param version that the filter admits
 * @param words BM25 of its words; 0 when none fits, or the word index has not met it yet
 * @param cosine to the question; null when it is not among the nearest
 * @param tokens how well its tokens match; null when that was not looked at
 * @param place in a conversation, or null
 * @param speaker who said it, or null
 * @param asks whether it holds a question
 * @param happened when, or null
 */
record Candidate(
    MemoryId id,
    int version,
    double words,
    @Nullable Double cosine,
    @Nullable Double tokens,
    Entry.@Nullable Place place,
    @Nullable String speaker,
    boolean asks,
    @Nullable Instant happened) {

  static Candidate of(Entry entry, @Nullable Double cosine) {
    return new Candidate(
        entry.id(),
        entry.version(),
        entry.words(),
        cosine,
        null,
        entry.place(),
        entry.speaker(),
        entry.asks(),
        entry.happened());
  }

  /** One that only the vectors know. */
  static Candidate unread(MemoryId id, int version, double cosine) {
    return new Candidate(id, version, 0, cosine, null, null, null, false, null);
  }

  /** The same, after its tokens were looked at. */
  Candidate withTokens(double match) {
    return new Candidate(id, version, words, cosine, match, place, speaker, asks, happened);
  }
}
