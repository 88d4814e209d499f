package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What a turn may show of memory.
 *
 * @param bestFirst lines of what was recalled and still exists
 * @param isGrounded whether the answer can be made of these lines alone; then what stands in the
 *     window as a past turn has to stand here too
 */
record Recollection(List<MemoryLine> bestFirst, boolean isGrounded) {
  private static final Comparator<MemoryLine> OLDEST_FIRST =
      Comparator.comparing(
              (MemoryLine line) -> line.memory().content().happenedAt(),
              Comparator.nullsFirst(Comparator.<Instant>naturalOrder()))
          .thenComparing(line -> line.memory().learnedAt())
          .thenComparing(line -> line.memory().origin().position())
          .thenComparing(line -> line.memory().id().value());

  Recollection {
    bestFirst = List.copyOf(bestFirst);
  }

  /** Lines of what was recalled, as far as it was read. */
  static Recollection of(
      List<TurnEvent.Recalled.Found> found,
      Map<MemoryId, Memory> memories,
      boolean isGrounded,
      UnaryOperator<String> harmless) {
    List<MemoryLine> lines =
        found.stream()
            .map(one -> memories.get(one.memory()))
            .filter(Objects::nonNull)
            .map(memory -> MemoryLine.of(memory, harmless))
            .toList();
    return new Recollection(lines, isGrounded);
  }

  /** The lines without those that the model reads in these turns anyway. */
  List<MemoryLine> beside(Set<TurnId> turns) {
    return beside(bestFirst, turns);
  }

  /** Of these lines, those that the model does not read in these turns anyway. */
  List<MemoryLine> beside(List<MemoryLine> lines, Set<TurnId> turns) {
    return isGrounded
        ? lines
        : lines.stream().filter(line -> !TurnRecall.isSaidIn(line.memory(), turns)).toList();
  }

  /** In the order in which a window shows them. */
  static List<MemoryLine> oldestFirst(Collection<MemoryLine> lines) {
    return lines.stream().sorted(OLDEST_FIRST).toList();
  }
}
