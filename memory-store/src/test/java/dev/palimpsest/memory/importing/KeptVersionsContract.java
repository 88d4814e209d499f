package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Ancestry;
import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryFixture;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.RandomMemories;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.importing.ImportState.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What every store does with archives: out of one, into another, and nothing is lost. */
public abstract class KeptVersionsContract extends MemoryFixture {
  /** For subclasses. */
  protected KeptVersionsContract() {}

  @Test
  void intoAnEmptyStoreAndOutAgainGivesTheSameBytes() throws Exception {
    Random random = new Random(seed("KeptVersionsContract"));
    List<MemoryId> ids = history(random, 120);
    byte[] archive = archive(tenant);
    TenantId other = freshTenant();
    ImportState first = restored(other, archive);
    assertEquals(Status.DONE, first.status());
    assertEquals(first.counts().read(), first.counts().stored());
    assertEquals(memories.lastChange(other), first.lastChange() + 1);
    assertArrayEquals(archive, archive(other));
    for (MemoryId id : ids) {
      assertEquals(
          unnumbered(memories.history(tenant, id)), unnumbered(memories.history(other, id)));
    }
    ImportState again = restored(other, archive);
    assertEquals(
        new ImportCounts(first.counts().read(), 0, first.counts().read(), 0, 0, 2), again.counts());
    assertArrayEquals(archive, archive(other));
  }

  @Test
  void whatIsKnownByItsIdentityGoesOnAsBefore() {
    added(said("one", "a"));
    clock.advance(MINUTE);
    added(said("two", "a"));
    TenantId other = freshTenant();
    restored(other, archive(tenant));
    Stored known = memories.add(other, List.of(said("two", "a"))).getFirst();
    assertEquals(Stored.Outcome.DUPLICATE, known.outcome());
    Stored next = memories.add(other, List.of(said("three", "a"))).getFirst();
    assertEquals(3, next.version());
  }

  @Test
  void aLaterArchiveAddsTheVersionsThatCameSince() {
    MemoryId id = added(said("one", "a")).id();
    byte[] early = archive(tenant);
    clock.advance(MINUTE);
    memories.revise(tenant, id, MemoryText.of("two"));
    clock.advance(MINUTE);
    memories.revise(tenant, id, MemoryText.of("three"));
    TenantId other = freshTenant();
    restored(other, early);
    assertEquals(new ImportCounts(3, 2, 1, 0, 0, 2), restored(other, archive(tenant)).counts());
    assertEquals(unnumbered(memories.history(tenant, id)), unnumbered(memories.history(other, id)));
    assertArrayEquals(archive(tenant), archive(other));
  }

  @Test
  void whatSaysSomethingElseHereIsRefusedAndStays() {
    MemoryId id = added(said("one", null)).id();
    TenantId other = freshTenant();
    restored(other, archive(tenant));
    memories.revise(tenant, id, MemoryText.of("two"));
    memories.revise(other, id, MemoryText.of("zwei"));
    ImportState state = restored(other, archive(tenant));
    assertEquals(new ImportCounts(2, 0, 1, 1, 0, 2), state.counts());
    Rejection refused = imports.rejections(other, state.id(), 9, null).data().getFirst();
    assertEquals(RejectionReason.CONFLICT, refused.reason());
    assertEquals(2, refused.record());
    assertEquals("zwei", memories.find(other, id, null).orElseThrow().text());
  }

  @Test
  void theSameRecordUnderAnotherIdIsADuplicateOrRefused() {
    added(said("one", "a"));
    added(said("other", "b"));
    TenantId other = freshTenant();
    added(said("unused", null));
    memories.add(other, List.of(said("of other's own", null), said("one", "a"), said("else", "b")));
    ImportState state = restored(other, archiveOf(memories.kept(tenant, Scope.NONE, null, 2)));
    assertEquals(new ImportCounts(2, 0, 1, 1, 0, 2), state.counts());
  }

  @Test
  void whatWasErasedHereStaysErased() {
    MemoryId id = added(said("one", "a")).id();
    byte[] archive = archive(tenant);
    memories.erase(tenant, id);
    ImportState state = restored(tenant, archive);
    assertEquals(new ImportCounts(1, 0, 0, 1, 0, 2), state.counts());
    Rejection refused = imports.rejections(tenant, state.id(), 9, null).data().getFirst();
    assertEquals(RejectionReason.ERASED, refused.reason());
    assertTrue(memories.find(tenant, id, null).isEmpty());
  }

  @Test
  void aVersionWithoutTheOneBeforeItIsRefused() {
    MemoryId id = added(said("one", null)).id();
    memories.revise(tenant, id, MemoryText.of("two"));
    List<KeptVersion> kept = memories.kept(tenant, Scope.NONE, null, 1);
    TenantId other = freshTenant();
    ImportId begun = imports.create(other, request(false)).id();
    ImportBatch batch =
        new ImportBatch(
            List.of(),
            List.of(),
            List.of(new ImportBatch.Restored(kept.getLast(), 1, 7)),
            List.of(),
            0,
            9);
    ImportLog.Committed committed = imports.commit(other, begun, 0, batch);
    assertEquals(new ImportCounts(1, 0, 0, 1, 0, 0), committed.state().counts());
    assertEquals(RejectionReason.CONFLICT, committed.refused().getFirst().reason());
    assertEquals(List.of(), imports.commit(other, begun, 0, batch).refused());
  }

  @Test
  void whatItWasMadeOfAndThatItWasRevokedTravelAlong() {
    MemoryId bad = added(said("bad", "a")).id();
    MemoryId gone = added(said("gone", "b")).id();
    List<MadeOf> sources =
        List.of(
            new MadeOf(new VersionId(gone, 1), new MadeOf.Span(1, 3)),
            MadeOf.all(new VersionId(bad, 1)),
            new MadeOf(new VersionId(bad, 1), new MadeOf.Span(0, 2)));
    MemoryId made = added(said("made of both", "c").madeOf(sources)).id();
    MemoryId free = added(said("free", "d").from(List.of(new VersionId(gone, 1)))).id();
    memories.erase(tenant, gone);
    Revocation.Request request =
        new Revocation.Request(new SourceName(bad.value()), null, "because");
    Revocation now = audit.revoke(tenant, request);
    while (!now.isFinished()) {
      now = audit.advance(tenant, now.id(), 10);
    }
    byte[] archive = archive(tenant);
    TenantId other = freshTenant();
    ImportState state = restored(other, archive);
    assertEquals(3, state.counts().stored());
    assertArrayEquals(archive, archive(other));
    Memory there = memories.find(other, made, null).orElseThrow();
    assertEquals(memories.find(tenant, made, null).orElseThrow().revoked(), there.revoked());
    Ancestry known = audit.ancestry(other, List.of(there.versionId())).getFirst();
    assertEquals(sources, known.sources());
    assertEquals(state.id().value(), known.importId());
    assertEquals(
        List.of(free),
        memories.list(other, MemoryFilter.of(Scope.NONE), 9, null).data().stream()
            .map(Memory::id)
            .toList());
    assertNull(audit.verify(other, null).broken());
    assertNull(audit.verify(tenant, null).broken());
  }

  @Test
  void whatWouldBeTrustedMoreThanItsSourceIsRefused() {
    Memory low = remembered("low");
    MemoryId made = added(said("made", null).from(List.of(low.versionId()))).id();
    List<KeptVersion> kept = memories.kept(tenant, Scope.NONE, null, 9);
    List<KeptVersion> forged =
        kept.stream()
            .map(one -> one.id().equals(made) ? relabelled(one, Label.SYSTEM) : one)
            .toList();
    TenantId other = freshTenant();
    ImportState state = restored(other, archiveOf(forged));
    assertEquals(new ImportCounts(2, 1, 0, 1, 0, 2), state.counts());
    assertTrue(memories.find(other, made, null).isEmpty());
  }

  private static KeptVersion relabelled(KeptVersion one, Label label) {
    return new KeptVersion(
        one.id(),
        one.version(),
        one.scope(),
        one.kind(),
        one.origin(),
        one.content().labelled(label),
        one.learnedAt(),
        one.identitySha256(),
        one.sources(),
        one.revoked());
  }

  @Test
  void aDryRunCountsAsTheRealOneAndStoresNothing() throws Exception {
    history(new Random(3), 40);
    byte[] archive = archive(tenant);
    TenantId other = freshTenant();
    ImportState dry = run(other, request(true), archive);
    assertEquals(List.of(), memories.kept(other, Scope.NONE, null, 10));
    assertEquals(dry.counts(), restored(other, archive).counts());
    assertEquals(dry.counts().read(), run(other, request(true), archive).counts().duplicate());
  }

  @Test
  void cutAnywhereTheRestComesWithTheNextTry() throws Exception {
    Random random = new Random(seed("KeptVersionsContract, cut"));
    history(random, 30);
    byte[] archive = archive(tenant);
    TenantId other = freshTenant();
    for (int i = 0; i < 5; i++) {
      int cut = random.nextInt(archive.length);
      ImportState state = restored(other, Arrays.copyOf(archive, cut));
      assertTrue(cut == 0 || state.counts().rejected() > 0, "a cut at " + cut + " was not told");
    }
    restored(other, archive);
    assertArrayEquals(archive, archive(other));
  }

  @Test
  void onlyWhoMayPutsAnArchiveBackAndAsItIs() {
    added(said("one", "a"));
    byte[] archive = archive(tenant);
    NewImport without = new NewImport(null, "archive", null, Scope.NONE, false, null);
    ImportState state = run(freshTenant(), without, archive);
    assertEquals(Status.FAILED, state.status());
    assertTrue(String.valueOf(state.problem()).contains("admin"));
    NewImport scoped = new NewImport(null, "archive", null, Scope.ofUser("ada"), false, true, null);
    assertEquals(Status.FAILED, run(freshTenant(), scoped, archive).status());
  }

  @Test
  void anArchiveIsFoundOutAlsoWhenItIsCompressed() throws Exception {
    added(said("one", "a"));
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(archive(tenant));
    }
    TenantId other = freshTenant();
    ImportState state = run(other, request(false), packed.toByteArray());
    assertEquals(new ImportCounts(1, 1, 0, 0, 0, 2), state.counts());
    assertArrayEquals(archive(tenant), archive(other));
  }

  @Test
  void anArchiveOfAScopeHoldsWhatTheScopeSees() {
    added(said(new Scope("ada", null, null), "hers", null));
    added(said(new Scope("bob", null, null), "his", null));
    added(said("everybody's", null));
    List<KeptVersion> kept = memories.kept(tenant, Scope.ofUser("ada"), null, 10);
    assertEquals(
        List.of("hers", "everybody's"), kept.stream().map(v -> v.content().text()).toList());
    assertEquals(
        List.of("everybody's"),
        memories.kept(tenant, Scope.ofUser("ada"), kept.getFirst().id(), 10).stream()
            .map(v -> v.content().text())
            .toList());
  }

  /** Random adding, revising and erasing; the ids that were made. */
  private List<MemoryId> history(Random random, int steps) {
    RandomMemories some = new RandomMemories(random);
    List<MemoryId> ids = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      clock.advance(Duration.ofNanos(random.nextInt(3) * 500L));
      int roll = ids.isEmpty() ? 0 : random.nextInt(6);
      if (roll < 3) {
        memories.add(tenant, List.of(some.memory(), some.memory())).forEach(s -> ids.add(s.id()));
      } else if (roll < 5) {
        memories.revise(tenant, ids.get(random.nextInt(ids.size())), awkward(random));
      } else {
        memories.erase(tenant, ids.get(random.nextInt(ids.size())));
      }
    }
    return ids;
  }

  /** Texts and metadata that a careless writer would change. */
  private static MemoryText awkward(Random random) {
    return MemoryText.of(
            "tab\t quote\" line\nend \u0001 \u2028 ä 漢 \uD83D\uDE00 " + random.nextInt(9))
        .labelled(List.of(Label.values()).get(random.nextInt(Label.values().length)))
        .withMetadata("{ \"b\" : 1e2,\n \"a\":[1,  2], \"a\":null }");
  }

  private static List<Object> unnumbered(List<Memory> versions) {
    List<Object> all = new ArrayList<>();
    for (Memory m : versions) {
      all.add(Arrays.asList(m.id(), m.version(), m.scope(), m.kind(), m.origin(), m.content()));
      all.add(Arrays.asList(m.learnedAt(), m.supersededAt()));
    }
    return all;
  }

  private byte[] archive(TenantId of) {
    List<KeptVersion> all = new ArrayList<>();
    List<KeptVersion> part = memories.kept(of, Scope.NONE, null, 7);
    while (!part.isEmpty()) {
      all.addAll(part);
      part = memories.kept(of, Scope.NONE, part.getLast().id(), 7);
    }
    return archiveOf(all);
  }

  private static byte[] archiveOf(List<KeptVersion> versions) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      PalimpsestWriter writer = new PalimpsestWriter(bytes);
      for (KeptVersion version : versions) {
        writer.add(version);
      }
      writer.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private ImportState restored(TenantId into, byte[] archive) {
    return run(into, request(false), archive);
  }

  private ImportState run(TenantId into, NewImport request, byte[] file) {
    ImportState begun = imports.create(into, request);
    try {
      return new Importer(imports, into, begun, (state, rejections) -> {})
          .run(new ByteArrayInputStream(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static NewImport request(boolean isDryRun) {
    return new NewImport(null, "archive", null, Scope.NONE, isDryRun, true, null);
  }
}
