package dev.palimpsest.memory;

import org.jspecify.annotations.Nullable;

/**
 * Where a memory comes from.
 *
 * @param source name of the import, or {@code session} for what was said here, or {@code api}; 1 to
 *     {@link #CHARACTERS_MAX} characters
 * @param session the conversation there, or the id of our session; null where there is none
 * @param recordId the record's own id there; null where it has none
 * @param position of the record in its conversation, from 0; neighbours have neighbouring numbers
 */
public record Origin(
    String source, @Nullable String session, @Nullable String recordId, long position) {
  /** The longest part, in UTF-16 units. */
  public static final int CHARACTERS_MAX = 512;

  /** The {@link #source} of what was said in a session of ours. */
  public static final String OF_SESSIONS = "session";

  /** The {@link #source} of what a client wrote down as a memory without naming one. */
  public static final String OF_CLIENTS = "api";

  /** Refuses empty, overlong and unstorable parts. */
  public Origin {
    check("source", source);
    check("session", session);
    check("record_id", recordId);
    if (position < 0) {
      throw new IllegalArgumentException("position is " + position + "; from 0");
    }
  }

  private static void check(String field, @Nullable String part) {
    if (part == null) {
      return;
    }
    if (part.isEmpty()) {
      throw new IllegalArgumentException(field + " is empty; leave it out instead");
    }
    StorableText.require(field, part, CHARACTERS_MAX);
  }
}
