package dev.palimpsest.retrieval;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Random memories and random filters over them; everything is drawn from one seeded source. */
public final class Memories {
  private static final Instant BEGINNING = Instant.parse("2024-01-01T00:00:00Z");
  private static final List<String> WORDS =
      List.of(
          "garden",
          "roses",
          "planted",
          "camping",
          "camped",
          "mountain",
          "pottery",
          "class",
          "Melanie's",
          "café",
          "7th",
          "2023",
          "the",
          "the",
          "a",
          "not",
          "sunrise",
          "painted",
          "adoption",
          "research");
  private static final List<String> SPEAKERS = List.of("Ada", "Bo", "Caroline Smith");

  private final Random random;

  /** Draws from here. */
  public Memories(Random random) {
    this.random = random;
  }

  /** A memory of somewhere, sometime, somebody. */
  public NewMemory memory() {
    return new NewMemory(scope(), any(List.of(MemoryKind.values())), origin(), text(), null);
  }

  /** What a memory may say. */
  public MemoryText text() {
    MemoryText text =
        MemoryText.of(words(1 + random.nextInt(8)))
            .saidBy(random.nextInt(4) == 0 ? null : any(SPEAKERS))
            .labelled(any(List.of(Label.values())))
            .happenedAt(random.nextInt(4) == 0 ? null : time());
    if (random.nextInt(3) > 0) {
      return text;
    }
    Instant from = random.nextBoolean() ? time() : null;
    Instant base = from == null ? time() : from;
    return text.valid(from, random.nextBoolean() ? base.plus(Duration.ofDays(3)) : null);
  }

  /** A few words, separated by spaces. */
  public String words(int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append(i == 0 ? "" : " ").append(any(WORDS));
    }
    return words.toString();
  }

  /** A filter of which each part is mostly left open. */
  public MemoryFilter filter() {
    Set<MemoryKind> kinds =
        random.nextInt(3) == 0 ? Set.of(any(List.of(MemoryKind.values()))) : Set.of();
    boolean isDated = random.nextInt(4) == 0;
    return new MemoryFilter(
        scope(),
        kinds,
        random.nextInt(5) == 0 ? "s" + random.nextInt(3) : null,
        random.nextInt(5) == 0 ? "source" + random.nextInt(2) : null,
        random.nextInt(5) == 0 ? any(SPEAKERS) : null,
        isDated && random.nextBoolean() ? time() : null,
        isDated && random.nextBoolean() ? time() : null,
        random.nextInt(5) == 0 ? any(List.of(Label.values())) : null,
        random.nextInt(3) == 0 ? time() : null,
        random.nextInt(3) == 0 ? time() : null);
  }

  /** Writes, revises and erases at random; the clock moves on now and then. */
  public void live(MemoryStore store, TenantId tenant, TestClock clock, int steps) {
    List<MemoryId> known = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      if (random.nextBoolean()) {
        clock.advance(Duration.ofHours(random.nextInt(24)));
      }
      int what = random.nextInt(10);
      if (what < 6 || known.isEmpty()) {
        List<NewMemory> batch = new ArrayList<>();
        for (int n = random.nextInt(4); n >= 0; n--) {
          batch.add(memory());
        }
        store.add(tenant, batch).forEach(stored -> known.add(stored.id()));
      } else if (what < 9) {
        store.revise(tenant, known.get(random.nextInt(known.size())), text());
      } else {
        store.erase(tenant, known.remove(random.nextInt(known.size())));
      }
    }
  }

  /** All versions of everything a tenant has. */
  public static List<Memory> everything(MemoryStore store, TenantId tenant) {
    return store.changes(tenant, 0, 1000).stream()
        .map(change -> store.history(tenant, change.id()))
        .flatMap(Collection::stream)
        .distinct()
        .toList();
  }

  private Scope scope() {
    return new Scope(
        random.nextInt(3) == 0 ? "user" + random.nextInt(2) : null,
        random.nextInt(5) == 0 ? "agent" : null,
        random.nextInt(4) == 0 ? "project" + random.nextInt(2) : null);
  }

  private Origin origin() {
    String session = random.nextInt(4) == 0 ? null : "s" + random.nextInt(3);
    return new Origin("source" + random.nextInt(2), session, null, random.nextInt(30));
  }

  private Instant time() {
    return BEGINNING.plus(Duration.ofHours(random.nextInt(24 * 900)));
  }

  private <T> T any(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }
}
