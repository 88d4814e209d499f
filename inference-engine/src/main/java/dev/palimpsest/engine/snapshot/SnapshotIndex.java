package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.token.TokenIds;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What lies in the folder. For one thread at a time. */
final class SnapshotIndex {
  private final Map<String, Entry> entries = new HashMap<>();

  /** Files of which nobody knows more than their bytes, because they could not be read. */
  private final Map<String, Long> unread = new HashMap<>();

  private long bytes;

  /** A file. */
  static final class Entry {
    private final String file;
    private final String salt;
    private final int[] tokens;
    private final long bytes;
    private final long costNanos;
    private final boolean hasState;
    private long usedMillis;

    Entry(String file, SnapshotHeader header, long usedMillis) {
      this.file = file;
      this.salt = header.salt();
      this.tokens = header.tokens().copy();
      this.bytes = header.fileBytes();
      this.costNanos = header.costNanos();
      this.hasState = header.kind().stateBytes() > 0;
      this.usedMillis = usedMillis;
    }

    String file() {
      return file;
    }

    String salt() {
      return salt;
    }

    long bytes() {
      return bytes;
    }

    int tokens() {
      return tokens.length;
    }

    void used(long millis) {
      usedMillis = millis;
    }

    /** How many of these tokens, whole pages, it begins with. */
    int common(int[] others) {
      int different = Arrays.mismatch(tokens, others);
      int common = different < 0 ? tokens.length : different;
      return common / Attention.PAGE_TOKENS * Attention.PAGE_TOKENS;
    }

    /** How many of a prompt's tokens it can stand for: a state cannot be cut. */
    int usable(int[] prompt) {
      int common = common(prompt);
      return hasState && common < tokens.length ? 0 : common;
    }

    /** Room taken for how long without use, by what it saves: the largest is given up first. */
    private double burden(long nowMillis) {
      double age = Math.max(1, nowMillis - usedMillis);
      return bytes * age / Math.max(1, costNanos);
    }
  }

  void put(Entry entry) {
    remove(entry.file);
    Entry other = entries.put(entry.file, entry);
    assert other == null;
    bytes += entry.bytes;
  }

  void putUnread(String file, long size) {
    remove(file);
    Long other = unread.put(file, size);
    assert other == null;
    bytes += size;
  }

  void remove(String file) {
    Entry removed = entries.remove(file);
    Long size = unread.remove(file);
    bytes -= removed == null ? 0 : removed.bytes;
    bytes -= size == null ? 0 : size;
  }

  /** Whether there is such a file, known or not. */
  boolean has(String file) {
    return entries.containsKey(file) || unread.containsKey(file);
  }

  /** A file that was read. */
  @Nullable Entry find(String file) {
    return entries.get(file);
  }

  /** The file that begins most like a prompt, and with more than so many of its tokens. */
  Optional<Entry> longest(String salt, TokenIds prompt, int tokensMin) {
    int[] tokens = prompt.copy();
    Entry best = null;
    int most = tokensMin;
    for (Entry entry : entries.values()) {
      if (entry.salt.equals(salt) && entry.usable(tokens) > most) {
        best = entry;
        most = entry.usable(tokens);
      }
    }
    return Optional.ofNullable(best);
  }

  /** All files under a salt, and those that may be. */
  List<String> of(String salt) {
    Stream<String> known =
        entries.values().stream().filter(entry -> entry.salt.equals(salt)).map(Entry::file);
    return Stream.concat(known, unread.keySet().stream()).toList();
  }

  /** The file that is least worth its room: one that could not be read, where there is one. */
  Optional<String> leastWorth(long nowMillis) {
    return unread.keySet().stream()
        .min(Comparator.naturalOrder())
        .or(() ->
            entries.values().stream()
                .max(
                    Comparator.comparingDouble((Entry entry) -> entry.burden(nowMillis))
                        .thenComparing(Entry::file))
                .map(Entry::file));
  }

  int files() {
    return entries.size() + unread.size();
  }

  /** Bytes of all files. */
  long bytes() {
    return bytes;
  }
}
