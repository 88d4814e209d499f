package dev.palimpsest.runtime.turn;

import dev.palimpsest.runtime.bridge.SessionPasts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the next turn of a session will read before its input and what it recalls, and what has
 * fallen out of the window.
 *
 * @param model its name
 * @param promptTokens that fit into the window beside an answer as long as the newest turn asked
 *     for
 * @param segments those that have fallen out first, then the window from its beginning on, then
 *     what the newest turn recalled
 * @param compact the part that was compacted and whether the window still begins with it, or null
 */
public record SessionWindow(
    String model,
    int promptTokens,
    List<WindowSegment> segments,
    SessionPasts.@Nullable Standing compact) {
  /** Copies the list. */
  public SessionWindow {
    segments = List.copyOf(segments);
  }

  /** Tokens of the window, each counted as if it were exact. */
  public int tokensBefore() {
    return segments.stream()
        .filter(one -> one.tier() != WindowSegment.Tier.TEXT_ONLY)
        .mapToInt(WindowSegment::tokens)
        .sum();
  }

  /** Tokens of the window, where the keys that are left of the compacted part count instead. */
  public int tokens() {
    int saved =
        compact == null || !compact.isInUse()
            ? 0
            : compact.part().saved().tokensBefore() - compact.part().saved().tokensAfter();
    return tokensBefore() - saved;
  }
}
