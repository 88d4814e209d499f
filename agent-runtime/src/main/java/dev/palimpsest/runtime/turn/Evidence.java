package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.session.Quote;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a turn remembered and what of it stands in its answer.
 *
 * @param recall null when nothing was looked up
 * @param citations spans of the answer that stand in a memory, in order of the answer
 * @param isGrounded whether the answer is made of quotations alone
 */
public record Evidence(@Nullable Lookup recall, List<Cited> citations, boolean isGrounded) {
  /** Of a turn that remembers nothing. */
  static final Evidence NONE = new Evidence(null, List.of(), false);

  /** Copies the list. */
  public Evidence {
    citations = List.copyOf(citations);
  }

  /**
   * What was looked up.
   *
   * @param hits best first, in the versions that the turn saw; those erased since are left out
   * @param millis that it took
   * @param isLagging whether the last acknowledged write was not searched
   * @param trouble why memory could not be asked, or null
   */
  public record Lookup(List<Hit> hits, long millis, boolean isLagging, @Nullable String trouble) {
    /** Copies the list. */
    public Lookup {
      hits = List.copyOf(hits);
    }
  }

  /**
   * A memory that was recalled.
   *
   * @param memory in the version that was
   * @param score comparable within one turn only; higher is better
   */
  public record Hit(Memory memory, double score) {}

  /**
   * A span of the answer and what it quotes.
   *
   * @param quote where it stands
   * @param memory what is quoted; null when it was erased since
   */
  public record Cited(Quote quote, @Nullable Memory memory) {
    /** The words in the memory; null when it was erased since. */
    public @Nullable String words() {
      if (memory == null) {
        return null;
      }
      int end = Math.min(quote.quoteEnd(), memory.text().length());
      return memory.text().substring(Math.min(quote.quoteStart(), end), end);
    }
  }

  /** Hits of the recall, none where nothing was looked up. */
  public List<Hit> hits() {
    return recall == null ? List.of() : recall.hits();
  }

  /** How long the recall took, in milliseconds. */
  public long recallMillis() {
    return recall == null ? 0 : recall.millis();
  }
}
