package dev.palimpsest.memory;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a version was made of: another version, and perhaps only a part of what that says. The words
 * of the part are not kept beside it, so that they are gone when the other memory is erased.
 *
 * @param version that it was made of
 * @param span of that version's text; null: all of it
 */
public record MadeOf(VersionId version, @Nullable Span span) {
  /**
   * A part of a text, in UTF-16 units.
   *
   * @param start where it begins, from 0
   * @param end where it ends, that unit excluded; above {@code start}
   */
  public record Span(int start, int end) {
    /** Refuses an empty span and one that begins below 0. */
    public Span {
      if (start < 0 || end <= start) {
        throw new IllegalArgumentException(
            "a span begins at 0 or later and is not empty, not " + start + "-" + end);
      }
    }

    /** The words of it; empty where the text is shorter. */
    public Optional<String> of(String text) {
      return end <= text.length() ? Optional.of(text.substring(start, end)) : Optional.empty();
    }

    @Override
    public String toString() {
      return start + "-" + end;
    }
  }

  /** Made of all that a version says. */
  public static MadeOf all(VersionId version) {
    return new MadeOf(version, null);
  }

  /** As archives and hashes write it: {@code mem_…/1}, or with a span {@code mem_…/1#0-5}. */
  @Override
  public String toString() {
    return span == null ? version.toString() : version + "#" + span;
  }
}
