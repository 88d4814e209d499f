package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Long random histories, held against what {@link MemoryFilter#admits} and a record of them say.
 */
public abstract class RandomMemoriesContract extends RandomHistory {
  private static final int FILTERS = 100;

  /** For subclasses. */
  protected RandomMemoriesContract() {}

  @Test
  void listShowsWhatTheFilterAdmits() {
    Random random = new Random(seed("listShowsWhatTheFilterAdmits"));
    List<Instant> times = write(random);
    List<Memory> all = allVersions();
    assertTrue(all.size() > 100, "" + all.size());
    RandomMemories source = new RandomMemories(random);
    int shown = 0;
    for (int i = 0; i < FILTERS; i++) {
      MemoryFilter filter = source.filter(times.get(random.nextInt(times.size())));
      List<Memory> expected = all.stream().filter(filter::admits).toList();
      assertEquals(expected, listed(filter), filter.toString());
      shown += expected.size();
    }
    assertTrue(shown > FILTERS, "filters that admit nothing prove nothing: " + shown);
  }

  @Test
  void everyMomentShowsWhatWasKnownThen() {
    Random random = new Random(seed("everyMomentShowsWhatWasKnownThen"));
    List<Map<MemoryId, MemoryText>> known = new ArrayList<>();
    List<Instant> times = new ArrayList<>();
    RandomMemories source = new RandomMemories(random);
    for (int step = 0; step < STEPS; step++) {
      step(source, random);
      known.add(newestContents());
      times.add(now());
      clock.advance(Duration.ofNanos(1000L * (1 + random.nextInt(3))));
    }
    for (int step = 0; step < STEPS; step++) {
      Instant asOf = times.get(step).plusNanos(random.nextInt(1000));
      MemoryFilter filter =
          new MemoryFilter(Scope.NONE, Set.of(), null, null, null, null, null, null, asOf, null);
      Map<MemoryId, MemoryText> then = new HashMap<>();
      listed(filter).forEach(memory -> then.put(memory.id(), memory.content()));
      assertEquals(known.get(step), then, "as of step " + step);
      List<MemoryId> ids = List.copyOf(known.getLast().keySet());
      for (int i = 0; i < 3; i++) {
        MemoryId id = ids.get(random.nextInt(ids.size()));
        assertEquals(
            Optional.ofNullable(known.get(step).get(id)),
            memories.find(tenant, id, asOf).map(Memory::content));
      }
    }
  }

  @Test
  void followerThatReplacesWhatItIsToldHasAllInTheEnd() {
    Random random = new Random(seed("followerThatReplacesWhatItIsToldHasAllInTheEnd"));
    RandomMemories source = new RandomMemories(random);
    Map<MemoryId, List<Memory>> projection = new HashMap<>();
    long checkpoint = 0;
    for (int step = 0; step < STEPS; step++) {
      step(source, random);
      eraseOne(random);
      checkpoint = follow(projection, checkpoint, 1 + random.nextInt(30));
    }
    while (checkpoint
        < memories.changes(tenant, checkpoint, 1).stream()
            .mapToLong(MemoryChange::number)
            .max()
            .orElse(checkpoint)) {
      checkpoint = follow(projection, checkpoint, 1 + random.nextInt(30));
    }
    Map<MemoryId, List<Memory>> expected = new HashMap<>();
    newestContents().keySet().forEach(id -> expected.put(id, memories.history(tenant, id)));
    assertTrue(expected.size() > 20, "" + expected.size());
    assertEquals(expected, projection);
  }

  private void eraseOne(Random random) {
    List<Memory> newest = memories.list(tenant, MemoryFilter.of(Scope.NONE), 50, null).data();
    if (random.nextInt(3) == 0) {
      assertTrue(
          memories.erase(tenant, newest.get(random.nextInt(newest.size())).id()).isPresent());
    }
  }

  private long follow(Map<MemoryId, List<Memory>> projection, long checkpoint, int limit) {
    long last = checkpoint;
    for (MemoryChange change : memories.changes(tenant, checkpoint, limit)) {
      assertTrue(change.number() >= last && change.number() > checkpoint, change.toString());
      last = change.number();
      if (change.versions().isEmpty()) {
        projection.remove(change.id());
      } else {
        projection.put(change.id(), change.versions());
      }
    }
    return last;
  }

  private Map<MemoryId, MemoryText> newestContents() {
    Map<MemoryId, MemoryText> contents = new HashMap<>();
    listed(MemoryFilter.of(Scope.NONE))
        .forEach(memory -> contents.put(memory.id(), memory.content()));
    return contents;
  }
}
