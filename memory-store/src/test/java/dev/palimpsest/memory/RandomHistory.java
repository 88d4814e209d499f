package dev.palimpsest.memory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Writes random histories into the store under test, and lists what is there. */
public abstract class RandomHistory extends MemoryFixture {
  /** How many times something is written. */
  protected static final int STEPS = 40;

  /** For subclasses. */
  protected RandomHistory() {}

  /** What is listed, all pages of it. */
  protected List<Memory> listed(MemoryFilter filter) {
    List<Memory> all = new ArrayList<>();
    Page<Memory> page = memories.list(tenant, filter, 100, null);
    all.addAll(page.data());
    while (page.next() != null) {
      page = memories.list(tenant, filter, 100, page.next());
      all.addAll(page.data());
    }
    return all;
  }

  /** Writes a history; the moments at which it was written. */
  protected List<Instant> write(Random random) {
    RandomMemories source = new RandomMemories(random);
    List<Instant> times = new ArrayList<>(List.of(now().minusNanos(1)));
    for (int step = 0; step < STEPS; step++) {
      step(source, random);
      times.add(now());
      times.add(now().plusNanos(500));
      clock.advance(Duration.ofNanos(1000));
    }
    return times;
  }

  /** All versions of all memories, newest ids first. */
  protected List<Memory> allVersions() {
    return listed(MemoryFilter.of(Scope.NONE)).stream()
        .flatMap(memory -> memories.history(tenant, memory.id()).stream())
        .toList();
  }

  /** Adds a few and revises one. */
  protected void step(RandomMemories source, Random random) {
    memories.add(tenant, Stream.generate(source::memory).limit(1 + random.nextInt(10)).toList());
    List<Memory> newest = memories.list(tenant, MemoryFilter.of(Scope.NONE), 50, null).data();
    if (random.nextInt(3) == 0) {
      MemoryId id = newest.get(random.nextInt(newest.size())).id();
      memories.revise(tenant, id, source.content());
    }
  }
}
