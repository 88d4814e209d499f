package dev.palimpsest.runtime.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.memory.importing.Spool;
import dev.palimpsest.runtime.bridge.Projections;
import dev.palimpsest.runtime.guard.ProblemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports without a socket: what outlives a service, a store that is away, a slow index. */
class ImportsTest {
  private static final TenantId TENANT = TenantId.DEFAULT;
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String FILE = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n{}\n";

  @TempDir private Path spools;

  private final InMemoryMemory memory = new InMemoryMemory(new TestClock(), new CountingIds());
  private final Index index = new Index();

  /** An index of words that stands where it is put. */
  private static final class Index implements Projections {
    private final AtomicLong words = new AtomicLong(Long.MAX_VALUE);

    @Override
    public long wordsUpTo(TenantId tenant) {
      return words.get();
    }

    @Override
    public long meaningUpTo(TenantId tenant) {
      return 0;
    }

    @Override
    public boolean knowsMeaning(TenantId tenant) {
      return false;
    }
  }

  @Test
  void whatAServiceLeftIsTakenUpByTheNext() throws Exception {
    Imports first = imports();
    ImportJob job = first.begin(TENANT, request());
    long there = job.attach(this);
    assertEquals(0, there);
    memory.setAway(true);
    job.append(this, bytes(FILE));
    job.finish(this, sum(job.id()));
    first.close();
    memory.setAway(false);
    ImportState left = memory.imports().find(TENANT, job.id()).orElseThrow();
    assertEquals(0, left.items());
    assertEquals(List.of(new Spool.Left(TENANT, job.id())), Spool.left(spools));
    try (Imports second = imports()) {
      second.start();
      awaitStatus(job.id(), ImportState.Status.DONE);
      assertEquals(2, second.report(TENANT, job.id()).orElseThrow().stored());
      ImportNews last = end(second.find(TENANT, job.id()).orElseThrow());
      assertTrue(last instanceof ImportNews.Done, last.toString());
    }
    assertEquals(List.of(), Spool.left(spools));
  }

  @Test
  void theEndIsToldWhenTheIndexHasAllOfIt() throws Exception {
    try (Imports imports = imports()) {
      index.words.set(0);
      ImportJob job = imports.begin(TENANT, request());
      long ignored = job.attach(this);
      job.append(this, bytes(FILE));
      job.finish(this, sum(job.id()));
      awaitStatus(job.id(), ImportState.Status.DONE);
      ImportFeed.Numbered early = job.feed().next(job.feed().last(), Duration.ofMillis(200));
      assertFalse(early != null && early.news().isLast());
      assertFalse(imports.report(TENANT, job.id()).orElseThrow().searchable());
      index.words.set(memory.imports().find(TENANT, job.id()).orElseThrow().lastChange());
      ImportNews.Done done = (ImportNews.Done) end(job);
      assertEquals(2, done.report().stored());
      assertTrue(done.report().searchable());
      List<ImportNews> all = told(job);
      assertTrue(
          all.contains(
              new ImportNews.Progressed(
                  ImportNews.Stage.INDEXING, 2, 2, job.state().lastChange())));
      assertEquals(1, all.stream().filter(ImportNews.Rejected.class::isInstance).count());
    }
  }

  @Test
  void noneIsBegunWhileTheStoreIsAwayAndNoneIsLost() {
    try (Imports imports = imports()) {
      memory.setAway(true);
      assertThrows(MemoryStoreException.class, () -> imports.begin(TENANT, request()));
      assertEquals(0, imports.atWork());
    }
  }

  @Test
  void aFullDiskTakesNothingSaysSoAndTheImportGoesOnOnceThereIsRoom() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "skipped: this system has no /dev/full");
    ImportId id =
        new InMemoryMemory(new TestClock(), new CountingIds())
            .imports()
            .create(TENANT, request())
            .id();
    Path bytes = Files.createDirectories(spools.resolve(id.value())).resolve("bytes");
    assertEquals(full, Files.readSymbolicLink(Files.createSymbolicLink(bytes, full)));
    try (Imports imports = imports()) {
      ImportJob job = imports.begin(TENANT, request());
      assertEquals(id, job.id());
      assertEquals(0, job.attach(this));
      for (int again = 0; again < 2; again++) {
        ProblemException refused =
            assertThrows(ProblemException.class, () -> job.append(this, bytes(FILE)));
        assertEquals(507, refused.problem().status());
        assertEquals(0, job.attach(this));
      }
    }
    Files.delete(bytes);
    try (Imports imports = imports()) {
      ImportJob job = imports.find(TENANT, id).orElseThrow();
      assertEquals(0, job.attach(this));
      job.append(this, bytes(FILE));
      job.finish(this, sum(id));
      assertTrue(end(job) instanceof ImportNews.Done);
      assertEquals(2, imports.report(TENANT, id).orElseThrow().stored());
    }
  }

  @Test
  void aSpoolThatNobodyKnowsIsLeftWhereItIs() throws Exception {
    ImportId unknown = new ImportId("imp_unknown");
    Spool spool = Spool.open(spools, TENANT, unknown);
    spool.append(bytes(FILE));
    spool.release();
    try (Imports imports = imports()) {
      ImportJob known = imports.begin(TENANT, request());
      imports.start();
      assertEquals(1, imports.atWork());
      known.abort();
      assertTrue(end(known) instanceof ImportNews.Failed);
      ProblemException again = assertThrows(ProblemException.class, known::abort);
      assertEquals(409, again.problem().status());
    }
    assertEquals(List.of(new Spool.Left(TENANT, unknown)), Spool.left(spools));
  }

  private Imports imports() {
    Reach reach = new Reach(index, () -> {});
    return new Imports(memory::imports, spools, reach, "epc_test");
  }

  private static NewImport request() {
    return new NewImport(ImportFormat.JSONL, "test", null, Scope.NONE, false, null);
  }

  private String sum(ImportId id) throws IOException {
    Spool spool = Spool.open(spools, TENANT, id);
    String sum = spool.sha256();
    spool.release();
    return sum;
  }

  private void awaitStatus(ImportId id, ImportState.Status status) throws InterruptedException {
    for (int i = 0; i < 3000; i++) {
      if (memory.imports().find(TENANT, id).orElseThrow().status() == status) {
        return;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("never " + status);
  }

  private static ImportNews end(ImportJob job) throws InterruptedException {
    long known = job.feed().beginning();
    while (true) {
      ImportFeed.Numbered next = job.feed().next(known, LONG);
      if (next == null) {
        throw new AssertionError("silence");
      }
      if (next.news().isLast()) {
        return next.news();
      }
      known = next.seq();
    }
  }

  private static List<ImportNews> told(ImportJob job) throws InterruptedException {
    List<ImportNews> all = new ArrayList<>();
    ImportFeed.Numbered next = job.feed().next(0, LONG);
    while (next != null) {
      all.add(next.news());
      next = job.feed().next(next.seq(), Duration.ZERO);
    }
    assertNull(next);
    return all;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
