package dev.palimpsest.engine.snapshot;

import static dev.palimpsest.engine.snapshot.SnapshotFolder.KIND;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.LAYOUT;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.PAGE;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.load;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.prompt;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.save;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreTest {
  @TempDir Path root;
  private SnapshotFolder folder;

  @BeforeEach
  void open() {
    folder = new SnapshotFolder(root.resolve("kv"));
  }

  @Test
  void whatComesBackIsWhatWasSavedAlsoAfterARestart() {
    for (int pages : List.of(1, 2, 31, 32, 33, 70)) {
      var saved = folder.pages(pages);
      var news = save(folder.open(), "session", tokens(5, pages), saved);
      long bytes = SnapshotHeader.fileBytes(KIND, pages * PAGE);
      assertEquals(new SnapshotNews.Saved(pages * PAGE, bytes), news);
      assertEquals(bytes, folder.bytes());
      SnapshotStore again = folder.open();
      assertEquals(bytes, again.bytes());
      var target = folder.pages(pages);
      var loaded = load(again, prompt(tokens(5, pages)), target);
      assertEquals(new SnapshotNews.Loaded(pages * PAGE, pages * LAYOUT.pageBytes()), loaded);
      assertTrue(saved.isSame(target, 0, pages), pages + " pages");
    }
  }

  @Test
  void onlyThePagesThatAreCommonAndNotKnownAreFilled() {
    SnapshotStore store = folder.open();
    var saved = folder.pages(70);
    save(store, "session", tokens(5, 70), saved);
    var target = folder.pages(70);
    var before = target.copy();
    TokenIds other = tokens(5, 50).slice(0, 50 * PAGE - 3).concat(tokens(6, 2));
    var found = store.find("salt", other, 40 * PAGE).orElseThrow();
    assertEquals(tokens(5, 49), found.tokens());
    var news = store.load(found, KIND, 40, target, () -> false, Runnable::run);
    assertEquals(new SnapshotNews.Loaded(49 * PAGE, 32 * LAYOUT.pageBytes()), news);
    assertTrue(before.isSame(target, 0, 40));
    assertTrue(saved.isSame(target, 40, 49));
    assertTrue(before.isSame(target, 49, 70));
  }

  /** Threads beside the caller's copy a part; whoever comes after the end finds nothing to do. */
  @Test
  void helpersCopyAPartAndLateOnesNothing() throws IOException {
    SnapshotStore store = folder.open();
    var saved = folder.pages(70);
    List<Runnable> late = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 50; round++) {
        for (Executor helpers : List.<Executor>of(threads, late::add)) {
          save(store, "session", tokens(5, 70), saved);
          byte[] bytes = Files.readAllBytes(folder.file());
          var target = folder.pages(70);
          var found = store.find("salt", prompt(tokens(5, 70)), 0).orElseThrow();
          var news = store.load(found, KIND, 0, target, () -> false, helpers);
          assertInstanceOf(SnapshotNews.Loaded.class, news);
          assertTrue(saved.isSame(target, 0, 70));
          bytes[bytes.length - 1 - round] ^= 1;
          Files.write(folder.file(), bytes);
          news = store.load(found, KIND, 0, folder.pages(70), () -> false, helpers);
          assertInstanceOf(SnapshotNews.Refused.class, news);
        }
      }
    }
    assertFalse(late.isEmpty());
    late.forEach(Runnable::run);
  }

  @Test
  void aPromptFindsTheLongestBeginningOfItsSaltAndNeverAllOfItself() {
    SnapshotStore store = folder.open();
    save(store, "short", tokens(5, 2), folder.pages(2));
    save(store, "long", tokens(5, 4), folder.pages(4));
    assertEquals(
        4 * PAGE, store.find("salt", prompt(tokens(5, 4)), 0).orElseThrow().tokens().size());
    assertEquals(3 * PAGE, store.find("salt", tokens(5, 4), 0).orElseThrow().tokens().size());
    assertTrue(store.find("salt", tokens(5, 4), 3 * PAGE).isEmpty());
    assertTrue(store.find("pepper", prompt(tokens(5, 4)), 0).isEmpty());
    assertTrue(store.find("salt", prompt(tokens(6, 4)), 0).isEmpty());
    assertTrue(store.find("salt", TokenIds.of(5), 0).isEmpty());
  }

  @Test
  void aLaterFileOfTheSameNameTakesThePlaceOfTheEarlier() {
    SnapshotStore store = folder.open();
    var saved = folder.pages(3);
    save(store, "session", tokens(5, 2), folder.pages(2));
    save(store, "session", tokens(6, 3), saved);
    assertEquals(1, store.files());
    assertEquals(folder.bytes(), store.bytes());
    assertTrue(store.find("salt", prompt(tokens(5, 2)), 0).isEmpty());
    var target = folder.pages(3);
    assertInstanceOf(SnapshotNews.Loaded.class, load(store, prompt(tokens(6, 3)), target));
    assertTrue(saved.isSame(target, 0, 3));
  }

  @Test
  void savedTokensAreThoseOfAFileThatIsABeginning() {
    SnapshotStore store = folder.open();
    save(store, "session", tokens(5, 2), folder.pages(2));
    var ticket = store.announce("salt", "session");
    assertEquals(2 * PAGE, store.savedTokens(ticket, tokens(5, 4)));
    assertEquals(2 * PAGE, store.savedTokens(ticket, tokens(5, 2)));
    assertEquals(0, store.savedTokens(ticket, tokens(5, 1)));
    assertEquals(0, store.savedTokens(ticket, tokens(6, 4)));
    assertEquals(0, store.savedTokens(store.announce("salt", "other"), tokens(5, 4)));
  }

  @Test
  void whatWasErasedIsGone() {
    SnapshotStore store = folder.open();
    save(store, "session", tokens(5, 2), folder.pages(2));
    store.erase("pepper", "session");
    store.erase("salt", "other");
    assertEquals(1, store.files());
    store.erase("salt", "session");
    assertEquals(List.of(), folder.files());
    assertEquals(0, store.bytes());
    assertTrue(store.find("salt", prompt(tokens(5, 2)), 0).isEmpty());
    assertEquals(0, folder.open().files());
  }

  @Test
  void whatIsErasedWhileItIsWrittenOrWaitsDoesNotComeBack() {
    SnapshotStore store = folder.open();
    var pages = folder.pages(2);
    var waiting = store.announce("salt", "session");
    store.erase("salt", "session");
    var news = store.save(waiting, KIND, tokens(5, 2), pages, 1, () -> false);
    assertInstanceOf(SnapshotNews.Dropped.class, news);
    PageMemory erasing =
        (page, layer) -> {
          store.erase("salt", "session");
          return pages.layer(page, layer);
        };
    assertInstanceOf(SnapshotNews.Dropped.class, save(store, "session", tokens(5, 2), erasing));
    assertEquals(List.of(), folder.files());
    assertEquals(0, store.files());
  }

  /** Also where others of its name were announced, and perhaps withdrawn, since. */
  @Test
  void whatIsErasedIsErasedForAllWhoAreToWriteIt() {
    SnapshotStore store = folder.open();
    var pages = folder.pages(2);
    for (boolean isWithdrawn : List.of(true, false)) {
      for (boolean isAll : List.of(true, false)) {
        List<SnapshotStore.Ticket> later = new ArrayList<>();
        PageMemory erasing =
            (page, layer) -> {
              if (later.isEmpty()) {
                later.add(store.announce("salt", "session"));
                if (isWithdrawn) {
                  store.withdraw(later.getFirst());
                }
                erase(store, isAll);
              }
              return pages.layer(page, layer);
            };
        assertInstanceOf(SnapshotNews.Dropped.class, save(store, "session", tokens(5, 2), erasing));
        assertEquals(List.of(), folder.files());
        assertInstanceOf(
            SnapshotNews.Dropped.class,
            store.save(later.getFirst(), KIND, tokens(5, 2), pages, 1, () -> isWithdrawn));
        assertEquals(List.of(), folder.files());
      }
    }
  }

  private static void erase(SnapshotStore store, boolean isAll) {
    if (isAll) {
      assertEquals(0, store.eraseAll("salt"));
    } else {
      assertFalse(store.erase("salt", "session"));
    }
  }

  @Test
  void whatIsWrittenOfAnErasedFileIsGoneWhenErasingReturns() {
    SnapshotStore store = folder.open();
    var pages = folder.pages(40);
    for (boolean isAll : List.of(true, false)) {
      List<Path> seen = new ArrayList<>();
      PageMemory erasing =
          (page, layer) -> {
            if (page == 35 && layer == 1) {
              assertEquals(0, store.eraseAll("pepper"));
              assertFalse(store.erase("salt", "other"));
              seen.addAll(folder.files());
              erase(store, isAll);
              seen.addAll(folder.files());
            }
            return pages.layer(page, layer);
          };
      assertInstanceOf(SnapshotNews.Dropped.class, save(store, "session", tokens(5, 40), erasing));
      assertEquals(1, seen.size(), "only before it was erased");
      assertEquals(List.of(), folder.files());
    }
    assertInstanceOf(SnapshotNews.Saved.class, save(store, "session", tokens(5, 40), pages));
  }

  /** The clock is asked while a file that was written is about to be renamed. */
  @Test
  void whoLooksAFileUpDoesNotWaitForTheDisk() throws InterruptedException {
    List<Thread> looking = new ArrayList<>();
    List<SnapshotStore> open = new ArrayList<>();
    InstantSource clock =
        () -> {
          if (looking.isEmpty()) {
            SnapshotStore store = open.getFirst();
            looking.add(Thread.ofVirtual().start(() -> lookUp(store)));
            joinQuietly(looking.getFirst());
            assertFalse(looking.getFirst().isAlive(), "it waits");
          }
          return Instant.EPOCH;
        };
    SnapshotStore store = new SnapshotStore(root.resolve("kv"), 1 << 20, clock);
    open.add(store);
    assertInstanceOf(
        SnapshotNews.Saved.class, save(store, "session", tokens(5, 2), folder.pages(2)));
    looking.getFirst().join();
  }

  private static void lookUp(SnapshotStore store) {
    assertTrue(store.find("salt", prompt(tokens(5, 2)), 0).isEmpty());
    var ticket = store.announce("salt", "other");
    assertEquals(0, store.savedTokens(ticket, tokens(5, 2)));
    store.withdraw(ticket);
    assertEquals(0, store.files());
  }

  private static void joinQuietly(Thread thread) {
    try {
      thread.join(20_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whatNobodyWantsAnyMoreLeavesNothing() {
    SnapshotStore store = folder.open();
    var ticket = store.announce("salt", "session");
    var news = store.save(ticket, KIND, tokens(5, 2), folder.pages(2), 1, () -> true);
    assertInstanceOf(SnapshotNews.Dropped.class, news);
    assertEquals(List.of(), folder.files());
    save(store, "session", tokens(5, 2), folder.pages(2));
    var found = store.find("salt", prompt(tokens(5, 2)), 0).orElseThrow();
    assertInstanceOf(
        SnapshotNews.Dropped.class,
        store.load(found, KIND, 0, folder.pages(2), () -> true, Runnable::run));
    assertEquals(1, store.files());
  }

  @Test
  void whatACrashLeftUnfinishedIsSweptAndOtherFilesStay() throws IOException {
    save(folder.open(), "session", tokens(5, 2), folder.pages(2));
    byte[] whole = Files.readAllBytes(folder.file());
    Path unfinished = Path.of(folder.file() + ".tmp");
    Files.write(unfinished, whole);
    Path broken = unfinished.resolveSibling("0123456789abcdef0123456789abcdef.kv");
    Files.write(broken, java.util.Arrays.copyOf(whole, whole.length / 2));
    Path note = unfinished.resolveSibling("note.txt");
    Files.writeString(note, "somebody's");
    SnapshotStore store = folder.open();
    assertEquals(1, store.files());
    assertFalse(Files.exists(unfinished));
    assertFalse(Files.exists(broken));
    assertTrue(Files.exists(note));
  }

  @Test
  void aFileThatCannotBeWrittenIsToldAndTheStoreGoesOn() throws IOException {
    SnapshotStore store = folder.open();
    Path kv = root.resolve("kv");
    Files.delete(kv);
    var news = save(store, "session", tokens(5, 2), folder.pages(2));
    assertInstanceOf(SnapshotNews.Failed.class, news);
    Files.createDirectory(kv);
    assertInstanceOf(
        SnapshotNews.Saved.class, save(store, "session", tokens(5, 2), folder.pages(2)));
  }

  /** A file of the kernel's can be opened, but not mapped. */
  @Test
  void aFileThatCannotBeReadIsNoReasonNotToStart() throws IOException {
    Path unreadable = Path.of("/sys/devices/system/cpu/online");
    assumeTrue(Files.exists(unreadable), "skipped: there is no file that cannot be mapped");
    save(folder.open(), "session", tokens(5, 2), folder.pages(2));
    long bytes = Files.size(folder.file());
    Path link = folder.file().resolveSibling("0123456789abcdef0123456789abcdef.kv");
    Files.createSymbolicLink(link, unreadable);
    SnapshotStore store = folder.open();
    assertEquals(2, store.files());
    assertEquals(bytes + Files.size(unreadable), store.bytes());
    assertTrue(store.find("salt", prompt(tokens(5, 2)), 0).isPresent());
    assertEquals(1, store.eraseAll("pepper"), "nobody knows whose it is");
    assertEquals(bytes, store.bytes());
    Files.createSymbolicLink(link, unreadable);
    assertEquals(bytes, folder.open(bytes).bytes());
    assertFalse(Files.exists(link, LinkOption.NOFOLLOW_LINKS), "it goes first");
  }

  @Test
  void aFileThatCannotBeReadNowStays() throws IOException {
    SnapshotStore store = folder.open();
    save(store, "session", tokens(5, 2), folder.pages(2));
    Path file = folder.file();
    Path aside = root.resolve("aside");
    Files.move(file, aside);
    Files.createDirectory(file);
    assertInstanceOf(SnapshotNews.Failed.class, load(store, prompt(tokens(5, 2)), folder.pages(2)));
    Files.delete(file);
    Files.move(aside, file);
    assertInstanceOf(SnapshotNews.Loaded.class, load(store, prompt(tokens(5, 2)), folder.pages(2)));
  }

  /** The first helper is at it when the second is not taken. */
  @Test
  void nobodyFillsPagesAnyMoreWhenAHelperIsNotTaken() throws InterruptedException {
    SnapshotStore store = folder.open();
    save(store, "session", tokens(5, 70), folder.pages(70));
    var target = folder.pages(70);
    CountDownLatch isIn = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicBoolean isOut = new AtomicBoolean();
    PageMemory slow =
        (page, layer) -> {
          isIn.countDown();
          awaitQuietly(release);
          isOut.set(true);
          return target.layer(page, layer);
        };
    Thread loading = Thread.currentThread();
    AtomicBoolean isOver = new AtomicBoolean();
    Thread releasing =
        Thread.ofPlatform()
            .unstarted(() -> {
              while (!isOver.get() && loading.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
              release.countDown();
            });
    List<Thread> threads = new ArrayList<>();
    Executor helpers =
        job -> {
          if (!threads.isEmpty()) {
            releasing.start();
            throw new RejectedExecutionException("no more");
          }
          threads.add(Thread.ofPlatform().start(job));
          awaitQuietly(isIn);
        };
    var found = store.find("salt", prompt(tokens(5, 70)), 0).orElseThrow();
    assertThrows(
        RejectedExecutionException.class,
        () -> store.load(found, KIND, 0, slow, () -> false, helpers));
    boolean wasOut = isOut.get();
    isOver.set(true);
    releasing.join();
    threads.getFirst().join();
    assertTrue(wasOut, "a helper is still at it");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFileThatIsGoneIsForgotten() throws IOException {
    SnapshotStore store = folder.open();
    save(store, "session", tokens(5, 2), folder.pages(2));
    Files.delete(folder.file());
    assertInstanceOf(
        SnapshotNews.Dropped.class, load(store, prompt(tokens(5, 2)), folder.pages(2)));
    assertEquals(0, store.files());
  }
}
