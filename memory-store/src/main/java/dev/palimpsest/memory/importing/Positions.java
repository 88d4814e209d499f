package dev.palimpsest.memory.importing;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts records within their conversations. Of a file with more conversations than can be
 * remembered, those met later are counted together, which keeps their order.
 */
final class Positions {
  private static final int SESSIONS_MAX = 100_000;

  private final Map<String, Long> next = new HashMap<>();
  private long all;

  /** The position of the next record of this conversation. */
  long take(@Nullable String session) {
    all++;
    String key = session == null ? "" : session;
    Long known = next.get(key);
    if (known == null && next.size() == SESSIONS_MAX) {
      return all - 1;
    }
    long position = known == null ? 0 : known;
    next.put(key, position + 1);
    return position;
  }
}
