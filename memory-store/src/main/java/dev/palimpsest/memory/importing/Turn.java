package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands at one place of a {@link Conversation} whose format knows ids and times. */
sealed interface Turn {
  /**
   * Words to remember. All texts are clean.
   *
   * @param id within the conversation
   * @param at when; null where the format does not say
   * @param about what else is known, for the metadata
   */
  record Words(
      String id,
      String speaker,
      String text,
      @Nullable Instant at,
      MemoryKind kind,
      Map<String, Json> about,
      boolean isSanitised)
      implements Turn {}

  /**
   * Nothing to remember, for this reason.
   *
   * @param at when, for those after it that do not say
   */
  record Aside(String why, @Nullable Instant at) implements Turn {}

  /** Not usable. */
  record Wrong(UnusableException why) implements Turn {}
}
