package dev.palimpsest.engine.snapshot;

import static dev.palimpsest.engine.snapshot.SnapshotFolder.KIND;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.LAYOUT;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.PAGE;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.load;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.prompt;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.save;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are not what they have to be: refused, deleted, and never used. */
class ForeignSnapshotTest {
  private static final int PAGES = 3;
  private static final long ALLOCATED_BYTES_MAX = 1 << 20;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final TokenIds TOKENS = tokens(5, PAGES);
  private static final int HEADER_BYTES =
      (int) (SnapshotHeader.fileBytes(KIND, PAGES * PAGE) - PAGES * LAYOUT.pageBytes());

  @TempDir Path root;
  private SnapshotFolder folder;
  private SnapshotStore store;
  private SnapshotFolder.Pages saved;
  private byte[] whole;
  private Path file;

  @BeforeEach
  void save3() throws IOException {
    folder = new SnapshotFolder(root.resolve("kv"));
    store = folder.open();
    saved = folder.pages(PAGES);
    save(store, "session", TOKENS, saved);
    file = folder.file();
    whole = Files.readAllBytes(file);
  }

  /** Why a file is refused. */
  private String refusal(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    String reason = read(folder.pages(PAGES));
    if (reason == null) {
      throw new AssertionError("it was taken");
    }
    return reason;
  }

  /** Reads the file as a load does; the reason where it is refused, else null. */
  private @Nullable String read(PageMemory target) throws IOException {
    try (MappedSnapshot opened = MappedSnapshot.open(file)) {
      opened.header().requireKind(KIND, Digest.of("salt"));
      opened.header().requireBeginning(TOKENS);
      assertTrue(opened.copy(0, PAGES, target, () -> false, Runnable::run));
      return null;
    } catch (RefusedException e) {
      return e.reason();
    }
  }

  /** The store says so, deletes the file, and does not find it again. */
  @Test
  void aRefusedFileIsDeletedAtOnceOrAtTheNextStart() throws IOException {
    for (int at : List.of(0, 70, HEADER_BYTES - 1, HEADER_BYTES, whole.length - 1)) {
      save(store, "session", TOKENS, saved);
      byte[] changed = whole.clone();
      changed[at] ^= 1;
      Files.write(file, changed);
      var news = load(store, prompt(TOKENS), folder.pages(PAGES));
      assertInstanceOf(SnapshotNews.Refused.class, news);
      assertEquals(List.of(), folder.files());
      assertTrue(store.find("salt", prompt(TOKENS), 0).isEmpty());
      Files.write(file, changed);
      assertEquals(at < HEADER_BYTES ? 0 : 1, folder.open().files());
    }
  }

  @Test
  void everyByteOfTheHeaderThatIsChangedIsRefused() throws IOException {
    for (int at = 0; at < HEADER_BYTES; at++) {
      for (int mask : List.of(1, 0x80, 0xff)) {
        byte[] changed = whole.clone();
        changed[at] ^= (byte) mask;
        assertTrue(refusal(changed).startsWith("it"), "byte " + at);
      }
    }
  }

  @Test
  void everyByteOfThePagesThatIsChangedIsRefused() throws IOException {
    var random = Seeds.random(Seeds.seed("ForeignSnapshotTest"));
    for (int i = 0; i < Seeds.iterations(1_000); i++) {
      byte[] changed = whole.clone();
      changed[random.nextInt(HEADER_BYTES, whole.length)] ^= (byte) (1 << random.nextInt(8));
      String reason = refusal(changed);
      assertTrue(reason.startsWith("the checksum of layer "), reason);
    }
  }

  @Test
  void aFileOfAnyOtherLengthIsRefused() throws IOException {
    for (int length = 0; length < whole.length; length++) {
      assertTrue(refusal(Arrays.copyOf(whole, length)).startsWith("it"), "length " + length);
    }
    refusal(Arrays.copyOf(whole, whole.length + 1));
    refusal(Arrays.copyOf(whole, 2 * whole.length));
  }

  @Test
  void pagesOfAnotherKindAreRefused() {
    List<KvLayout> layouts =
        List.of(
            new KvLayout(1, new Heads(2, 1, 2)),
            new KvLayout(4, new Heads(2, 1, 1)),
            new KvLayout(2, new Heads(2, 2, 1)),
            new KvLayout(2, new Heads(2, 1, 4)));
    for (KvLayout layout : layouts) {
      var kind = new SnapshotKind(KIND.fingerprint(), layout, 0);
      assertEquals("its pages are laid out in another way", refusedAs(kind));
    }
    assertEquals(
        "it is of another model or engine",
        refusedAs(SnapshotKind.of(LAYOUT, 0, "another model", "numerics")));
    assertEquals(
        "it is of another model or engine",
        refusedAs(SnapshotKind.of(LAYOUT, 0, "model", "other numerics")));
  }

  private String refusedAs(SnapshotKind kind) {
    save(store, "session", TOKENS, saved);
    var found = store.find("salt", prompt(TOKENS), 0).orElseThrow();
    var news = store.load(found, kind, 0, folder.pages(PAGES), () -> false, Runnable::run);
    assertEquals(List.of(), folder.files());
    return assertInstanceOf(SnapshotNews.Refused.class, news).reason();
  }

  @Test
  void anotherOwnersFileInItsPlaceIsRefused() throws IOException {
    var ticket = store.announce("pepper", "session");
    store.save(ticket, KIND, TOKENS, folder.pages(PAGES), 1, () -> false);
    Path theirs = folder.files().stream().filter(p -> !p.equals(file)).findFirst().orElseThrow();
    byte[] bytes = Files.readAllBytes(theirs);
    store.erase("pepper", "session");
    assertEquals("it belongs to somebody else", refusal(bytes));
  }

  @Test
  void otherTokensInItsPlaceAreRefused() throws IOException {
    save(store, "session", TOKENS.slice(0, 2 * PAGE).concat(tokens(6, 1)), saved);
    byte[] other = Files.readAllBytes(file);
    assertEquals("it is of other tokens", refusal(other));
  }

  /** A header whose checksum is right may still say anything. */
  @Test
  void absurdCountsAreRefusedWithoutTakingMemory() throws IOException {
    for (int field = 80; field <= 112; field += 4) {
      for (int value : List.of(0, -1, 1, 33, 1 << 16, 1 << 22, Integer.MAX_VALUE, 0x80000000)) {
        byte[] changed = whole.clone();
        var buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
        if (buffer.getInt(field) == value || field == 112) {
          continue;
        }
        buffer.putInt(field, value);
        Files.write(file, sealed(changed));
        assertTrue(allocatedByLoading() < ALLOCATED_BYTES_MAX, field + " = " + value);
        assertTrue(refusal(sealed(changed)).startsWith("it"), field + " = " + value);
      }
    }
    byte[] negative = whole.clone();
    ByteBuffer.wrap(negative).order(ByteOrder.LITTLE_ENDIAN).putLong(112, -1);
    assertEquals("it took less than no time", refusal(sealed(negative)));
  }

  private long allocatedByLoading() {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try (MappedSnapshot opened = MappedSnapshot.open(file)) {
      throw new AssertionError(opened.header().pages() + " pages were taken");
    } catch (RefusedException | IOException e) {
      return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
  }

  /** With the header's checksum as it must be. */
  private static byte[] sealed(byte[] file) {
    CRC32C crc = new CRC32C();
    crc.update(file, 0, HEADER_BYTES - 4);
    ByteBuffer.wrap(file)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(HEADER_BYTES - 4, (int) crc.getValue());
    return file;
  }

  @Test
  void aFileThatBecomesShorterWhileItIsReadIsRefused() {
    int pages = 70;
    var target = folder.pages(pages);
    PageMemory cutting =
        (page, layer) -> {
          cut(4096);
          return target.layer(page, layer);
        };
    for (int from : List.of(0, 5)) {
      save(store, "session", tokens(5, pages), folder.pages(pages));
      var found = store.find("salt", prompt(tokens(5, pages)), 0).orElseThrow();
      var news = store.load(found, KIND, from, cutting, () -> false, Runnable::run);
      String reason = assertInstanceOf(SnapshotNews.Refused.class, news).reason();
      assertEquals("it became shorter while it was read", reason);
      assertEquals(List.of(), folder.files());
    }
  }

  private void cut(long bytes) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Files with any number of bytes changed, moved, cut or doubled, half of them with a right
   * header's checksum: whatever they say, pages come out as they went in or not at all. {@code
   * -Diterations=} runs it longer.
   */
  @Test
  void mutatedFilesNeverGiveOtherPages() throws IOException {
    var random = Seeds.random(Seeds.seed("mutatedFilesNeverGiveOtherPages"));
    int taken = 0;
    for (int i = 0; i < Seeds.iterations(3_000); i++) {
      byte[] changed = SnapshotMutator.mutated(whole, HEADER_BYTES, random);
      Files.write(file, random.nextBoolean() ? sealed(changed) : changed);
      var target = folder.pages(PAGES);
      String reason = read(target);
      taken += reason == null ? 1 : 0;
      assertTrue(reason != null || saved.isSame(target, 0, PAGES), "other pages came out");
    }
    System.out.println(taken + " mutated files held the same pages still");
  }
}
