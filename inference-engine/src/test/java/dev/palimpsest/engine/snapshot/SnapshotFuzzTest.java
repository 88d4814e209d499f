package dev.palimpsest.engine.snapshot;

import static dev.palimpsest.engine.snapshot.SnapshotFolder.KIND;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.LAYOUT;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.prompt;
import static dev.palimpsest.engine.snapshot.SnapshotFolder.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.fuzz.ByteMutator;
import dev.palimpsest.engine.fuzz.Fuzzer;
import dev.palimpsest.engine.fuzz.Mutator;
import dev.palimpsest.engine.fuzz.Target;
import dev.palimpsest.engine.fuzz.Target.Outcome;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files in the folder that are no snapshots, or nearly some: gone, or what was saved. */
class SnapshotFuzzTest {
  private static final Target.Bounds BOUNDS = new Target.Bounds(1 << 20, 64, 1 << 22, 5);
  private static final int PAGES = 3;
  private static final int STATE_BYTES = 300;
  private static final int LENGTH_AT = 12;
  private static final TokenIds TOKENS = tokens(5, PAGES);

  @TempDir Path root;

  private final List<byte[]> seeds = new ArrayList<>();
  private SnapshotFolder folder;
  private Path file;
  private PageMemory saved;

  /** Pages and a state. */
  private record Memory(SnapshotFolder.Pages pages, MemorySegment state) implements PageMemory {
    @Override
    public MemorySegment layer(int page, int layer) {
      return pages.layer(page, layer);
    }
  }

  @BeforeEach
  void save() throws IOException {
    folder = new SnapshotFolder(root.resolve("kv"));
    RandomGenerator random = Seeds.random(3);
    var pages = SnapshotFolder.Pages.of(PAGES, random);
    saved = pages;
    seeds.add(written(KIND, pages));
    file = folder.file();
    byte[] state = new byte[STATE_BYTES];
    random.nextBytes(state);
    var withState = SnapshotKind.of(LAYOUT, STATE_BYTES, "model", "numerics");
    seeds.add(written(withState, new Memory(pages, MemorySegment.ofArray(state))));
    var narrow = new KvLayout(2, new Heads(2, 1, 4), DType.F16);
    seeds.add(written(SnapshotKind.of(narrow, 0, "model", "numerics"), pages));
  }

  @Test
  void anyFileIsRefusedOrHoldsWhatWasSaved() {
    var bytes = new ByteMutator("PLMPSTKV", "\2\0\0\0", "\40\0\0\0", "\1\0\0\0", "\0\0\0\0");
    Mutator mutator =
        (input, other, r) -> {
          byte[] changed = bytes.mutant(input, other, r);
          return r.nextInt(4) == 0 ? changed : sealed(changed);
        };
    new Fuzzer("snapshot", BOUNDS, mutator, this::read).run(600, seeds);
  }

  /** A file that a store wrote. */
  private byte[] written(SnapshotKind kind, PageMemory memory) throws IOException {
    SnapshotStore store = folder.open(1 << 20);
    var ticket = store.announce("salt", "session");
    var news = store.save(ticket, kind, TOKENS, memory, 1_000, () -> false);
    assertInstanceOf(SnapshotNews.Saved.class, news);
    return Files.readAllBytes(folder.file());
  }

  /** With the checksum of the header that it claims to have. */
  private static byte[] sealed(byte[] input) {
    ByteBuffer buffer = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    int header = input.length < LENGTH_AT + 4 ? 0 : buffer.getInt(LENGTH_AT);
    if (header >= LENGTH_AT + 8 && header <= input.length) {
      CRC32C crc = new CRC32C();
      crc.update(input, 0, header - 4);
      buffer.putInt(header - 4, (int) crc.getValue());
    }
    return input;
  }

  /** As a start of the service finds it. */
  private Outcome read(byte[] input) throws IOException {
    Files.write(file, input);
    SnapshotStore store = folder.open(1 << 20);
    if (store.files() == 0) {
      assertEquals(List.of(), folder.files());
      return new Outcome.Refused(reason(input));
    }
    return new Outcome.Taken(() -> load(store));
  }

  /** Why it was deleted. */
  private String reason(byte[] input) throws IOException {
    Files.write(file, input);
    try (MappedSnapshot opened = MappedSnapshot.open(file)) {
      throw new AssertionError(opened.header().pages() + " pages were deleted");
    } catch (RefusedException e) {
      return e.reason();
    }
  }

  private String load(SnapshotStore store) {
    Optional<SnapshotStore.Found> found = store.find("salt", prompt(TOKENS), 0);
    if (found.isEmpty()) {
      return "not found";
    }
    int pages = found.get().tokens().size() / SnapshotFolder.PAGE;
    var target = folder.pages(PAGES);
    SnapshotNews news = store.load(found.get(), KIND, 0, target, () -> false, Runnable::run);
    if (news instanceof SnapshotNews.Refused(String name, String reason)) {
      return reason;
    }
    assertInstanceOf(SnapshotNews.Loaded.class, news);
    assertTrue(((SnapshotFolder.Pages) saved).isSame(target, 0, pages), "other pages came out");
    return "loaded";
  }
}
