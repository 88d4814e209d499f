package dev.palimpsest.retrieval.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.Memories;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index admits exactly what {@link MemoryFilter#admits} does, for any memories and filters. */
final class FilterAgreementTest {
  private static final int FILTERS = 400;

  private final TestClock clock = new TestClock();
  private final MemoryStore store = new InMemoryMemory(clock, new CountingIds()).memories();

  private record Version(MemoryId id, int version) {}

  @Test
  void filtersAdmitTheSameVersions(@TempDir Path folder) {
    long seed = Long.parseLong("0" + System.getProperty("seed", ""));
    System.out.println("FilterAgreementTest: -Dseed=" + seed);
    Memories drawn = new Memories(new Random(seed));
    drawn.live(store, TenantId.DEFAULT, clock, 250);
    List<Memory> everything = Memories.everything(store, TenantId.DEFAULT);
    List<MemoryId> ids = everything.stream().map(Memory::id).distinct().toList();
    int admitted = 0;
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      follow(indexes);
      for (int i = 0; i < FILTERS; i++) {
        MemoryFilter filter = drawn.filter();
        List<Version> expected =
            everything.stream()
                .filter(filter::admits)
                .map(memory -> new Version(memory.id(), memory.version()))
                .sorted(Comparator.comparing(version -> version.id().value()))
                .toList();
        admitted += expected.size();
        assertEquals(expected, admitted(indexes, filter, ids), filter + " seed " + seed);
      }
    }
    assertTrue(admitted > FILTERS, "the filters should admit something");
  }

  @Test
  void timesAtTheEdgesAgree(@TempDir Path folder) {
    Memories drawn = new Memories(new Random(7));
    drawn.live(store, TenantId.DEFAULT, clock, 60);
    List<Memory> everything = Memories.everything(store, TenantId.DEFAULT);
    List<MemoryId> ids = everything.stream().map(Memory::id).distinct().toList();
    List<Instant> times =
        everything.stream()
            .map(Memory::learnedAt)
            .flatMap(at -> List.of(at, at.minusNanos(1), at.plusNanos(1)).stream())
            .distinct()
            .toList();
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      follow(indexes);
      for (Instant at : times) {
        MemoryFilter filter =
            new MemoryFilter(Scope.NONE, Set.of(), null, null, null, null, null, null, at, at);
        List<Version> expected =
            everything.stream()
                .filter(filter::admits)
                .map(memory -> new Version(memory.id(), memory.version()))
                .sorted(Comparator.comparing(version -> version.id().value()))
                .toList();
        assertEquals(expected, admitted(indexes, filter, ids), at.toString());
      }
    }
  }

  private void follow(MemoryIndexes indexes) {
    IndexFollower follower = new IndexFollower(store, indexes, clock, Duration.ofSeconds(5));
    while (follower.step() > 0) {
      assertTrue(indexes.searchableUpTo(TenantId.DEFAULT) > 0);
    }
  }

  private static List<Version> admitted(
      MemoryIndexes indexes, MemoryFilter filter, List<MemoryId> ids) {
    try (IndexView view = indexes.view(TenantId.DEFAULT, "roses", filter).orElseThrow()) {
      List<Version> found =
          view.of(ids).stream()
              .map(entry -> new Version(entry.id(), entry.version()))
              .sorted(Comparator.comparing(version -> version.id().value()))
              .toList();
      assertEquals(view.size(), found.size());
      return found;
    }
  }
}
