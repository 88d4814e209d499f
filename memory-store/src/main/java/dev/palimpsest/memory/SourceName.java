package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * Something that memories come from, as a person names it: a memory, a session of ours, an import,
 * or, for every text that has the shape of no such id, the {@link Origin#source()} that imports and
 * clients give.
 *
 * @param text 1 to {@link Origin#CHARACTERS_MAX} characters
 */
public record SourceName(String text) {
  private static final Pattern MEMORY = Pattern.compile("mem_[0-9A-Za-z]{1,60}");
  private static final Pattern SESSION = Pattern.compile("ses_[0-9A-Za-z]{1,60}");
  private static final Pattern IMPORT = Pattern.compile("imp_[0-9A-Za-z]{1,60}");

  /** What sort of thing is named. */
  public enum Sort {
    /** One memory. */
    MEMORY,
    /** All that was said in a session of ours. */
    SESSION,
    /** All that one import stored. */
    IMPORT,
    /** All that was stored under a name. */
    NAME
  }

  /** Refuses what can be no source. */
  public SourceName {
    new Origin(text, null, null, 0);
  }

  /** What sort of thing is named. */
  public Sort sort() {
    if (MEMORY.matcher(text).matches()) {
      return Sort.MEMORY;
    }
    if (SESSION.matcher(text).matches()) {
      return Sort.SESSION;
    }
    return IMPORT.matcher(text).matches() ? Sort.IMPORT : Sort.NAME;
  }
}
