package dev.palimpsest.memory;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an erasure removed.
 *
 * @param memories how many memories
 * @param versions how many versions they had
 * @param vectors how many vectors these had
 * @param derived memories that are still there and were made of erased ones, at most {@link
 *     #DERIVED_MAX} of them; they may repeat what was erased
 * @param change number of the last change; 0 where nothing was erased
 * @param at when, whole microseconds
 * @param next from where to go on; null when nothing is left to erase
 * @param names what went of entities
 */
public record Erased(
    long memories,
    long versions,
    long vectors,
    List<MemoryId> derived,
    long change,
    Instant at,
    @Nullable MemoryId next,
    Names names) {
  /** How many derived memories are named at most. */
  public static final int DERIVED_MAX = 1000;

  /**
   * What went of entities.
   *
   * @param links between the memories and entities
   * @param entities that nothing names any more
   */
  public record Names(long links, long entities) {
    /** Nothing. */
    public static final Names NONE = new Names(0, 0);

    private Names and(Names later) {
      return new Names(links + later.links, entities + later.entities);
    }
  }

  /** Copies the list. */
  public Erased {
    derived = List.copyOf(derived);
  }

  /** The same, with more left to erase. */
  public Erased goingOn(@Nullable MemoryId from) {
    return new Erased(memories, versions, vectors, derived, change, at, from, names);
  }

  /** Nothing. */
  public static Erased nothing(Instant at) {
    return new Erased(0, 0, 0, List.of(), 0, at, null, Names.NONE);
  }

  /** Both, the later one last. */
  public Erased and(Erased later) {
    List<MemoryId> all =
        Stream.concat(derived.stream(), later.derived.stream())
            .distinct()
            .limit(DERIVED_MAX)
            .toList();
    return new Erased(
        memories + later.memories,
        versions + later.versions,
        vectors + later.vectors,
        all,
        Math.max(change, later.change),
        later.at,
        later.next,
        names.and(later.names));
  }
}
