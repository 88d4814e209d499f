package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Stored.Outcome;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.EraseReceipt;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SessionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link MemoryStore} does. */
public abstract class MemoryStoreContract extends EndingContract {
  private static final Scope ADA = new Scope("ada", "helper", "garden");

  /** For subclasses. */
  protected MemoryStoreContract() {}

  @Test
  void addedMemoryIsFoundAsItWasHandedIn() {
    Instant happened = Instant.parse("2023-05-07T13:56:00.123456789Z");
    MemoryText content =
        MemoryText.of("I went to a support group.")
            .saidBy("Caroline")
            .happenedAt(happened)
            .valid(MemoryText.EARLIEST, MemoryText.LATEST)
            .labelled(Label.USER)
            .withMetadata("{ \"b\" : 1.50, \"a\": \"\\u0000 \\ud800\" }");
    Origin origin = new Origin("talk", "session_1", "D1:3", Long.MAX_VALUE);
    Stored stored = added(new NewMemory(ADA, MemoryKind.FACT, origin, content, "D1:3"));
    assertEquals(new Stored(stored.id(), 1, Outcome.NEW), stored);
    Memory memory =
        new Memory(stored.id(), 1, ADA, MemoryKind.FACT, origin, content, now(), null, 1);
    assertEquals(Optional.of(memory), memories.find(tenant, stored.id(), null));
    assertEquals(Instant.parse("2023-05-07T13:56:00.123456Z"), memory.content().happenedAt());
    assertEquals(List.of(memory), memories.history(tenant, stored.id()));
    assertEquals(Optional.empty(), memories.find(freshTenant(), stored.id(), null));
    assertEquals(List.of(), memories.history(freshTenant(), stored.id()));
    assertEquals(List.of(), memories.findAll(freshTenant(), Set.of(stored.id())));
  }

  @Test
  void hostileTextsComeBackAsTheyWere() {
    String longest = "x\uD83E\uDDEA\u20AC".repeat(MemoryText.TEXT_CHARACTERS_MAX / 4);
    for (String text :
        List.of(
            "\uFFFD\uFFFE\uFEFF",
            "'; DROP TABLE memory; -- {\"a\",NULL} ? :tenant $1 {v.*}",
            "NULL",
            "\\ \\\" , {} \u0001\u001F\u007F\u0085\u2028\r\n\t",
            longest)) {
      String name = text.length() > 100 ? text.substring(0, 100) : text;
      NewMemory memory =
          new NewMemory(
              Scope.ofUser(name),
              MemoryKind.EPISODE,
              new Origin(name, name, name, 1),
              MemoryText.of(text).saidBy(name),
              text);
      Stored stored = added(memory);
      assertEquals(memory.content(), newest(stored.id()).content());
      assertEquals(memory.origin(), newest(stored.id()).origin());
      assertEquals(memory.scope(), newest(stored.id()).scope());
      assertEquals(new Stored(stored.id(), 1, Outcome.DUPLICATE), added(memory));
      assertEquals(1, memories.around(tenant, newest(stored.id()), 0).size());
    }
  }

  @Test
  void sameIdentityIsADuplicateOrTheNextVersion() {
    Stored first = added(said("one", "id"));
    clock.advance(MINUTE);
    assertEquals(new Stored(first.id(), 1, Outcome.DUPLICATE), added(said("one", "id")));
    long before = memories.lastChange(tenant);
    assertEquals(new Stored(first.id(), 2, Outcome.NEW_VERSION), added(said("two", "id")));
    assertEquals(before + 1, memories.lastChange(tenant));
    assertEquals(new Stored(first.id(), 2, Outcome.DUPLICATE), added(said("two", "id")));
    assertEquals(new Stored(first.id(), 3, Outcome.NEW_VERSION), added(said("one", "id")));
    List<Memory> versions = memories.history(tenant, first.id());
    assertEquals(List.of("one", "two", "one"), versions.stream().map(Memory::text).toList());
    assertEquals(now(), versions.getFirst().supersededAt());
    assertEquals(now(), versions.get(1).learnedAt());
    assertTrue(versions.getLast().isNewest());
  }

  @Test
  void oneOfSeveralStatesIsADuplicateOfAnyVersion() {
    List<NewMemory> told = List.of(state("one"), state("two"), state("one"), state("three"));
    List<Outcome> first =
        List.of(Outcome.NEW, Outcome.NEW_VERSION, Outcome.DUPLICATE, Outcome.NEW_VERSION);
    assertEquals(first, memories.add(tenant, told).stream().map(Stored::outcome).toList());
    long before = memories.lastChange(tenant);
    List<Stored> again = memories.add(tenant, told);
    assertTrue(again.stream().allMatch(stored -> stored.outcome() == Outcome.DUPLICATE));
    assertEquals(before, memories.lastChange(tenant));
    MemoryId id = again.getFirst().id();
    List<String> versions = memories.history(tenant, id).stream().map(Memory::text).toList();
    assertEquals(List.of("one", "two", "three"), versions);
    assertEquals(new Stored(id, 4, Outcome.NEW_VERSION), added(said("one", "id")));
  }

  @Test
  void theKeyOfARequestIsADuplicateOfAnyVersionElseAConflict() throws Exception {
    List<List<Stored>> raced =
        fromManyThreads(i -> memories.add(tenant, List.of(keyed("said " + i))));
    List<Outcome> outcomes = raced.stream().map(one -> one.getFirst().outcome()).toList();
    assertEquals(1, Collections.frequency(outcomes, Outcome.NEW));
    assertEquals(THREADS - 1, Collections.frequency(outcomes, Outcome.CONFLICT));
    MemoryId id = raced.getFirst().getFirst().id();
    String first = newest(id).text();
    assertTrue(memories.revise(tenant, id, MemoryText.of("corrected")).isPresent());
    List<NewMemory> later = List.of(keyed(first), keyed("other"), keyed("corrected"));
    assertEquals(
        List.of(Outcome.DUPLICATE, Outcome.CONFLICT, Outcome.DUPLICATE),
        outcomes(memories.add(tenant, later)));
    assertEquals(2, memories.history(tenant, id).size());
  }

  private static NewMemory state(String text) {
    return repeated(text, NewMemory.Repeat.ONE_OF_SEVERAL);
  }

  private static NewMemory keyed(String text) {
    return repeated(text, NewMemory.Repeat.CONFLICT);
  }

  private static NewMemory repeated(String text, NewMemory.Repeat repeat) {
    NewMemory one = said(text, "id");
    return new NewMemory(one.scope(), one.kind(), one.origin(), one.content(), "id", repeat);
  }

  @Test
  void everyPartOfTheContentMakesANewVersion() {
    MemoryText content = MemoryText.of("x");
    MemoryId id = added(said("x", "id")).id();
    int version = 1;
    for (MemoryText other :
        List.of(
            content.saidBy("ada"),
            content.happenedAt(now()),
            content.valid(now(), null),
            content.valid(null, now()),
            content.labelled(Label.USER),
            content.withMetadata("{\"a\":1}"))) {
      NewMemory again =
          new NewMemory(
              Scope.NONE, MemoryKind.FACT, new Origin("other", null, null, 9), other, "id");
      assertEquals(new Stored(id, ++version, Outcome.NEW_VERSION), added(again));
      assertEquals(new Stored(id, version, Outcome.DUPLICATE), added(again));
    }
    assertEquals(new Origin("talk", "s1", "id", 0), newest(id).origin());
    assertEquals(MemoryKind.EPISODE, newest(id).kind());
  }

  @Test
  void identityIsOneOfItsTenantAndScope() {
    MemoryId first = added(said("one", "id")).id();
    assertEquals(Outcome.NEW, added(said(ADA, "one", "id")).outcome());
    assertEquals(Outcome.NEW, added(said(Scope.ofUser("ada"), "one", "id")).outcome());
    assertEquals(Outcome.NEW, added(said("one", null)).outcome());
    assertEquals(Outcome.NEW, added(said("one", null)).outcome());
    assertEquals(
        Outcome.NEW, memories.add(freshTenant(), List.of(said("one", "id"))).getFirst().outcome());
    assertEquals(first, added(said("one", "id")).id());
  }

  @Test
  void batchFindsWhatItHeldBefore() {
    List<NewMemory> batch =
        List.of(
            said("one", "a"),
            said("one", "b"),
            said("one", "a"),
            said("two", "a"),
            said("two", null),
            said("two", null),
            said("two", "a"),
            said("one", "a"));
    List<Stored> stored = memories.add(tenant, batch);
    assertEquals(
        List.of(
            Outcome.NEW,
            Outcome.NEW,
            Outcome.DUPLICATE,
            Outcome.NEW_VERSION,
            Outcome.NEW,
            Outcome.NEW,
            Outcome.DUPLICATE,
            Outcome.NEW_VERSION),
        outcomes(stored));
    assertEquals(List.of(1, 1, 1, 2, 1, 1, 2, 3), stored.stream().map(Stored::version).toList());
    assertEquals(4, new TreeSet<>(stored.stream().map(s -> s.id().value()).toList()).size());
    assertEquals(3, memories.history(tenant, stored.getFirst().id()).size());
    assertEquals("one", newest(stored.getFirst().id()).text());
    assertEquals(1, memories.lastChange(tenant));
    assertEquals(
        Collections.nCopies(4, Outcome.DUPLICATE),
        outcomes(
            memories.add(tenant, List.of(batch.get(0), batch.get(1), batch.get(7), batch.get(7)))));
    assertEquals(1, memories.lastChange(tenant));
    assertEquals(
        List.of(Outcome.NEW_VERSION, Outcome.NEW_VERSION),
        outcomes(memories.add(tenant, List.of(said("x", "a"), said("y", "a")))));
    assertEquals(5, newest(stored.getFirst().id()).version());
  }

  @Test
  void batchHasItsLimits() {
    assertThrows(IllegalArgumentException.class, () -> memories.add(tenant, List.of()));
    List<NewMemory> most =
        IntStream.range(0, MemoryStore.BATCH_MAX).mapToObj(i -> said("x", "" + i)).toList();
    List<NewMemory> more = new ArrayList<>(most);
    more.add(said("x", null));
    assertThrows(IllegalArgumentException.class, () -> memories.add(tenant, more));
    assertEquals(MemoryStore.BATCH_MAX, memories.add(tenant, most).size());
    assertEquals(1, memories.lastChange(tenant));
  }

  @Test
  void sameIdentityFromManyThreadsIsOneMemory() throws Exception {
    List<NewMemory> batch = IntStream.range(0, 20).mapToObj(i -> said("x", "" + i)).toList();
    List<List<Stored>> results =
        fromManyThreads(
            i -> memories.add(tenant, i % 2 == 0 ? batch : List.copyOf(batch.reversed())));
    List<Stored> all = results.stream().flatMap(List::stream).toList();
    assertEquals(20, all.stream().filter(s -> s.outcome() == Outcome.NEW).count());
    assertEquals(20 * 7, all.stream().filter(s -> s.outcome() == Outcome.DUPLICATE).count());
    assertEquals(20, all.stream().map(Stored::id).distinct().count());
    assertEquals(20, listed(MemoryFilter.of(Scope.NONE)).size());
  }

  @Test
  void differentContentsFromManyThreadsAreVersionsOfOneMemory() throws Exception {
    List<Stored> all =
        fromManyThreads(i ->
            memories.add(tenant, List.of(said("text " + i, "id"), said("x", null))).getFirst());
    assertEquals(1, all.stream().map(Stored::id).distinct().count());
    assertEquals(
        IntStream.rangeClosed(1, THREADS).boxed().toList(),
        all.stream().map(Stored::version).sorted().toList());
    List<Memory> versions = memories.history(tenant, all.getFirst().id());
    assertEquals(THREADS, versions.stream().map(Memory::text).distinct().count());
    assertEquals(1, versions.stream().filter(Memory::isNewest).count());
  }

  @Test
  void revisionIsTheNextVersionUnlessItSaysTheSame() {
    Memory memory = remembered("one");
    clock.advance(MINUTE);
    MemoryText content = MemoryText.of("two").labelled(Label.USER);
    Memory revised = memories.revise(tenant, memory.id(), content).orElseThrow();
    assertEquals(
        new Memory(
            memory.id(),
            2,
            memory.scope(),
            memory.kind(),
            memory.origin(),
            content,
            now(),
            null,
            memory.change() + 1),
        revised);
    assertEquals(Optional.of(revised), memories.revise(tenant, memory.id(), content));
    assertEquals(revised.change(), memories.lastChange(tenant));
    assertEquals(now(), memories.history(tenant, memory.id()).getFirst().supersededAt());
    assertEquals(Optional.empty(), memories.revise(tenant, new MemoryId("mem_x"), content));
    assertEquals(Optional.empty(), memories.revise(freshTenant(), memory.id(), content));
  }

  @Test
  void memoryIsFoundAsItWasKnownThen() {
    MemoryId id = added(said("one", "id")).id();
    Instant first = now();
    clock.advance(MINUTE);
    added(said("two", "id"));
    Instant second = now();
    clock.advance(MINUTE);
    assertEquals(Optional.empty(), memories.find(tenant, id, first.minusNanos(1)));
    assertEquals(Optional.of("one"), memories.find(tenant, id, first).map(Memory::text));
    assertEquals(
        Optional.of("one"), memories.find(tenant, id, second.minusNanos(1)).map(Memory::text));
    assertEquals(Optional.of("two"), memories.find(tenant, id, second).map(Memory::text));
    assertEquals(Optional.of("two"), memories.find(tenant, id, Instant.MAX).map(Memory::text));
    assertEquals(Optional.empty(), memories.find(tenant, id, Instant.MIN));
  }

  @Test
  void manyAreFoundAtOnceAndTheMissingPassedOver() {
    Memory one = remembered("one");
    MemoryId other = remembered("two").id();
    Memory two = memories.revise(tenant, other, MemoryText.of("three")).orElseThrow();
    List<Memory> found =
        memories.findAll(tenant, List.of(one.id(), two.id(), new MemoryId("mem_x"), one.id()));
    assertEquals(Set.of(one, two), Set.copyOf(found));
    assertEquals(2, found.size());
    assertEquals(List.of(), memories.findAll(tenant, List.of()));
  }

  @Test
  void memoriesAreListedNewestFirstPageByPage() {
    List<MemoryId> ids = IntStream.range(0, 5).mapToObj(i -> remembered("x").id()).toList();
    MemoryFilter all = MemoryFilter.of(Scope.NONE);
    Page<Memory> first = memories.list(tenant, all, 2, null);
    Page<Memory> second = memories.list(tenant, all, 2, first.next());
    Page<Memory> third = memories.list(tenant, all, 2, second.next());
    List<Memory> together = new ArrayList<>(first.data());
    together.addAll(second.data());
    together.addAll(third.data());
    assertEquals(ids.reversed(), together.stream().map(Memory::id).toList());
    assertEquals(null, third.next());
    assertEquals(null, memories.list(tenant, all, 5, null).next());
    for (String bad : List.of("", "~", "mem_", "ses_1", "mem_1\0")) {
      assertThrows(IllegalArgumentException.class, () -> memories.list(tenant, all, 2, bad), bad);
    }
    for (int bad : new int[] {0, -1, Page.LIMIT_MAX + 1}) {
      assertThrows(IllegalArgumentException.class, () -> memories.list(tenant, all, bad, null));
      assertThrows(IllegalArgumentException.class, () -> memories.changes(tenant, 0, bad));
    }
  }

  @Test
  void neighboursStandAroundInTheSameConversation() {
    List<Memory> talk =
        IntStream.of(4, 0, 1, 2, 3).mapToObj(i -> at("talk", "s1", Scope.NONE, i)).toList();
    at("talk", "s2", Scope.NONE, 2);
    at("other", "s1", Scope.NONE, 2);
    at("talk", "s1", ADA, 2);
    Memory middle = talk.get(3);
    assertEquals(List.of(1L, 2L, 3L), positions(memories.around(tenant, middle, 1)));
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L), positions(memories.around(tenant, middle, 9)));
    assertEquals(List.of(middle), memories.around(tenant, middle, 0));
    Memory revised = memories.revise(tenant, talk.get(2).id(), MemoryText.of("new")).orElseThrow();
    assertEquals(revised, memories.around(tenant, middle, 1).getFirst());
    memories.erase(tenant, middle.id());
    assertEquals(List.of(1L, 3L), positions(memories.around(tenant, middle, 1)));
    assertEquals(List.of(), memories.around(freshTenant(), middle, 1));
  }

  @Test
  void memoryWithoutAConversationStandsAlone() {
    Memory alone = at("api", null, Scope.NONE, 0);
    at("api", null, Scope.NONE, 0);
    assertEquals(List.of(alone), memories.around(tenant, alone, 5));
  }

  @Test
  void eraseLeavesNothingButWordOfIt() {
    MemoryId id = added(said("one", "id")).id();
    added(said("two", "id"));
    Memory other = remembered("other");
    assertTrue(memories.erase(tenant, id).isPresent());
    assertFalse(memories.erase(tenant, id).isPresent());
    assertFalse(memories.erase(freshTenant(), other.id()).isPresent());
    assertEquals(Optional.empty(), memories.find(tenant, id, null));
    assertEquals(List.of(), memories.history(tenant, id));
    assertEquals(List.of(), memories.findAll(tenant, List.of(id)));
    assertEquals(Optional.empty(), memories.revise(tenant, id, MemoryText.of("x")));
    assertEquals(List.of(other), listed(MemoryFilter.of(Scope.NONE)));
    assertEquals(
        List.of(
            new MemoryChange(3, other.id(), List.of(other)), new MemoryChange(4, id, List.of())),
        memories.changes(tenant, 0, 10));
    Stored again = added(said("two", "id"));
    assertEquals(Outcome.NEW, again.outcome());
    assertNotEquals(id, again.id());
  }

  @Test
  void digestThatQuotesWhatIsErasedIsErasedWithItAndOtherDerivedMemoriesStay() {
    Memory source = remembered("one");
    Memory other = remembered("two");
    MemoryId digest = added(madeOf(source, MemoryKind.DIGEST, Consolidation.SOURCE)).id();
    MemoryId ofOther = added(madeOf(other, MemoryKind.DIGEST, Consolidation.SOURCE)).id();
    MemoryId somebodys = added(madeOf(source, MemoryKind.DIGEST, "api")).id();
    MemoryId answer = added(madeOf(source, MemoryKind.EPISODE, Consolidation.SOURCE)).id();
    Erased erased = memories.erase(tenant, source.id()).orElseThrow();
    assertEquals(2, erased.memories());
    assertEquals(List.of(somebodys, answer), erased.derived());
    assertEquals(Optional.empty(), memories.find(tenant, digest, null));
    assertTrue(memories.find(tenant, ofOther, null).isPresent());
    assertEquals(
        List.of(source.id(), digest),
        memories.changes(tenant, 6, 10).stream().map(MemoryChange::id).toList());
  }

  private static NewMemory madeOf(Memory source, MemoryKind kind, String origin) {
    return new NewMemory(
            Scope.NONE, kind, new Origin(origin, "s1", null, 0), MemoryText.of("quote"), null)
        .from(List.of(source.versionId()));
  }

  @Test
  void erasedSessionTakesItsMemoriesAlong() {
    SessionId session =
        assertInstanceOf(Creation.Created.class, sessions.create(tenant, NewSession.PLAIN))
            .session()
            .id();
    Memory first = at(Origin.OF_SESSIONS, session.value(), Scope.NONE, 0);
    Memory second = at(Origin.OF_SESSIONS, session.value(), ADA, 1);
    memories.revise(tenant, second.id(), MemoryText.of("corrected"));
    Memory elsewhere = at("talk", session.value(), Scope.NONE, 0);
    Memory other = at(Origin.OF_SESSIONS, "ses_other", Scope.NONE, 0);
    long before = memories.lastChange(tenant);
    EraseReceipt receipt = sessions.erase(tenant, session).orElseThrow();
    assertEquals(2, receipt.erased().memories());
    assertEquals(List.of(other, elsewhere), listed(MemoryFilter.of(Scope.NONE)));
    assertEquals(
        List.of(
            new MemoryChange(before + 1, first.id(), List.of()),
            new MemoryChange(before + 2, second.id(), List.of())),
        memories.changes(tenant, before, 10));
    assertEquals(before + 3, memories.lastChange(tenant));
    assertEquals(
        List.of("memory_erased", "memory_erased", "session_erased"),
        sessions.changes(tenant, before, 10).stream().map(Change::kind).toList());
  }

  @Test
  void changesOfOneNumberComeTogether() {
    memories.add(tenant, List.of(said("a", "a"), said("b", "b"), said("c", "c")));
    memories.add(tenant, List.of(said("d", "d"), said("a2", "a"), said("a3", "a")));
    assertEquals(List.of(1L, 1L, 1L), numbers(0, 1));
    assertEquals(List.of(1L, 1L, 1L), numbers(0, 3));
    assertEquals(List.of(1L, 1L, 1L, 2L, 2L), numbers(0, 4));
    assertEquals(List.of(2L, 2L), numbers(1, 1));
    assertEquals(List.of(), numbers(2, 10));
    MemoryChange first = memories.changes(tenant, 0, 1).getFirst();
    assertEquals(memories.history(tenant, first.id()), first.versions());
    assertEquals(3, first.versions().size());
    List<String> ids =
        memories.changes(tenant, 0, 9).stream().map(c -> c.number() + c.id().value()).toList();
    assertEquals(ids.stream().sorted().toList(), ids);
    assertEquals(List.of(), memories.changes(freshTenant(), 0, 10));
  }

  @Test
  void everyWriteLeavesOneChange() {
    MemoryId id = memories.add(tenant, List.of(said("a", "a"), said("b", "b"))).getFirst().id();
    added(said("a", "a"));
    memories.revise(tenant, id, MemoryText.of("c"));
    memories.erase(tenant, id);
    assertEquals(
        List.of("1 memories_added " + id, "2 memory_revised " + id, "3 memory_erased " + id),
        sessions.changes(tenant, 0, 10).stream()
            .map(c -> c.number() + " " + c.kind() + " " + c.subject())
            .toList());
    assertEquals(3, memories.lastChange(tenant));
    TenantId silent = freshTenant();
    assertEquals(0, memories.lastChange(silent));
    assertEquals(3, memories.heads().get(tenant));
    assertFalse(memories.heads().containsKey(silent));
    List<String> names = memories.heads().keySet().stream().map(TenantId::value).toList();
    assertEquals(names.stream().sorted().toList(), names);
  }

  private Memory at(String source, @Nullable String session, Scope scope, long position) {
    NewMemory memory =
        new NewMemory(
            scope,
            MemoryKind.EPISODE,
            new Origin(source, session, null, position),
            MemoryText.of("at " + position),
            null);
    return newest(added(memory).id());
  }

  private List<Long> numbers(long after, int limit) {
    return memories.changes(tenant, after, limit).stream().map(MemoryChange::number).toList();
  }

  private static List<Long> positions(List<Memory> memories) {
    return memories.stream().map(memory -> memory.origin().position()).toList();
  }
}
