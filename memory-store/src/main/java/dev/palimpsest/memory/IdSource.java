package dev.palimpsest.memory;

/**
 * Makes ids that nobody made before. Ids of one source sort by the time they were made, as strings
 * of ASCII letters and digits; the store lists the newest first by that. Safe for use by many
 * threads.
 */
public interface IdSource {
  /**
   * The next id.
   *
   * @param prefix its type with the underscore, for example {@code ses_}
   */
  String next(String prefix);
}
