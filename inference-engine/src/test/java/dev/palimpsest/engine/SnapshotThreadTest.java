package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Engine, worker and sessions on threads of their own, as in production. */
@Timeout(120)
class SnapshotThreadTest {
  private static final int SESSIONS = 6;
  private static final int TURNS = 6;

  @TempDir Path folder;
  private final ConcurrentLinkedQueue<SnapshotNews> news = new ConcurrentLinkedQueue<>();

  /** One life of a process; sessions go on where they were. */
  private void live(Rig rig, SnapshotStore store, TokenIds[] sessions, long seed)
      throws InterruptedException {
    try (ExecutorService worker = Executors.newFixedThreadPool(2)) {
      var parts = new SnapshotParts(store, worker, (what, took) -> news.add(what));
      Engine engine =
          new Engine(
              Rig.config(9, 3, 40, 16, 4),
              rig.model(),
              rig.backend(),
              System::nanoTime,
              parts,
              List.of());
      Thread stepping = Thread.ofPlatform().start(engine::run);
      List<Thread> talking =
          java.util.stream.IntStream.range(0, SESSIONS)
              .mapToObj(
                  i -> Thread.ofVirtual().start(() -> talk(engine, store, sessions, i, seed + i)))
              .toList();
      for (Thread each : talking) {
        each.join();
      }
      assertTrue(engine.isHealthy(), () -> String.valueOf(engine.failure()));
      engine.close();
      stepping.join();
      assertEquals(9, engine.stats().pagesFree() + engine.stats().pagesIdle());
    }
  }

  private static void talk(
      Engine engine, SnapshotStore store, TokenIds[] sessions, int which, long seed) {
    RandomGenerator random = Seeds.random(seed);
    String name = "session " + which;
    try {
      for (int turn = 0; turn < TURNS; turn++) {
        GenerationRequest asked = Rig.request("and " + turn, 8);
        TokenIds prompt = sessions[which].concat(asked.prompt());
        if (prompt.size() > 115) {
          prompt = asked.prompt();
        }
        GenerationRequest request =
            new GenerationRequest(
                prompt, asked.sampling(), 8, List.of(), null, "tenant " + which % 2);
        Answers answers = Answers.accepted(engine, request).readToTheEnd();
        sessions[which] = prompt.concat(answers.output());
        engine.keep(request.cacheSalt(), name, sessions[which]);
        if (random.nextInt(5) == 0) {
          store.erase(request.cacheSalt(), name);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void sessionsSayWhatTheyWouldSayWithoutADisk() throws InterruptedException {
    long seed = Seeds.seed("SnapshotThreadTest");
    TokenIds beginning = Rig.request("once upon a time ".repeat(5).strip(), 1).prompt();
    TokenIds[] kept = new TokenIds[SESSIONS];
    TokenIds[] plain = new TokenIds[SESSIONS];
    java.util.Arrays.fill(kept, beginning.slice(0, 70));
    java.util.Arrays.fill(plain, beginning.slice(0, 70));
    try (Rig rig = Rig.llama(folder)) {
      for (int life = 0; life < 4; life++) {
        live(rig, open(1 << 22), kept, seed + life);
        live(rig, open(0, "none"), plain, seed + life);
        assertEquals(List.of(plain), List.of(kept), "life " + life);
      }
    }
    long loaded = news.stream().filter(SnapshotNews.Loaded.class::isInstance).count();
    assertTrue(loaded > 0, "nothing was ever loaded");
    assertTrue(news.stream().noneMatch(SnapshotNews.Refused.class::isInstance), news::toString);
    assertTrue(news.stream().noneMatch(SnapshotNews.Failed.class::isInstance), news::toString);
  }

  private SnapshotStore open(long quotaBytes) {
    return open(quotaBytes, "kv");
  }

  private SnapshotStore open(long quotaBytes, String name) {
    return new SnapshotStore(folder.resolve(name), quotaBytes, InstantSource.system());
  }
}
