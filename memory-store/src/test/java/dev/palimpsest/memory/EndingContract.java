package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Memories after which others hold no more. */
public abstract class EndingContract extends RandomMemoriesContract {
  private static final Instant MARCH = Instant.parse("2025-03-01T00:00:00Z");
  private static final Instant MAY = Instant.parse("2025-05-01T00:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  /** For subclasses. */
  protected EndingContract() {}

  @Test
  void whatContradictsOthersEndsThemWhenItBegins() {
    Memory porto = fact("Ada lives in Porto.", MARCH);
    Memory dog = fact("Ada has a dog.", null);
    clock.advance(MINUTE);
    long before = memories.lastChange(tenant);
    Stored stored = ended(moved("Ada lives in Faro.", MAY, null), porto.id(), dog.id());
    Memory faro = newest(stored.id());
    assertEquals(Stored.Outcome.NEW, stored.outcome());
    assertEquals(before + 1, memories.lastChange(tenant));
    for (Memory old : List.of(porto, dog)) {
      Memory ended = newest(old.id());
      assertEquals(2, ended.version());
      assertEquals(old.content().until(MAY), ended.content());
      assertEquals(faro.change(), ended.change());
      assertEquals(List.of(1, 2), versions(old.id()));
    }
    assertEquals(Set.of(porto.id(), dog.id()), held(MAY.minus(DAY)));
    assertEquals(Set.of(faro.id()), held(MAY));
    assertEquals(
        porto.content(),
        memories.find(tenant, porto.id(), porto.learnedAt()).orElseThrow().content());
    assertNull(audit.verify(tenant, null).broken());
  }

  @Test
  void whatSaysNoTimeOfItsOwnEndsOthersNow() {
    Memory porto = fact("Ada lives in Porto.", MARCH);
    clock.advance(MINUTE);
    assertEquals(Stored.Outcome.NEW, ended(said("no more", null), porto.id()).outcome());
    assertEquals(now(), newest(porto.id()).content().validTo());
  }

  @Test
  void whatDidNotHoldThenStaysAsItIs() {
    Memory later = fact("Ada will live in Rome.", MAY.plus(DAY));
    Memory over = fact("Ada lived in Lund.", MARCH);
    Memory past =
        memories.revise(tenant, over.id(), over.content().until(MARCH.plus(DAY))).orElseThrow();
    Memory same = fact("Ada began in May.", MAY);
    ended(moved("Ada lives in Faro.", MAY, null), later.id(), past.id(), same.id());
    assertEquals(later, newest(later.id()));
    assertEquals(past, newest(past.id()));
    assertEquals(same.content().until(MAY), newest(same.id()).content());
  }

  @Test
  void whatIsNamedTwiceIsEndedOnceAndARepeatEndsNothing() {
    Memory porto = fact("Ada lives in Porto.", MARCH);
    NewMemory faro = moved("Ada lives in Faro.", MAY, "key");
    Stored first = ended(faro, porto.id(), porto.id());
    assertEquals(List.of(1, 2), versions(porto.id()));
    Memory dog = fact("Ada has a dog.", MARCH);
    Stored again = ended(faro, dog.id());
    assertEquals(first.id(), again.id());
    assertEquals(Stored.Outcome.DUPLICATE, again.outcome());
    assertEquals(dog, newest(dog.id()));
  }

  @Test
  void whatIsNotThereOrRevokedRefusesAllOfIt() {
    Memory porto = fact("Ada lives in Porto.", MARCH);
    Memory bad = fact("Ada lives in Hell.", MARCH);
    Revocation begun =
        audit.revoke(tenant, new Revocation.Request(new SourceName(bad.id().value()), null, null));
    while (!begun.isFinished()) {
      begun = audit.advance(tenant, begun.id(), 10);
    }
    long before = memories.lastChange(tenant);
    MemoryId unknown = new MemoryId("mem_unknown");
    NewMemory faro = moved("Ada lives in Faro.", MAY, "key");
    assertEquals(
        new Ending.Gone(unknown), memories.addEnding(tenant, faro, List.of(porto.id(), unknown)));
    assertEquals(
        new Ending.Taken(bad.id()),
        memories.addEnding(tenant, faro, List.of(porto.id(), bad.id())));
    TenantId other = freshTenant();
    assertEquals(new Ending.Gone(porto.id()), memories.addEnding(other, faro, List.of(porto.id())));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            memories.addEnding(
                tenant, faro, Collections.nCopies(MemoryStore.BATCH_MAX + 1, porto.id())));
    assertEquals(before, memories.lastChange(tenant));
    assertEquals(0, memories.lastChange(other));
    assertEquals(porto, newest(porto.id()));
    assertEquals(Stored.Outcome.NEW, ended(faro).outcome());
  }

  private Stored ended(NewMemory memory, MemoryId... others) {
    Ending ending = memories.addEnding(tenant, memory, List.of(others));
    return assertInstanceOf(Ending.Done.class, ending).stored();
  }

  private Memory fact(String text, @Nullable Instant from) {
    return newest(added(moved(text, from, null)).id());
  }

  private static NewMemory moved(String text, @Nullable Instant from, @Nullable String identity) {
    return new NewMemory(
        Scope.NONE,
        MemoryKind.FACT,
        new Origin("facts", null, null, 0),
        MemoryText.of(text).valid(from, null),
        identity);
  }

  private List<Integer> versions(MemoryId id) {
    return memories.history(tenant, id).stream().map(Memory::version).toList();
  }

  private Set<MemoryId> held(Instant at) {
    MemoryFilter filter =
        new MemoryFilter(Scope.NONE, Set.of(), null, null, null, null, null, null, null, at);
    return Set.copyOf(
        memories.list(tenant, filter, 10, null).data().stream().map(Memory::id).toList());
  }
}
