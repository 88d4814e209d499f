package dev.palimpsest.runtime.recall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.EmbeddingSpaces.Progress;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SpaceChange;
import dev.palimpsest.memory.SpaceCreation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two embedders of different widths over one store: filled, switched, dropped, begun anew. */
class SpacesTest {
  private static final TenantId A = TenantId.DEFAULT;
  private static final TenantId B = new TenantId("other");
  private static final EmbeddingSpace WIDE = new EmbeddingSpace("wide", 96);
  private static final NewSpace STANDARD =
      new NewSpace(WordEmbedder.SPACE, "words", "0a".repeat(32));
  private static final NewSpace OTHER = new NewSpace(WIDE, "wide", "0b".repeat(32));

  private final InMemoryMemory memory =
      new InMemoryMemory(InstantSource.system(), new CountingIds());
  private final StoreLink store = new StoreLink();
  private final WordEmbedder standard = new WordEmbedder();
  private final WordEmbedder wide = new WordEmbedder(WIDE);
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final Path folder;
  private Followed now;

  SpacesTest(@TempDir Path folder) {
    this.folder = folder;
    store.become(
        new StoreLink.State.Connected(
            memory.sessions(),
            memory.keys(),
            memory.agents(),
            memory.memories(),
            memory.vectors(),
            memory.spaces(),
            memory.imports(),
            memory.audit()));
    now = started("first");
  }

  /** What a process knows; it is gone with it. */
  private record Followed(
      Following following, EmbeddingWorker standard, EmbeddingWorker wide, SpaceKeeper keeper) {
    void drain() throws InterruptedException {
      drain(standard);
      drain(wide);
      drain(keeper);
    }

    static void drain(WorkerLoop.Worker worker) throws InterruptedException {
      for (int passes = 0; worker.pass(); passes++) {
        assertTrue(passes < 1000, "there is always more");
      }
    }
  }

  private Followed started(String index) {
    Embedders embedders = WordEmbedder.embedders(EmbedderSlot.of(standard), EmbedderSlot.of(wide));
    TenantSpaces spaces = new TenantSpaces(store, embedders);
    Following following =
        new Following(
            new IndexFollower(
                memory.memories(),
                new MemoryIndexes(folder.resolve(index)),
                InstantSource.system(),
                Duration.ofSeconds(1)),
            embedders);
    Listening listening = new Listening(told);
    return new Followed(
        following,
        worker(spaces, new EmbeddingWorker.Post("one", embedders.standard(), 2), following),
        worker(spaces, new EmbeddingWorker.Post("two", embedders.file(), 1), following),
        new SpaceKeeper(store, spaces, following, listening));
  }

  private EmbeddingWorker worker(
      TenantSpaces spaces, EmbeddingWorker.Post post, Following following) {
    return new EmbeddingWorker(store, spaces, post, following, new Listening(told));
  }

  @Test
  void aNewSpaceIsFilledWithOldMemoriesAndBothTakeNewOnes() throws InterruptedException {
    MemoryId old = add(A, "an old cat");
    add(B, "a dog of others");
    now.drain();
    assertEquals(0, wide.embedded(), "nobody asked for it");
    create(A);
    now.drain();
    assertEquals(List.of(old), nearest(A, wide, "an old cat"));
    assertEquals(List.of("words ACTIVE", "wide READY"), states(A));
    MemoryId fresh = add(A, "a fresh mouse");
    assertEquals(new Progress(1, 2), memory.spaces().progress(A, WIDE));
    now.drain();
    assertEquals(List.of(fresh), nearest(A, wide, "a fresh mouse"));
    assertEquals(List.of(fresh), nearest(A, standard, "a fresh mouse"));
    assertEquals(new Progress(2, 2), memory.spaces().progress(A, WIDE));
    assertEquals(2, wide.embedded(), "the other tenant made no space");
    assertEquals(0, memory.vectors().checkpoint(B, WIDE));
  }

  @Test
  void fillingGoesOnAfterAProcessDiedInTheMiddle() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      add(A, "number " + i);
    }
    now.drain();
    create(A);
    assertTrue(now.wide.pass());
    int before = wide.embedded();
    assertTrue(before > 0 && before < 200, "in the middle: " + before);
    assertEquals(List.of("words ACTIVE", "wide FILLING"), states(A));
    assertInstanceOf(SpaceChange.Refused.class, memory.spaces().activate(A, WIDE.id()));
    now = started("second");
    now.drain();
    assertEquals(200, wide.embedded(), "what was filled is not filled again");
    assertEquals(200, standard.embedded());
    assertEquals(List.of("words ACTIVE", "wide READY"), states(A));
  }

  @Test
  void anEmbedderThatFailsHindersNoOtherAndLosesNoWrite() throws InterruptedException {
    create(A);
    wide.setBroken(true);
    MemoryId id = add(A, "written while it fails");
    assertThrows(ModelException.class, () -> now.wide.pass());
    Followed.drain(now.standard);
    Followed.drain(now.keeper);
    assertEquals(List.of(id), nearest(A, standard, "written while it fails"));
    assertEquals(memory.memories().lastChange(A), now.following.meaningUpTo(A));
    assertEquals(0, now.following.meaningLag());
    assertEquals(List.of("words ACTIVE", "wide FILLING"), states(A));
    wide.setBroken(false);
    now.drain();
    assertEquals(List.of(id), nearest(A, wide, "written while it fails"));
    assertEquals(List.of("words ACTIVE", "wide READY"), states(A));
  }

  @Test
  void whatIsToldOfMeaningIsToldOfTheSpaceThatIsSearched() throws InterruptedException {
    add(A, "one");
    create(A);
    now.drain();
    assertInstanceOf(SpaceChange.Done.class, memory.spaces().activate(A, WIDE.id()));
    now.drain();
    long reached = now.following.meaningUpTo(A);
    assertEquals(memory.memories().lastChange(A), reached);
    add(A, "two");
    Followed.drain(now.standard);
    assertEquals(reached, now.following.meaningUpTo(A));
    Followed.drain(now.wide);
    assertEquals(memory.memories().lastChange(A), now.following.meaningUpTo(A));
    now = started("second");
    now.drain();
    assertEquals("wide", memory.spaces().active(A).orElseThrow(), "after a restart too");
    assertEquals(memory.memories().lastChange(A), now.following.meaningUpTo(A));
  }

  @Test
  void aDroppedSpaceIsEmptiedAndOneBegunAnewIsFilledAnew() throws InterruptedException {
    for (int i = 0; i < 2 * SpaceKeeper.MEMORIES_PER_SHARE + 1; i++) {
      add(A, "number " + i);
    }
    create(A);
    now.drain();
    int filled = wide.embedded();
    assertInstanceOf(SpaceChange.Done.class, memory.spaces().drop(A, WIDE.id()));
    assertTrue(now.keeper.pass(), "a share at a time");
    assertEquals(List.of("words ACTIVE", "wide DROPPED"), states(A));
    MemoryId late = add(A, "late");
    Followed.drain(now.wide);
    assertEquals(filled, wide.embedded(), "nothing more is embedded for it");
    now = started("second");
    now.drain();
    assertEquals(List.of("words ACTIVE"), states(A));
    assertEquals(List.of(), nearest(A, wide, "late"));
    create(A);
    now.drain();
    assertEquals(List.of(late), nearest(A, wide, "late"));
    assertEquals(List.of("words ACTIVE", "wide READY"), states(A));
    assertEquals(2 * filled + 1, wide.embedded());
    assertFalse(told.stream().anyMatch(word -> word.startsWith("troubled")), told::toString);
  }

  private void create(TenantId tenant) {
    assertInstanceOf(SpaceCreation.Created.class, memory.spaces().create(tenant, OTHER, STANDARD));
  }

  private List<String> states(TenantId tenant) {
    return memory.spaces().list(tenant).stream()
        .map((KeptSpace space) -> space.id() + " " + space.state())
        .toList();
  }

  private MemoryId add(TenantId tenant, String text) {
    NewMemory made =
        new NewMemory(
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin("test", null, null, 0),
            MemoryText.of(text),
            null);
    return memory.memories().add(tenant, List.of(made)).getFirst().id();
  }

  private List<MemoryId> nearest(TenantId tenant, WordEmbedder by, String text) {
    return memory
        .vectors()
        .nearest(
            tenant,
            by.space(),
            new WordEmbedder(by.space()).embed(List.of(text)).getFirst(),
            MemoryFilter.of(Scope.NONE),
            1)
        .stream()
        .map(near -> near.id())
        .toList();
  }
}
