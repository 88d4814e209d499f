package dev.palimpsest.retrieval.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.Memories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index is a projection: whatever becomes of its folder, its answers are the store's. */
final class IndexFollowerTest {
  private static final TenantId TENANT = new TenantId("ada");
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final int DAMAGES = 12;
  private static final long SEED = Long.parseLong("0" + System.getProperty("seed", ""));

  private final TestClock clock = new TestClock();
  private final TestClock commits = new TestClock();
  private final InMemoryMemory memory = new InMemoryMemory(clock, new CountingIds());
  private final MemoryStore store = memory.memories();
  private final Memories drawn = new Memories(new Random(SEED));
  private Path folder;

  @BeforeEach
  void choose(@TempDir Path temporary) {
    folder = temporary;
    System.out.println("IndexFollowerTest: -Dseed=" + SEED);
  }

  @Test
  void rebuiltIndexAnswersAsTheGrownOneDoes(@TempDir Path other) {
    try (MemoryIndexes grown = new MemoryIndexes(folder)) {
      IndexFollower follower = follower(grown);
      for (int i = 0; i < 40; i++) {
        drawn.live(store, TENANT, clock, 10);
        follower.step();
        commits.advance(INTERVAL);
      }
      catchUp(follower);
      try (MemoryIndexes rebuilt = new MemoryIndexes(other)) {
        catchUp(follower(rebuilt));
        assertSameAnswers(grown, rebuilt);
      }
    }
  }

  @Test
  void restartedIndexGoesOnFromItsCheckpoint() {
    drawn.live(store, TENANT, clock, 50);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      assertTrue(catchUp(follower(indexes)) > 20);
    }
    try (MemoryIndexes again = new MemoryIndexes(folder)) {
      assertEquals(0, catchUp(follower(again)));
      assertEquals(store.lastChange(TENANT), again.searchableUpTo(TENANT));
      drawn.live(store, TENANT, clock, 1);
      assertTrue(catchUp(follower(again)) <= 4);
      assertSameAsFresh(again);
    }
  }

  @Test
  void whatWasNotCommittedIsReadAgain(@TempDir Path crashed) throws IOException {
    drawn.live(store, TENANT, clock, 30);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      IndexFollower follower = follower(indexes);
      catchUp(follower);
      commits.advance(INTERVAL);
      follower.step();
      drawn.live(store, TENANT, clock, 30);
      catchUp(follower);
      copy(folder.resolve(TENANT.value()), crashed.resolve(TENANT.value()));
      try (MemoryIndexes recovered = new MemoryIndexes(crashed)) {
        assertTrue(catchUp(follower(recovered)) > 0);
        assertSameAnswers(indexes, recovered);
      }
    }
  }

  @Test
  void damagedFolderIsBuiltAnewOrNotAtAllWrong() throws IOException {
    drawn.live(store, TENANT, clock, 120);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      catchUp(follower(indexes));
    }
    Random random = new Random(SEED);
    try (MemoryIndexes fresh = new MemoryIndexes(folder.resolve("fresh"))) {
      catchUp(follower(fresh));
      for (int i = 0; i < DAMAGES; i++) {
        List<Path> files = files(folder.resolve(TENANT.value()));
        Path file = files.get(i % files.size());
        damage(file, Files.readAllBytes(file), random);
        try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
          catchUp(follower(indexes));
          assertSameAnswers(fresh, indexes);
        }
      }
    }
  }

  @Test
  void folderOfAnotherFormatIsBuiltAnew() throws IOException {
    Path own = Files.createDirectories(folder.resolve(TENANT.value()));
    try (FSDirectory directory = FSDirectory.open(own);
        IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
      Map<String, String> strange = Map.of("format", "0", "change", "7", "memory_change", "7");
      writer.setLiveCommitData(strange.entrySet());
      writer.commit();
    }
    drawn.live(store, TENANT, clock, 20);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      catchUp(follower(indexes));
      assertSameAsFresh(indexes);
    }
  }

  @Test
  void indexOfAStoreThatWentBackBeginsAgain() {
    drawn.live(store, TENANT, clock, 40);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      catchUp(follower(indexes));
    }
    InMemoryMemory restored = new InMemoryMemory(clock, new CountingIds());
    new Memories(new Random(SEED + 1)).live(restored.memories(), TENANT, clock, 5);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      catchUp(new IndexFollower(restored.memories(), indexes, commits, INTERVAL));
      assertEquals(restored.memories().lastChange(TENANT), indexes.searchableUpTo(TENANT));
      assertEquals(
          restored.memories().list(TENANT, MemoryFilter.of(Scope.NONE), 1000, null).data().size(),
          size(indexes));
    }
  }

  @Test
  void folderThatSomebodyHoldsIsRefusedAndLeftAlone() {
    drawn.live(store, TENANT, clock, 20);
    try (MemoryIndexes holder = new MemoryIndexes(folder)) {
      catchUp(follower(holder));
      try (MemoryIndexes second = new MemoryIndexes(folder)) {
        assertThrows(IndexException.class, () -> follower(second).step());
      }
      assertSameAsFresh(holder);
    }
  }

  @Test
  void folderThatCannotBeUsedIsSaidAndUsedOnceItCan() throws IOException {
    drawn.live(store, TENANT, clock, 20);
    Path inTheWay = Files.createFile(folder.resolve(TENANT.value()));
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      IndexFollower follower = follower(indexes);
      assertThrows(IndexException.class, follower::step);
      assertThrows(IndexException.class, follower::step);
      Files.delete(inTheWay);
      catchUp(follower);
      assertSameAsFresh(indexes);
    }
  }

  @Test
  void storeThatIsAwayIsSaidAndNothingIsLost() {
    drawn.live(store, TENANT, clock, 20);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      IndexFollower follower = follower(indexes);
      memory.setAway(true);
      assertThrows(MemoryStoreException.class, follower::step);
      memory.setAway(false);
      catchUp(follower);
      assertSameAsFresh(indexes);
    }
  }

  @Test
  void whoWaitsForAChangeIsToldWhetherItCame() throws InterruptedException {
    drawn.live(store, TENANT, clock, 5);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      IndexFollower follower = follower(indexes);
      long last = store.lastChange(TENANT);
      assertFalse(follower.awaitVisible(TENANT, last, Duration.ofMillis(5)));
      follower.awaitHint(Duration.ofDays(1));
      catchUp(follower);
      assertTrue(follower.awaitVisible(TENANT, last, Duration.ZERO));
      assertFalse(follower.awaitVisible(TENANT, last + 1, Duration.ofMillis(5)));
    }
  }

  @Test
  void tenantsNeverMeet() {
    TenantId other = new TenantId("bo");
    drawn.live(store, TENANT, clock, 20);
    try (MemoryIndexes indexes = new MemoryIndexes(folder)) {
      catchUp(follower(indexes));
      assertTrue(indexes.view(other, "roses", MemoryFilter.of(Scope.NONE)).isEmpty());
      int before = size(indexes);
      drawn.live(store, other, clock, 20);
      catchUp(follower(indexes));
      assertEquals(before, size(indexes));
      assertSameAsFresh(indexes);
    }
  }

  private IndexFollower follower(MemoryIndexes indexes) {
    return new IndexFollower(store, indexes, commits, INTERVAL);
  }

  private static int catchUp(IndexFollower follower) {
    int taken = 0;
    int more = follower.step();
    while (more > 0) {
      taken += more;
      more = follower.step();
    }
    return taken;
  }

  private void assertSameAsFresh(MemoryIndexes indexes) {
    Path fresh = folder.resolve("fresh-" + System.nanoTime());
    try (MemoryIndexes rebuilt = new MemoryIndexes(fresh)) {
      catchUp(follower(rebuilt));
      assertSameAnswers(rebuilt, indexes);
    }
  }

  /** Same entries, same scores to the last bit. */
  private void assertSameAnswers(MemoryIndexes expected, MemoryIndexes actual) {
    for (int i = 0; i < 40; i++) {
      String question = drawn.words(4);
      MemoryFilter filter = i == 0 ? MemoryFilter.of(Scope.NONE) : drawn.filter();
      assertEquals(
          best(expected, question, filter), best(actual, question, filter), "seed " + SEED);
    }
  }

  private static List<Entry> best(MemoryIndexes indexes, String question, MemoryFilter filter) {
    try (IndexView view = indexes.view(TENANT, question, filter).orElseThrow()) {
      return view.best(1000);
    }
  }

  private static int size(MemoryIndexes indexes) {
    MemoryFilter all = MemoryFilter.of(Scope.NONE);
    try (IndexView view = indexes.view(TENANT, "roses", all).orElseThrow()) {
      return view.size();
    }
  }

  private static void damage(Path file, byte[] sound, Random random) throws IOException {
    switch (random.nextInt(3)) {
      case 0 -> Files.delete(file);
      case 1 -> Files.write(file, Arrays.copyOf(sound, sound.length / 2));
      default -> {
        byte[] flipped = sound.clone();
        flipped[random.nextInt(flipped.length)] ^= 0x10;
        Files.write(file, flipped);
      }
    }
  }

  private static List<Path> files(Path from) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      return new ArrayList<>(
          files.filter(f -> !f.endsWith(IndexWriter.WRITE_LOCK_NAME)).sorted().toList());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path file : files(from)) {
      Files.copy(file, to.resolve(file.getFileName()));
    }
  }
}
