package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryFixture;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.importing.ImportState.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link ImportLog} does. */
public abstract class ImportLogContract extends MemoryFixture {
  private static final NewImport REQUEST =
      new NewImport(ImportFormat.JSONL, "talk", null, Scope.NONE, false, null);
  private static final NewImport DRY =
      new NewImport(ImportFormat.JSONL, "talk", null, Scope.NONE, true, null);

  /** For subclasses. */
  protected ImportLogContract() {}

  @Test
  void createdImportIsFoundAsItWasAskedFor() {
    NewImport request =
        new NewImport(
            null,
            "My talk ä.json",
            Instant.parse("0001-01-01T00:00:00.000000999Z"),
            new Scope("ada", "helper", "garden"),
            true,
            12345L);
    ImportState made = imports.create(tenant, request);
    assertEquals(
        new ImportState(
            made.id(), request, Status.OPEN, 0, 0, ImportCounts.ZERO, 0, null, now(), now()),
        made);
    assertEquals(MemoryText.EARLIEST, made.request().baseTime());
    assertEquals(Optional.of(made), imports.find(tenant, made.id()));
    assertEquals(Optional.empty(), imports.find(freshTenant(), made.id()));
    assertEquals(Optional.empty(), imports.find(tenant, new ImportId("imp_x")));
    assertTrue(memories.heads().containsKey(tenant));
  }

  @Test
  void batchIsStoredWithItsCounts() {
    ImportId id = imports.create(tenant, REQUEST).id();
    memories.add(tenant, List.of(said("known", "k"), said("old", "o")));
    clock.advance(MINUTE);
    ImportBatch batch =
        new ImportBatch(
            List.of(said("known", "k"), said("changed", "o"), said("new", "n"), said("new", "n")),
            List.of(true, true, true, true),
            List.of(rejection(5), rejection(2)),
            3,
            777);
    ImportState state = imports.commit(tenant, id, 0, batch).state();
    assertEquals(new ImportCounts(6, 2, 2, 2, 2, 3), state.counts());
    assertEquals(9, state.items());
    assertEquals(777, state.offset());
    assertEquals(now(), state.updatedAt());
    assertEquals(memories.lastChange(tenant), state.lastChange());
    assertEquals(Optional.of(state), imports.find(tenant, id));
    assertEquals(3, stored().size());
    assertEquals(
        new Page<>(List.of(rejection(2), rejection(5)), null),
        imports.rejections(tenant, id, 10, null));
    Change last = sessions.changes(tenant, state.lastChange() - 1, 1).getFirst();
    assertEquals("memories_added " + id, last.kind() + " " + last.subject());
  }

  @Test
  void sameBatchAgainChangesNothing() {
    ImportId id = imports.create(tenant, REQUEST).id();
    ImportBatch first = batch(List.of(said("a", null), said("b", "b")), 10);
    ImportBatch second = batch(List.of(said("c", null)), 20);
    ImportState one = imports.commit(tenant, id, 0, first).state();
    assertEquals(one, imports.commit(tenant, id, 0, first).state());
    ImportState two = imports.commit(tenant, id, 2, second).state();
    assertEquals(two, imports.commit(tenant, id, 2, second).state());
    assertEquals(3, two.counts().stored());
    assertEquals(3, stored().size());
    assertThrows(IllegalStateException.class, () -> imports.commit(tenant, id, 0, first));
    assertThrows(IllegalStateException.class, () -> imports.commit(tenant, id, 4, second));
    assertThrows(
        IllegalStateException.class, () -> imports.commit(tenant, new ImportId("imp_x"), 0, first));
    assertThrows(IllegalStateException.class, () -> imports.commit(freshTenant(), id, 0, first));
    assertEquals(two, imports.find(tenant, id).orElseThrow());
  }

  @Test
  void sameBatchFromManyThreadsIsCommittedOnce() throws Exception {
    ImportId id = imports.create(tenant, REQUEST).id();
    ImportBatch batch = batch(Collections.nCopies(5, said("a", null)), 10);
    List<ImportState> states = fromManyThreads(i -> imports.commit(tenant, id, 0, batch).state());
    assertEquals(1, states.stream().distinct().count());
    assertEquals(5, stored().size());
  }

  @Test
  void duplicatesAloneTakeNoChangeNumber() {
    memories.add(tenant, List.of(said("a", "a")));
    ImportId id = imports.create(tenant, REQUEST).id();
    long before = memories.lastChange(tenant);
    ImportState state = imports.commit(tenant, id, 0, batch(List.of(said("a", "a")), 5)).state();
    assertEquals(new ImportCounts(1, 0, 1, 0, 0, 0), state.counts());
    assertEquals(0, state.lastChange());
    ImportBatch skipped = new ImportBatch(List.of(), List.of(), List.of(), 2, 9);
    assertEquals(3, imports.commit(tenant, id, 1, skipped).state().items());
    assertEquals(before, memories.lastChange(tenant));
  }

  @Test
  void dryRunCountsAsTheRealOneAndStoresNothing() {
    memories.add(tenant, List.of(said("known", "k"), said("old", "o")));
    List<ImportBatch> batches =
        List.of(
            batch(List.of(said("known", "k"), said("x", "new"), said("x", "new")), 1),
            batch(List.of(said("x", "new"), said("y", "o"), said("free", null)), 2),
            batch(List.of(said("z", "new"), said("y", "o"), said("old", "o")), 3));
    ImportId dry = imports.create(tenant, DRY).id();
    long before = memories.lastChange(tenant);
    ImportCounts tried = all(dry, batches).counts();
    assertEquals(2, stored().size());
    assertEquals(before, memories.lastChange(tenant));
    assertEquals(0, imports.find(tenant, dry).orElseThrow().lastChange());
    ImportId again = imports.create(tenant, DRY).id();
    assertEquals(tried, all(again, batches).counts());
    assertEquals(tried, all(imports.create(tenant, REQUEST).id(), batches).counts());
    assertEquals(new ImportCounts(9, 5, 4, 0, 0, 0), tried);
  }

  @Test
  void dryRunCountsStatesOfOneMemoryAsTheRealOne() {
    memories.add(tenant, List.of(state("first"), state("second")));
    List<ImportBatch> batches =
        List.of(
            batch(List.of(state("first"), state("third"), state("second")), 1),
            batch(List.of(state("third"), state("fourth"), state("first")), 2));
    ImportCounts tried = all(imports.create(tenant, DRY).id(), batches).counts();
    assertEquals(new ImportCounts(6, 2, 4, 0, 0, 0), tried);
    assertEquals(tried, all(imports.create(tenant, REQUEST).id(), batches).counts());
  }

  private static NewMemory state(String text) {
    NewMemory one = said(text, "told");
    return new NewMemory(
        one.scope(),
        one.kind(),
        one.origin(),
        one.content(),
        "told",
        NewMemory.Repeat.ONE_OF_SEVERAL);
  }

  @Test
  void endedImportStaysAsItIs() {
    ImportId done = imports.create(tenant, REQUEST).id();
    ImportId failed = imports.create(tenant, DRY).id();
    ImportId open = imports.create(tenant, REQUEST).id();
    assertEquals(List.of(done, failed, open), openIds());
    imports.commit(tenant, failed, 0, batch(List.of(said("a", "a")), 5));
    clock.advance(MINUTE);
    ImportState end = imports.end(tenant, failed, Status.FAILED, "The disk \0 is full.");
    assertEquals(Status.FAILED, end.status());
    assertEquals(now(), end.updatedAt());
    assertEquals(end, imports.end(tenant, failed, Status.DONE, null));
    assertEquals(Optional.of(end), imports.find(tenant, failed));
    assertEquals(Status.DONE, imports.end(tenant, done, Status.DONE, null).status());
    assertEquals(List.of(open), openIds());
    assertThrows(
        IllegalStateException.class,
        () -> imports.commit(tenant, done, 0, batch(List.of(said("a", null)), 1)));
    assertThrows(
        IllegalArgumentException.class, () -> imports.end(tenant, open, Status.OPEN, null));
    assertThrows(
        IllegalStateException.class, () -> imports.end(freshTenant(), open, Status.DONE, null));
    assertEquals(List.of(), imports.open(freshTenant()));
  }

  @Test
  void rejectionsComePageByPage() {
    ImportId id = imports.create(tenant, REQUEST).id();
    List<Rejection> rejections = new ArrayList<>();
    for (int i = 1; i <= 450; i++) {
      rejections.add(rejection(i));
    }
    imports.commit(tenant, id, 0, new ImportBatch(List.of(), List.of(), rejections, 0, 1));
    Page<Rejection> first = imports.rejections(tenant, id, 400, null);
    Page<Rejection> second = imports.rejections(tenant, id, 400, first.next());
    assertEquals(rejections.subList(0, 400), first.data());
    assertEquals(rejections.subList(400, 450), second.data());
    assertEquals(null, second.next());
    assertEquals(null, imports.rejections(tenant, id, 450, null).next());
    assertTrue(imports.rejections(freshTenant(), id, 10, null).data().isEmpty());
    assertFalse(imports.rejections(tenant, id, 1, "449").data().isEmpty());
    assertThrows(IllegalArgumentException.class, () -> imports.rejections(tenant, id, 1, "x"));
    assertThrows(IllegalArgumentException.class, () -> imports.rejections(tenant, id, 0, null));
  }

  private ImportState all(ImportId id, List<ImportBatch> batches) {
    long items = 0;
    for (ImportBatch batch : batches) {
      items = imports.commit(tenant, id, items, batch).state().items();
    }
    return imports.find(tenant, id).orElseThrow();
  }

  private List<ImportId> openIds() {
    return imports.open(tenant).stream().map(ImportState::id).toList();
  }

  private List<Memory> stored() {
    return memories.list(tenant, MemoryFilter.of(Scope.NONE), 100, null).data();
  }

  private static ImportBatch batch(List<NewMemory> memories, long offset) {
    return new ImportBatch(
        memories, Collections.nCopies(memories.size(), false), List.of(), 0, offset);
  }

  private static Rejection rejection(long record) {
    return new Rejection(record, record * 10, RejectionReason.EMPTY_TEXT, "Nothing is said.");
  }
}
