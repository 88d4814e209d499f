package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lines of Claude Code. What was said in the end is the branch that leads to a session's last
 * turn, so nothing is known before all lines are read; of a file with more than can be kept at once
 * each part is taken on its own. Where the line that one follows is not there, it follows the line
 * before it.
 */
final class ClaudeCodeReader implements UnitReader {
  /** Lines kept at once. */
  static final int LINES_MAX = 100_000;

  /** Characters of words kept at once. */
  static final int CHARACTERS_MAX = 16 << 20;

  private final Records records;
  private final Positions positions = new Positions();
  private final List<ClaudeCodeLine> lines = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private long characters;

  ClaudeCodeReader(Records records) {
    this.records = records;
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    ClaudeCodeLine line = ClaudeCodeLine.of(unit);
    if (line.uuid() != null) {
      places.putIfAbsent(line.uuid(), lines.size());
    }
    lines.add(line);
    ClaudeCodeLine.Words words = line.words();
    characters += words == null ? 0 : words.text().length();
    boolean isFull = lines.size() == LINES_MAX || characters >= CHARACTERS_MAX;
    return isFull ? end() : List.of();
  }

  @Override
  public List<ImportItem> end() {
    BitSet branch = branch();
    List<ImportItem> items = new ArrayList<>();
    Map<String, Long> taken = new HashMap<>();
    Map<String, Instant> times = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      ClaudeCodeLine line = lines.get(i);
      String why = off(line, branch, i);
      ClaudeCodeLine.Words words = line.words();
      if (line.wrong() != null) {
        items.add(Records.bad(line.wrong().reason(), line.wrong().detail(), line.span()));
      } else if (why != null) {
        items.add(new ImportItem.Skipped(why, line.span().start(), line.span().end()));
      } else {
        List<ImportItem> own = new ArrayList<>();
        Span start = new Span(line.span().start(), line.span().start());
        line.asides().forEach(a -> own.add(new ImportItem.Skipped(a, start.start(), start.end())));
        if (words != null) {
          own.add(item(line, words, taken, times));
        }
        items.addAll(Records.closed(own, line.span()));
      }
    }
    lines.clear();
    places.clear();
    characters = 0;
    return items;
  }

  /** Why a turn is not part of what was said in the end; null where it is. */
  private @Nullable String off(ClaudeCodeLine line, BitSet branch, int place) {
    if (!line.isTurn()) {
      return null;
    }
    if (line.isSide()) {
      return "side_chain";
    }
    return branch.get(first(line, place)) ? null : "off_branch";
  }

  private ImportItem item(
      ClaudeCodeLine line,
      ClaudeCodeLine.Words words,
      Map<String, Long> taken,
      Map<String, Instant> times) {
    String session = line.session();
    if (words.at() != null) {
      times.put(session, words.at());
    }
    Long known = line.uuid() == null ? null : taken.get(line.uuid());
    long position = known == null ? positions.take(session) : known;
    if (line.uuid() != null) {
      taken.put(line.uuid(), position);
    }
    Draft draft =
        new Draft(
            MemoryKind.EPISODE,
            records.request().scope(),
            session,
            line.uuid(),
            position,
            words.text(),
            words.speaker(),
            times.get(session),
            words.metadata());
    return records.item(draft, words.isSanitised(), line.span());
  }

  /** The places of all lines that lead to the last turn of a session. */
  private BitSet branch() {
    Map<String, Integer> last = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      ClaudeCodeLine line = lines.get(i);
      if (line.isTurn() && !line.isSide()) {
        last.put(line.session(), first(line, i));
      }
    }
    BitSet branch = new BitSet();
    for (int leaf : last.values()) {
      for (int at = leaf; at >= 0 && !branch.get(at); at = before(at)) {
        branch.set(at);
      }
    }
    return branch;
  }

  /** A line that comes again stands where it came first. */
  private int first(ClaudeCodeLine line, int place) {
    return line.uuid() == null ? place : places.getOrDefault(line.uuid(), place);
  }

  /** The place of the line that one follows; -1 at the root. */
  private int before(int place) {
    ClaudeCodeLine line = lines.get(place);
    if (line.parent() == null) {
      return -1;
    }
    Integer known = places.get(line.parent());
    if (known != null) {
      return known;
    }
    for (int i = place - 1; i >= 0; i--) {
      ClaudeCodeLine other = lines.get(i);
      if (other.uuid() != null && !other.isSide() && other.session().equals(line.session())) {
        return first(other, i);
      }
    }
    return -1;
  }
}
