package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.MemoryId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the index knows of one version of a memory that the filter admits.
 *
 * @param words how well its words fit those asked for: BM25, 0 when none is there
 * @param place where it stood; null where there is no conversation
 * @param speaker who said it, or null
 * @param asks whether it holds a question
 * @param happened when, or null
 */
public record Entry(
    MemoryId id,
    int version,
    double words,
    @Nullable Place place,
    @Nullable String speaker,
    boolean asks,
    @Nullable Instant happened) {
  /**
   * A place in a conversation.
   *
   * @param conversation names scope, source and session together, within a tenant
   * @param position from 0
   */
  public record Place(String conversation, long position) {
    /** The place so many steps on, or back. */
    public Place moved(long steps) {
      return new Place(conversation, position + steps);
    }
  }
}
