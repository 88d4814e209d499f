package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.retrieval.index.WordAnalysis;
import java.util.Optional;

/** How names are compared: by the words of the index, so without case and accents. */
public final class NameSpelling {
  private NameSpelling() {}

  /** The name that is written so; empty for what is too long for one or holds no word. */
  public static Optional<EntityName> of(String text) {
    if (StorableText.problem(text, EntityName.CHARACTERS_MAX).isPresent()) {
      return Optional.empty();
    }
    String key = WordAnalysis.key(text);
    return key.isEmpty() || key.length() > EntityName.KEY_CHARACTERS_MAX
        ? Optional.empty()
        : Optional.of(new EntityName(text, key));
  }
}
