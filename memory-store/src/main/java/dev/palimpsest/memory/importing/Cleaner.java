package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.StorableText;

/** Makes the texts of one record storable and remembers whether it had to. Used by one thread. */
final class Cleaner {
  private boolean hasReplaced;

  /** The text with U+0000 and half surrogate pairs replaced by U+FFFD. */
  String clean(String text) {
    String clean = StorableText.sanitised(text);
    hasReplaced |= !clean.equals(text);
    return clean;
  }

  boolean hasReplaced() {
    return hasReplaced;
  }
}
