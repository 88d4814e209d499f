package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.importing.ImportBatch;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What {@link MemoryAudit} means, for every store. */
public abstract class MemoryAuditContract extends MemoryFixture {
  private static final Scope ADA = Scope.ofUser("ada");

  /** For subclasses. */
  protected MemoryAuditContract() {}

  @Test
  void derivedVersionNamesWhatItWasMadeOf() {
    Memory one = remembered("one");
    Memory two = remembered("two");
    Memory sum = derived("one and two", Label.UNTRUSTED, two, one);
    assertEquals(
        List.of(new Ancestry(sum, all(two, one), null, null)),
        audit.ancestry(tenant, List.of(sum.versionId())));
    assertEquals(
        List.of(List.of(), List.of()),
        audit.ancestry(tenant, List.of(one.versionId(), two.versionId())).stream()
            .map(Ancestry::sources)
            .toList());
    VersionId missing = new VersionId(sum.id(), 2);
    assertEquals(List.of(), audit.ancestry(tenant, List.of(missing)));
    assertEquals(List.of(), audit.ancestry(freshTenant(), List.of(sum.versionId())));
    assertEquals(List.of(), audit.ancestry(tenant, List.of()));
  }

  @Test
  void importedVersionNamesItsImportAndItsPlaceInTheFile() {
    ImportState begun =
        imports.create(
            tenant, new NewImport(ImportFormat.JSONL, "talk", null, Scope.NONE, false, null));
    imports.commit(
        tenant,
        begun.id(),
        0,
        new ImportBatch(List.of(said("hi", "1").at(17)), List.of(false), List.of(), 0, 30));
    Memory imported = listed().getFirst();
    assertEquals(
        List.of(new Ancestry(imported, List.of(), begun.id().value(), 17L)),
        audit.ancestry(tenant, List.of(imported.versionId())));
    Memory written = remembered("by hand");
    assertNull(audit.ancestry(tenant, List.of(written.versionId())).getFirst().importId());
  }

  @Test
  void nothingIsTrustedMoreThanWhatItWasMadeOf() {
    Memory low = labelled(Label.UNTRUSTED);
    Memory high = labelled(Label.OPERATOR);
    assertThrows(
        IllegalArgumentException.class, () -> derived("x", Label.TOOL_VERIFIED, high, low));
    assertThrows(IllegalArgumentException.class, () -> derived("x", Label.SYSTEM, high));
    assertEquals(2, listed().size());
    assertEquals(Label.OPERATOR, derived("x", Label.OPERATOR, high).content().label());
    assertEquals(Label.UNTRUSTED, derived("y", Label.UNTRUSTED, high, low).content().label());
  }

  @Test
  void revocationReachesEverythingDerivedHoweverFar() {
    Memory bad = remembered("bad");
    Memory good = remembered("good");
    Memory child = derived("child", Label.UNTRUSTED, good, bad);
    Memory grandchild = derived("grandchild", Label.UNTRUSTED, child);
    Memory other = derived("other", Label.UNTRUSTED, good);
    memories.revise(tenant, child.id(), MemoryText.of("child, corrected"));
    clock.advance(MINUTE);
    Revocation done = revoke(bad.id().value(), 1);
    assertEquals(3, done.memories());
    assertEquals(now(), done.finishedAt());
    assertEquals(Set.of(bad.id(), child.id(), grandchild.id()), new HashSet<>(reached(done.id())));
    assertEquals(List.of(other.id(), good.id()), listed().stream().map(Memory::id).toList());
    Revoked revoked = new Revoked(now(), "because");
    for (Memory version : memories.history(tenant, child.id())) {
      assertEquals(revoked, version.revoked());
    }
    assertEquals(revoked, newest(grandchild.id()).revoked());
    assertNull(newest(good.id()).revoked());
  }

  @Test
  void whatIsRevokedIsRecalledByNobodyAtAnyTime() {
    Memory bad = remembered("bad");
    Memory near = remembered("near");
    Instant before = now();
    clock.advance(MINUTE);
    long change = memories.lastChange(tenant);
    revoke(bad.id().value(), 10);
    MemoryFilter then =
        new MemoryFilter(Scope.NONE, Set.of(), null, null, null, null, null, null, before, null);
    assertEquals(List.of(near), memories.list(tenant, then, 10, null).data());
    assertEquals(List.of(near), listed());
    assertFalse(then.admits(memories.find(tenant, bad.id(), before).orElseThrow()));
    assertEquals(List.of(near), memories.around(tenant, near, 5));
    assertEquals("bad", newest(bad.id()).text());
    assertEquals(
        List.of(bad.id() + " []"),
        memories.changes(tenant, change, 10).stream()
            .map(c -> c.id() + " " + c.versions())
            .toList());
    assertEquals(
        List.of(),
        memories.changes(tenant, 0, 10).stream()
            .filter(c -> c.id().equals(bad.id()))
            .flatMap(c -> c.versions().stream())
            .toList());
  }

  @Test
  void sourceIsAMemoryASessionAnImportOrAName() {
    Memory byName = at("evil.json", null, Scope.NONE);
    Memory otherName = at("fine.json", null, Scope.NONE);
    Memory inSession = at(Origin.OF_SESSIONS, "ses_1", Scope.NONE);
    Memory elsewhere = at("talk", "ses_1", Scope.NONE);
    ImportState begun =
        imports.create(
            tenant, new NewImport(ImportFormat.JSONL, "fine.json", null, Scope.NONE, false, null));
    imports.commit(
        tenant,
        begun.id(),
        0,
        new ImportBatch(List.of(said("hi", "1")), List.of(false), List.of(), 0, 30));
    assertEquals(List.of(byName.id()), reached(revoke("evil.json", 10).id()));
    assertEquals(List.of(inSession.id()), reached(revoke("ses_1", 10).id()));
    assertEquals(1, revoke(begun.id().value(), 10).memories());
    assertEquals(0, revoke("mem_nothing", 10).memories());
    assertEquals(List.of(elsewhere.id(), otherName.id()), ids(listed()));
    assertThrows(IllegalArgumentException.class, () -> new SourceName(""));
  }

  @Test
  void usersRevocationReachesTheirOwnMemoriesAlone() {
    Memory own = at("talk", null, ADA);
    Memory shared = at("talk", null, Scope.NONE);
    Revocation.Request request = new Revocation.Request(new SourceName("talk"), "ada", null);
    Revocation begun = audit.revoke(tenant, request);
    assertNotEquals(begun.id(), audit.revoke(tenant, ofAll("talk")).id());
    assertEquals(1, finish(begun, 10).memories());
    assertTrue(newest(own.id()).isRevoked());
    assertFalse(newest(shared.id()).isRevoked());
  }

  @Test
  void revocationIsOneHoweverOftenItIsAskedForAndLooksAgain() {
    Memory first = at("talk", null, Scope.NONE);
    Revocation begun = audit.revoke(tenant, ofAll("talk"));
    assertEquals(List.of(begun), audit.openRevocations(tenant));
    assertEquals(begun, audit.revoke(tenant, ofAll("talk")));
    Revocation done = finish(begun, 10);
    assertEquals(List.of(), audit.openRevocations(tenant));
    assertEquals(done, audit.advance(tenant, done.id(), 10));
    Memory second = at("talk", null, Scope.NONE);
    Revocation again = audit.revoke(tenant, ofAll("talk"));
    assertEquals(begun.id(), again.id());
    assertFalse(again.isFinished());
    assertEquals(List.of(first.id(), second.id()), reached(finish(again, 10).id()));
    assertEquals(Optional.empty(), audit.revocation(freshTenant(), done.id()));
    assertEquals(List.of(), audit.revoked(freshTenant(), done.id(), 10, null).data());
    assertThrows(IllegalStateException.class, () -> audit.advance(freshTenant(), done.id(), 10));
  }

  @Test
  void manyAreRevokedInManyStepsAndListedInPages() {
    Memory bad = remembered("bad");
    for (int i = 0; i < 25; i++) {
      derived("child " + i, Label.UNTRUSTED, bad);
    }
    Revocation done = revoke(bad.id().value(), 4);
    assertEquals(26, done.memories());
    Page<MemoryId> first = audit.revoked(tenant, done.id(), 10, null);
    Page<MemoryId> second = audit.revoked(tenant, done.id(), 10, first.next());
    Page<MemoryId> third = audit.revoked(tenant, done.id(), 10, second.next());
    assertNull(third.next());
    Set<MemoryId> all = new HashSet<>(first.data());
    all.addAll(second.data());
    all.addAll(third.data());
    assertEquals(26, all.size());
    assertEquals(bad.id(), first.data().getFirst());
    assertEquals(List.of(), listed());
    verified();
  }

  @Test
  void whatIsMadeOfSomethingRevokedIsRevokedAtOnce() {
    Memory bad = remembered("bad");
    revoke(bad.id().value(), 10);
    Memory late = derived("late", Label.UNTRUSTED, bad);
    assertEquals(newest(bad.id()).revoked(), late.revoked());
    Stored first = added(said("said", "key"));
    Stored second = added(said("said otherwise", "key").from(List.of(bad.versionId())));
    assertEquals(first.id(), second.id());
    assertTrue(memories.history(tenant, first.id()).stream().allMatch(Memory::isRevoked));
    assertEquals(List.of(), listed());
    verified();
  }

  @Test
  void revokedMemoryStaysSoWhateverIsSaidOfItLater() {
    Stored stored = added(said("bad", "key"));
    revoke("talk", 10);
    Memory revoked = newest(stored.id());
    assertEquals(
        Optional.of(revoked), memories.revise(tenant, stored.id(), MemoryText.of("better")));
    assertEquals(Stored.Outcome.NEW_VERSION, added(said("bad again", "key")).outcome());
    assertTrue(newest(stored.id()).isRevoked());
    assertEquals(List.of(), listed());
    assertTrue(memories.erase(tenant, stored.id()).isPresent());
    assertEquals(Stored.Outcome.NEW, added(said("bad", "key")).outcome());
    assertEquals(1, listed().size());
    verified();
  }

  @Test
  void partsOfATextAreNamedAndStayWhenTheTextIsErased() {
    Memory one = remembered("Ada lives in Porto.");
    List<MadeOf> parts =
        List.of(
            new MadeOf(one.versionId(), new MadeOf.Span(0, 3)),
            new MadeOf(one.versionId(), new MadeOf.Span(13, 18)),
            MadeOf.all(one.versionId()));
    Memory fact = newest(added(said("Ada: Porto", null).madeOf(parts)).id());
    assertEquals(parts, sources(fact));
    verified();
    memories.revise(tenant, one.id(), MemoryText.of("Ada lives in Faro."));
    assertEquals(parts, sources(fact));
    assertTrue(memories.erase(tenant, one.id()).isPresent());
    assertEquals(parts, sources(fact));
    verified();
  }

  private List<MadeOf> sources(Memory of) {
    return audit.ancestry(tenant, List.of(of.versionId())).getFirst().sources();
  }

  private static List<MadeOf> all(Memory... memories) {
    return Arrays.stream(memories).map(Memory::versionId).map(MadeOf::all).toList();
  }

  @Test
  void erasureNamesWhatWasMadeOfIt() {
    Memory source = remembered("source");
    memories.revise(tenant, source.id(), MemoryText.of("source, corrected"));
    Memory child = derived("child", Label.UNTRUSTED, source);
    Erased erased = memories.erase(tenant, source.id()).orElseThrow();
    assertEquals(1, erased.memories());
    assertEquals(2, erased.versions());
    assertEquals(List.of(child.id()), erased.derived());
    assertEquals(memories.lastChange(tenant), erased.change());
    assertEquals(
        List.of(MadeOf.all(source.versionId())),
        audit.ancestry(tenant, List.of(child.versionId())).getFirst().sources());
    Memory late = derived("late", Label.SYSTEM, source);
    assertEquals(
        List.of(MadeOf.all(source.versionId())),
        audit.ancestry(tenant, List.of(late.versionId())).getFirst().sources());
    assertEquals(List.of(), memories.erase(tenant, child.id()).orElseThrow().derived());
    verified();
  }

  @Test
  void sourceIsErasedPartByPart() {
    List<Memory> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(at("talk", null, Scope.NONE));
    }
    Memory other = at("other", null, Scope.NONE);
    Memory own = at("talk", null, ADA);
    SourceName talk = new SourceName("talk");
    Erased own1 = memories.eraseSource(tenant, talk, "ada", null, 10);
    assertEquals(1, own1.memories());
    assertEquals(Optional.empty(), memories.find(tenant, own.id(), null));
    Erased first = memories.eraseSource(tenant, talk, null, null, 2);
    assertEquals(all.get(1).id(), first.next());
    Erased second = memories.eraseSource(tenant, talk, null, first.next(), 4);
    assertEquals(3, second.memories());
    assertNull(second.next());
    assertEquals(5, first.and(second).memories());
    assertEquals(Erased.nothing(now()), memories.eraseSource(tenant, talk, null, null, 4));
    assertEquals(Erased.nothing(now()), memories.eraseSource(freshTenant(), talk, null, null, 4));
    assertEquals(List.of(other), listed());
    verified();
  }

  @Test
  void everyWriteOfMemoriesIsALinkOfTheChain() {
    assertEquals(ChainHead.NONE, audit.head(tenant));
    assertEquals(new ChainReport(ChainHead.NONE, 0, 0, 0, 0, null), audit.verify(tenant, null));
    Memory one = remembered("one");
    memories.add(tenant, List.of(said("two", "2"), said("three", "3")));
    memories.revise(tenant, one.id(), MemoryText.of("one, corrected"));
    ChainHead early = audit.head(tenant);
    revoke(one.id().value(), 10);
    memories.erase(tenant, one.id());
    List<ChainLink> links = audit.links(tenant, 0, 100);
    assertEquals(
        "WRITTEN 1, WRITTEN 2, WRITTEN 1, REVOKED 1, ERASED 1",
        String.join(", ", links.stream().map(link -> link.kind() + " " + link.entries()).toList()));
    String before = "";
    for (ChainLink link : links) {
      before = ChainEntry.link(before, link.change(), link.entriesSha256());
      assertEquals(before, link.link());
    }
    ChainHead head = new ChainHead(links.getLast().change(), links.getLast().link());
    assertEquals(head, audit.head(tenant));
    assertEquals(new ChainReport(head, 5, 2, 2, 0, null), audit.verify(tenant, early));
    assertEquals(links.subList(3, 4), audit.links(tenant, links.get(2).change(), 1));
    assertEquals(List.of(), audit.links(freshTenant(), 0, 1));
  }

  @Test
  void chainThatDoesNotHoldAHeadToldEarlierIsBroken() {
    remembered("one");
    ChainHead head = audit.head(tenant);
    String other = "00".repeat(32);
    ChainReport report = audit.verify(tenant, new ChainHead(head.change(), other));
    assertEquals(head.change(), broken(report).change());
    assertNull(audit.verify(tenant, head).broken());
    ChainReport shorter = audit.verify(tenant, new ChainHead(head.change() + 1, other));
    assertEquals(head.change() + 1, broken(shorter).change());
  }

  @Test
  void randomHistoryIsReachedAsAnOracleSays() {
    Random random = new Random(seed("randomHistoryIsReachedAsAnOracleSays"));
    Map<MemoryId, List<MemoryId>> madeOf = new TreeMap<>((a, b) -> a.value().compareTo(b.value()));
    Map<MemoryId, Label> labels = new TreeMap<>((a, b) -> a.value().compareTo(b.value()));
    Set<MemoryId> revoked = new HashSet<>();
    for (int i = 0; i < 150; i++) {
      clock.advance(MINUTE);
      List<MemoryId> there = new ArrayList<>(labels.keySet());
      switch (random.nextInt(there.size() < 5 ? 5 : 8)) {
        case 0, 1, 2, 3, 4 -> {
          List<MemoryId> sources = some(random, there);
          Label label = lowest(sources, labels);
          MemoryId id = derived("text " + i, label, newestOf(sources)).id();
          madeOf.put(id, sources);
          labels.put(id, label);
          if (sources.stream().anyMatch(revoked::contains)) {
            revoked.add(id);
          }
        }
        case 5, 6 -> {
          MemoryId bad = there.get(random.nextInt(there.size()));
          revoke(bad.value(), 1 + random.nextInt(3));
          reach(bad, madeOf, revoked);
        }
        default -> {
          MemoryId gone = there.get(random.nextInt(there.size()));
          memories.erase(tenant, gone);
          labels.remove(gone);
          madeOf.remove(gone);
          revoked.remove(gone);
        }
      }
      Set<MemoryId> shown = new HashSet<>(ids(listed()));
      Set<MemoryId> wanted = new HashSet<>(labels.keySet());
      wanted.removeAll(revoked);
      assertEquals(wanted, shown, "after step " + i);
    }
    verified();
  }

  /** The closure; a source that was erased leads no further. */
  private static void reach(
      MemoryId bad, Map<MemoryId, List<MemoryId>> madeOf, Set<MemoryId> revoked) {
    revoked.add(bad);
    madeOf.forEach((id, sources) -> {
      if (sources.contains(bad) && !revoked.contains(id)) {
        reach(id, madeOf, revoked);
      }
    });
  }

  private Memory[] newestOf(List<MemoryId> ids) {
    return ids.stream().map(this::newest).toArray(Memory[]::new);
  }

  private static List<MemoryId> some(Random random, List<MemoryId> there) {
    List<MemoryId> some = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0 && !there.isEmpty(); i--) {
      MemoryId one = there.get(random.nextInt(there.size()));
      if (!some.contains(one)) {
        some.add(one);
      }
    }
    return some;
  }

  private static Label lowest(List<MemoryId> sources, Map<MemoryId, Label> labels) {
    Label lowest = Label.SYSTEM;
    for (MemoryId source : sources) {
      lowest = Label.lowest(lowest, labels.getOrDefault(source, Label.SYSTEM));
    }
    return lowest;
  }

  private static ChainReport.Break broken(ChainReport report) {
    ChainReport.Break broken = report.broken();
    if (broken == null) {
      throw new AssertionError("the chain is whole: " + report);
    }
    return broken;
  }

  private void verified() {
    assertNull(audit.verify(tenant, null).broken());
  }

  private Memory derived(String text, Label label, Memory... from) {
    List<VersionId> sources = Arrays.stream(from).map(Memory::versionId).toList();
    NewMemory wanted =
        new NewMemory(
                Scope.NONE,
                MemoryKind.DIGEST,
                new Origin("digests", null, null, 0),
                MemoryText.of(text).labelled(label),
                null)
            .from(sources);
    return newest(added(wanted).id());
  }

  private Memory labelled(Label label) {
    NewMemory wanted =
        new NewMemory(
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin("talk", null, null, 0),
            MemoryText.of(label.name()).labelled(label),
            null);
    return newest(added(wanted).id());
  }

  private Memory at(String source, @Nullable String session, Scope scope) {
    NewMemory wanted =
        new NewMemory(
            scope,
            MemoryKind.EPISODE,
            new Origin(source, session, null, 0),
            MemoryText.of("said"),
            null);
    return newest(added(wanted).id());
  }

  private static Revocation.Request ofAll(String source) {
    return new Revocation.Request(new SourceName(source), null, "because");
  }

  private Revocation revoke(String source, int step) {
    return finish(audit.revoke(tenant, ofAll(source)), step);
  }

  private Revocation finish(Revocation begun, int step) {
    Revocation now = begun;
    while (!now.isFinished()) {
      now = audit.advance(tenant, begun.id(), step);
    }
    assertEquals(Optional.of(now), audit.revocation(tenant, begun.id()));
    return now;
  }

  private List<MemoryId> reached(RevocationId id) {
    return audit.revoked(tenant, id, 100, null).data();
  }

  private List<Memory> listed() {
    return memories.list(tenant, MemoryFilter.of(Scope.NONE), 1000, null).data();
  }

  private static List<MemoryId> ids(List<Memory> all) {
    return all.stream().map(Memory::id).toList();
  }
}
