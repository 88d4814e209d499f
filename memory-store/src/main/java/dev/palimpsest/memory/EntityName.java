package dev.palimpsest.memory;

/**
 * A name, and what makes two spellings the same name.
 *
 * @param text as it is written, 1 to {@link #CHARACTERS_MAX} UTF-16 units
 * @param key without case, accents and what is between its words; at most {@link
 *     #KEY_CHARACTERS_MAX}
 */
public record EntityName(String text, String key) {
  /** The longest name, in UTF-16 units. */
  public static final int CHARACTERS_MAX = 100;

  /** The longest key, in UTF-16 units. */
  public static final int KEY_CHARACTERS_MAX = 200;

  /** Refuses what is empty, overlong or unstorable. */
  public EntityName {
    StorableText.require("name", text, CHARACTERS_MAX);
    StorableText.require("name", key, KEY_CHARACTERS_MAX);
    if (key.isBlank()) {
      throw new IllegalArgumentException("name holds no word");
    }
  }

  /** The first word of the key; the whole of it where there is but one. */
  public String first() {
    int end = key.indexOf(' ');
    return end < 0 ? key : key.substring(0, end);
  }
}
