package dev.palimpsest.engine.snapshot;

import static dev.palimpsest.engine.snapshot.SnapshotFolder.tokens;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compacted beginnings that are written to files, read back, refused, given up and erased. */
class PastStoreTest {
  private static final long QUOTA = 1 << 20;
  private static final KvLayout LAYOUT = new KvLayout(2, new Heads(4, 2, 6));
  private static final SnapshotKind KIND = SnapshotKind.of(LAYOUT, 0, "model", "numerics");

  @TempDir Path root;
  private long now = 1_000;

  private PastStore open(long quota) {
    return new PastStore(root.resolve("pasts"), quota, () -> Instant.ofEpochMilli(now++));
  }

  /** Ragged: one head of each layer has no key at all. */
  private static PastStore.Past past(int seed, int pages) {
    Random random = new Random(seed);
    int dim = LAYOUT.heads().dim();
    List<HeadKeys> heads = new ArrayList<>();
    for (int i = 0; i < LAYOUT.layers() * LAYOUT.heads().keyValue(); i++) {
      int count = i % LAYOUT.heads().keyValue() == 0 ? 0 : 1 + random.nextInt(9);
      int[] positions = new int[count];
      for (int j = 0; j < count; j++) {
        positions[j] = 3 * j + random.nextInt(3);
      }
      heads.add(
          new HeadKeys(
              dim,
              floats(random, count * dim),
              floats(random, count * dim),
              floats(random, count),
              positions));
    }
    return new PastStore.Past(KIND, tokens(seed, pages), heads);
  }

  private static float[] floats(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = Float.intBitsToFloat(random.nextInt());
    }
    return numbers;
  }

  private static SnapshotNews save(PastStore store, String name, String id, PastStore.Past past) {
    PastStore.Ticket ticket = store.announce("salt", name);
    SnapshotNews news = store.save(ticket, "salt", id, past);
    store.withdraw(ticket);
    return news;
  }

  private static void assertSame(PastStore.Past expected, PastStore.@Nullable Past read) {
    PastStore.Past there = Objects.requireNonNull(read);
    assertEquals(expected.tokens(), there.tokens());
    assertEquals(expected.heads().size(), there.heads().size());
    for (int i = 0; i < there.heads().size(); i++) {
      HeadKeys one = expected.heads().get(i);
      HeadKeys other = there.heads().get(i);
      assertArrayEquals(bits(one.keys()), bits(other.keys()));
      assertArrayEquals(bits(one.values()), bits(other.values()));
      assertArrayEquals(bits(one.biases()), bits(other.biases()));
      assertArrayEquals(one.positions(), other.positions());
    }
  }

  private static int[] bits(float[] numbers) {
    int[] bits = new int[numbers.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(numbers[i]);
    }
    return bits;
  }

  private Path only() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("pasts"))) {
      List<Path> all = files.toList();
      assertEquals(1, all.size());
      return all.getFirst();
    }
  }

  @Test
  void whatComesBackIsWhatWasSavedAlsoAfterARestart() throws IOException {
    PastStore.Past past = past(1, 3);
    PastStore store = open(QUOTA);
    SnapshotNews.Saved saved =
        assertInstanceOf(SnapshotNews.Saved.class, save(store, "session", "cmp_1", past));
    assertEquals(Files.size(only()), saved.bytes());
    assertSame(past, store.load("salt", "cmp_1", KIND).past());
    PastStore again = open(QUOTA);
    assertEquals(saved.bytes(), again.bytes());
    assertEquals(saved.bytes(), again.bytesOf("salt", "cmp_1"));
    PastStore.Loading loading = again.load("salt", "cmp_1", KIND);
    assertEquals(new SnapshotNews.Loaded(past.tokens().size(), saved.bytes()), loading.news());
    assertSame(past, loading.past());
    assertEquals(0, again.bytesOf("salt", "cmp_2"));
    assertEquals(0, again.bytesOf("pepper", "cmp_1"));
    assertNull(again.load("pepper", "cmp_1", KIND).past());
    assertEquals(1, again.files());
  }

  /** Whatever byte is changed, and wherever the file ends, nothing of it is used. */
  @Test
  void aFileThatIsNotAsItWasWrittenIsRefusedAndDeleted() throws IOException {
    long seed = Long.getLong("seed", 20261128);
    System.out.println("aFileThatIsNotAsItWasWritten: -Dseed=" + seed);
    Random random = new Random(seed);
    PastStore store = open(QUOTA);
    for (int round = 0; round < 300; round++) {
      save(store, "session", "cmp_1", past(2, 1));
      byte[] bytes = Files.readAllBytes(only());
      int at = round < 140 ? round : random.nextInt(bytes.length);
      if (round % 3 == 2) {
        bytes = Arrays.copyOf(bytes, at);
      } else {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(only(), bytes);
      PastStore reading = round % 2 == 0 ? store : open(QUOTA);
      assertNull(reading.load("salt", "cmp_1", KIND).past(), "round " + round);
      boolean ignored = store.erase("salt", "session");
    }
  }

  @Test
  void aFileOfAnotherModelOrLayoutIsRefused() {
    PastStore store = open(QUOTA);
    SnapshotKind other = SnapshotKind.of(LAYOUT, 0, "another model");
    Heads heads = LAYOUT.heads();
    KvLayout deeper = new KvLayout(LAYOUT.layers() + 1, heads, LAYOUT.type());
    for (SnapshotKind kind : List.of(other, new SnapshotKind(KIND.fingerprint(), deeper, 0))) {
      save(store, "session", "cmp_1", past(3, 2));
      PastStore.Loading loading = store.load("salt", "cmp_1", kind);
      assertInstanceOf(SnapshotNews.Refused.class, loading.news());
      assertNull(loading.past());
      assertEquals(0, store.files());
    }
  }

  @Test
  void theLongestUnusedGoesFirstAndALaterOneTakesThePlaceOfTheEarlier() {
    PastStore roomy = open(QUOTA);
    save(roomy, "a", "cmp_1", past(4, 2));
    long each = roomy.bytes();
    save(roomy, "a", "cmp_2", past(4, 2));
    assertEquals(each, roomy.bytes());
    assertEquals(0, roomy.bytesOf("salt", "cmp_1"));
    PastStore store = open(2 * each);
    save(store, "b", "cmp_3", past(4, 2));
    assertNotNull(store.load("salt", "cmp_2", KIND).past());
    save(store, "c", "cmp_4", past(4, 2));
    assertEquals(2, store.files());
    assertEquals(0, store.bytesOf("salt", "cmp_3"));
    assertTrue(store.bytesOf("salt", "cmp_2") > 0);
    assertInstanceOf(SnapshotNews.Dropped.class, save(open(each - 1), "d", "cmp_5", past(4, 2)));
    assertEquals(0, open(0).files());
  }

  @Test
  void whatIsErasedDoesNotComeBack() {
    PastStore store = open(QUOTA);
    PastStore.Ticket late = store.announce("salt", "session");
    assertFalse(store.erase("salt", "session"));
    assertInstanceOf(SnapshotNews.Dropped.class, store.save(late, "salt", "cmp_1", past(5, 1)));
    store.withdraw(late);
    assertEquals(0, store.files());
    save(store, "session", "cmp_1", past(5, 1));
    save(store, "another", "cmp_2", past(6, 1));
    assertTrue(store.erase("salt", "session"));
    assertNull(store.load("salt", "cmp_1", KIND).past());
    assertEquals(0, store.eraseAll("pepper"));
    PastStore.Ticket later = store.announce("salt", "later");
    assertEquals(1, store.eraseAll("salt"));
    assertInstanceOf(SnapshotNews.Dropped.class, store.save(later, "salt", "cmp_3", past(5, 1)));
    assertEquals(0, open(QUOTA).files());
  }
}
