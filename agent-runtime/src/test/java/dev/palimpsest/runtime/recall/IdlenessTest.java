package dev.palimpsest.runtime.recall;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdlenessTest {
  private final TestClock clock = new TestClock();
  private final AtomicBoolean isAtWork = new AtomicBoolean();
  private final Following following;
  private final Idleness idleness;

  IdlenessTest(@TempDir Path folder) {
    InMemoryMemory memory = new InMemoryMemory(clock, new CountingIds());
    following =
        new Following(
            new IndexFollower(
                memory.memories(), new MemoryIndexes(folder), clock, Duration.ofSeconds(1)),
            WordEmbedder.standardIn(EmbedderSlot.empty("none")));
    idleness = new Idleness(following, isAtWork::get, clock);
  }

  @Test
  void aMinuteWithoutTurnOrImportIsIdle() {
    assertFalse(idleness.isIdle());
    clock.advance(Duration.ofSeconds(59));
    assertFalse(idleness.isIdle());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(idleness.isIdle());
    isAtWork.set(true);
    assertFalse(idleness.isIdle());
    isAtWork.set(false);
    assertFalse(idleness.isIdle());
    clock.advance(Idleness.REST);
    assertTrue(idleness.isIdle());
    idleness.rest();
    assertFalse(idleness.isIdle());
  }

  @Test
  void whatCannotBeFoundYetIsWork() {
    clock.advance(Idleness.REST);
    assertTrue(idleness.isIdle());
    following.searched(TenantId.DEFAULT, WordEmbedder.SPACE.id());
    Track meaning = following.meaning(WordEmbedder.SPACE.id());
    meaning.tell(TenantId.DEFAULT, 1, 2);
    assertFalse(idleness.isIdle());
    clock.advance(Idleness.REST);
    assertFalse(idleness.isIdle());
    meaning.tell(TenantId.DEFAULT, 2, 2);
    clock.advance(Idleness.REST);
    assertTrue(idleness.isIdle());
    following.words().tell(TenantId.DEFAULT, 1, 2);
    assertFalse(idleness.isIdle());
  }
}
