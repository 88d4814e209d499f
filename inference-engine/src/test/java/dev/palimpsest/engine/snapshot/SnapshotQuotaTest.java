package dev.palimpsest.engine.snapshot;

import static dev.palimpsest.engine.snapshot.SnapshotFolder.KIND;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.PAGE;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.prompt;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.save;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes when there is no room: bytes times age for the time that it saves. */
class SnapshotQuotaTest {
  /** A file of two pages. */
  private static final long TWO = SnapshotHeader.fileBytes(KIND, 2 * PAGE);

  @TempDir Path root;
  private SnapshotFolder folder;

  @BeforeEach
  void open() {
    folder = new SnapshotFolder(root.resolve("kv"));
  }

  private void save2(SnapshotStore store, int token, long cost) {
    var pages = folder.pages(2);
    var news = save(store, "session " + token, tokens(token, 2), pages, cost);
    assertInstanceOf(SnapshotNews.Saved.class, news);
  }

  private static boolean has(SnapshotStore store, int token) {
    return store.find("salt", prompt(tokens(token, 2)), 0).isPresent();
  }

  @Test
  void theLongestUnusedGoesFirstWhereAllElseIsEqual() {
    SnapshotStore store = folder.open(3 * TWO);
    for (int token = 1; token <= 3; token++) {
      save2(store, token, 1_000);
      folder.later(10);
    }
    var first = store.find("salt", prompt(tokens(1, 2)), 0).orElseThrow();
    var loaded =
        store.load(first, SnapshotFolder.KIND, 0, folder.pages(2), () -> false, Runnable::run);
    assertInstanceOf(SnapshotNews.Loaded.class, loaded);
    folder.later(10);
    save2(store, 4, 1_000);
    assertTrue(has(store, 1) && !has(store, 2) && has(store, 3) && has(store, 4));
    assertEquals(3 * TWO, folder.bytes());
  }

  @Test
  void whatIsCheapToComputeGoesBeforeWhatIsOlderAndDear() {
    SnapshotStore store = folder.open(2 * TWO);
    save2(store, 1, 100_000);
    folder.later(10);
    save2(store, 2, 1_000);
    folder.later(10);
    save2(store, 3, 100_000);
    assertTrue(has(store, 1) && !has(store, 2) && has(store, 3));
  }

  @Test
  void whatIsLargeGoesBeforeWhatIsOlderAndSmall() {
    SnapshotStore store = folder.open(6 * TWO);
    save2(store, 1, 1_000);
    folder.later(10);
    save(store, "large", tokens(2, 8), folder.pages(8), 1_000);
    folder.later(10);
    save(store, "larger", tokens(3, 6), folder.pages(6), 1_000);
    assertTrue(has(store, 1) && !has(store, 2) && has(store, 3));
  }

  @Test
  void aFileGivesWayToItsOwnSuccessorBeforeOthersDo() {
    SnapshotStore store = folder.open(2 * TWO);
    save2(store, 1, 1);
    folder.later(1_000);
    save2(store, 2, 1_000_000);
    save(store, "session 2", tokens(5, 2), folder.pages(2));
    assertTrue(has(store, 1) && !has(store, 2) && has(store, 5));
  }

  @Test
  void whatIsLargerThanTheQuotaIsNotWrittenAndDrivesNothingOut() {
    SnapshotStore store = folder.open(TWO);
    save2(store, 1, 1_000);
    var news = save(store, "large", tokens(2, 3), folder.pages(3));
    assertInstanceOf(SnapshotNews.Dropped.class, news);
    assertTrue(has(store, 1));
  }

  @Test
  void aSmallerQuotaHoldsFromTheNextStartOnAndNoQuotaKeepsNothing() {
    SnapshotStore store = folder.open(3 * TWO);
    for (int token = 1; token <= 3; token++) {
      save2(store, token, 1_000);
      folder.later(10);
    }
    SnapshotStore smaller = folder.open(2 * TWO);
    assertEquals(2 * TWO, folder.bytes());
    assertFalse(has(smaller, 1));
    SnapshotStore none = folder.open(0);
    assertEquals(0, folder.bytes());
    var news = save(none, "session", tokens(2, 1), folder.pages(1));
    assertInstanceOf(SnapshotNews.Dropped.class, news);
    assertFalse(root.resolve("never").toFile().exists());
    assertEquals(0, new SnapshotStore(root.resolve("never"), 0, folder.clock()).files());
    assertFalse(root.resolve("never").toFile().exists());
  }

  /** Also while a file is being written. */
  @Test
  void theFolderIsNeverLargerThanTheQuota() {
    var random = Seeds.random(Seeds.seed("SnapshotQuotaTest"));
    long quota = 12 * TWO;
    SnapshotStore store = folder.open(quota);
    for (int i = 0; i < Seeds.iterations(100); i++) {
      int pages = random.nextInt(1, 20);
      var memory = folder.pages(pages);
      PageMemory watched =
          (page, layer) -> {
            assertTrue(folder.bytes() <= quota, "the folder is too large");
            return memory.layer(page, layer);
          };
      String name = "session " + random.nextInt(10);
      long cost = random.nextLong(1, 1_000_000);
      save(store, name, tokens(random.nextInt(5), pages), watched, cost);
      folder.later(random.nextInt(100));
      assertTrue(folder.bytes() <= quota, "the folder is too large");
      assertEquals(folder.bytes(), store.bytes());
    }
    assertEquals(store.files(), folder.open(quota).files());
  }
}
