package dev.palimpsest.engine.snapshot;

import static dev.palimpsest.engine.snapshot.SnapshotFolder.LAYOUT;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.PAGE;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.prompt;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that hold a recurrent state besides pages. */
class StateSnapshotTest {
  /** A block and a bit. */
  private static final int STATE_BYTES = SnapshotHeader.STATE_BLOCK_BYTES + 1_000;

  private static final int PAGES = 3;
  private static final SnapshotKind KIND = kind(STATE_BYTES);
  private static final TokenIds TOKENS = tokens(5, PAGES);
  private static final int STATE_BYTES_AT = 120;

  @TempDir Path root;
  private final RandomGenerator random = Seeds.random(Seeds.seed("StateSnapshotTest"));
  private SnapshotFolder folder;
  private SnapshotStore store;
  private Memory saved;

  /** Pages and a state. */
  private record Memory(SnapshotFolder.Pages pages, MemorySegment state) implements PageMemory {
    @Override
    public MemorySegment layer(int page, int layer) {
      return pages.layer(page, layer);
    }
  }

  private static SnapshotKind kind(long stateBytes) {
    return SnapshotKind.of(LAYOUT, stateBytes, "model", "numerics");
  }

  @BeforeEach
  void save() {
    folder = new SnapshotFolder(root.resolve("kv"));
    store = folder.open(1 << 24);
    saved = memory(STATE_BYTES);
    var ticket = store.announce("salt", "session");
    var news = store.save(ticket, KIND, TOKENS, saved, 1_000, () -> false);
    assertInstanceOf(SnapshotNews.Saved.class, news);
  }

  private Memory memory(int stateBytes) {
    byte[] state = new byte[stateBytes];
    random.nextBytes(state);
    return new Memory(folder.pages(PAGES), MemorySegment.ofArray(state));
  }

  private SnapshotNews load(Memory target, SnapshotKind kind) {
    var found = store.find("salt", prompt(TOKENS), 0).orElseThrow();
    return store.load(found, kind, 0, target, () -> false, Runnable::run);
  }

  @Test
  void theStateComesBackWithThePages() throws IOException {
    store = folder.open(1 << 24);
    Memory target = memory(STATE_BYTES);
    SnapshotNews.Loaded news = assertInstanceOf(SnapshotNews.Loaded.class, load(target, KIND));
    assertEquals(PAGES * PAGE, news.tokens());
    assertEquals(PAGES * LAYOUT.pageBytes() + STATE_BYTES, news.bytes());
    assertTrue(saved.pages.isSame(target.pages, 0, PAGES));
    assertEquals(-1, saved.state.mismatch(target.state));
    assertEquals(SnapshotHeader.fileBytes(KIND, PAGES * PAGE), Files.size(folder.file()));
  }

  @Test
  void aPartOfItsTokensFindsNothing() {
    TokenIds less = TOKENS.slice(0, 2 * PAGE);
    assertEquals(Optional.empty(), store.find("salt", prompt(less), 0));
    assertEquals(Optional.empty(), store.find("salt", TOKENS, 0));
    assertEquals(Optional.empty(), store.find("salt", less.concat(tokens(6, 2)), 0));
    assertTrue(store.find("salt", TOKENS.concat(tokens(6, 2)), 2 * PAGE).isPresent());
  }

  @Test
  void aStateOfAnotherSizeIsRefused() {
    var news = load(memory(STATE_BYTES + 4), kind(STATE_BYTES + 4));
    String reason = assertInstanceOf(SnapshotNews.Refused.class, news).reason();
    assertEquals("its state is laid out in another way", reason);
    assertEquals(List.of(), folder.files());
  }

  @Test
  void whateverIsChangedInTheStateIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(folder.file());
    Path file = folder.file();
    for (int i = 0; i < 20; i++) {
      byte[] changed = whole.clone();
      changed[whole.length - 1 - random.nextInt(STATE_BYTES)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, changed);
      store = folder.open(1 << 24);
      String reason =
          assertInstanceOf(SnapshotNews.Refused.class, load(memory(STATE_BYTES), KIND)).reason();
      assertTrue(reason.matches("the checksum of block [01] of the state is wrong"), reason);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertEquals(0, folder.open(1 << 24).files(), "a file that is cut is no snapshot");
  }

  @Test
  void absurdSizesOfAStateAreRefused() throws IOException {
    Path file = folder.file();
    byte[] whole = Files.readAllBytes(file);
    for (long bytes : new long[] {0, -1, 1, 1 << 20, whole.length, Long.MAX_VALUE}) {
      byte[] changed = whole.clone();
      ByteBuffer buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
      assertNotEquals(bytes, buffer.getLong(STATE_BYTES_AT));
      int header = buffer.getInt(12);
      buffer.putLong(STATE_BYTES_AT, bytes);
      CRC32C crc = new CRC32C();
      crc.update(changed, 0, header - 4);
      buffer.putInt(header - 4, (int) crc.getValue());
      Files.write(file, changed);
      assertEquals(0, folder.open(1 << 24).files(), bytes + " bytes");
    }
  }
}
