package dev.palimpsest.runtime.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.ApiKeys;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.session.Agents;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.Prompt;
import dev.palimpsest.runtime.bridge.ScriptedModel;
import dev.palimpsest.runtime.bridge.SessionCaches;
import dev.palimpsest.runtime.bridge.SessionSnapshots;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.WordEmbedder;
import dev.palimpsest.runtime.proof.Copies;
import dev.palimpsest.runtime.proof.Withdrawals;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.recall.SearchTraces;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.Node;
import dev.palimpsest.runtime.turn.TurnLimits;
import dev.palimpsest.runtime.turn.TurnRunner;
import dev.palimpsest.runtime.turn.TurnSources;
import dev.palimpsest.runtime.turn.WordRecall;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreWatchTest {
  private final InMemoryMemory memory =
      new InMemoryMemory(InstantSource.system(), new CountingIds());
  private final StoreLink link = new StoreLink();
  private final Store store = new Store();
  private final TurnRunner runner =
      new TurnRunner(
          new TurnSources(link, new WordRecall(memory.memories())),
          ModelSlot.of(new ScriptedModel(100, "f")),
          new TurnLimits(16, 20, 10, Duration.ofSeconds(20)),
          new Feeds("e", new Feeds.Sizes(4, 10, 10)),
          new Node(new NodeId("n"), InstantSource.system(), new CountingIds(), new Random(1)),
          List.of());
  private final ScriptedModel model = new ScriptedModel(100, "f");
  private final SearchTraces traces = new SearchTraces();
  private final StoreWatch watch;

  StoreWatchTest(@TempDir Path folder) {
    Following following =
        new Following(
            new IndexFollower(
                memory.memories(),
                new MemoryIndexes(folder.resolve("index")),
                InstantSource.system(),
                Duration.ofSeconds(1)),
            WordEmbedder.standardIn(EmbedderSlot.empty("a test")));
    SessionSnapshots snapshots =
        new SessionSnapshots(
            folder.resolve("kv"),
            0,
            InstantSource.system(),
            new SnapshotMetrics(new SimpleMeterRegistry()));
    SessionCaches caches = new SessionCaches(snapshots, ModelSlot.of(model));
    watch =
        new StoreWatch(
            store, link, runner, new Withdrawals(link, new Copies(caches, traces), following));
  }

  @AfterEach
  void close() {
    watch.close();
    runner.close();
  }

  @Test
  void aStoreThatComesLaterIsMigratedOnceConnectedAndItsOpenTurnsAreTakenUp()
      throws InterruptedException {
    SessionId session = openTurn();
    memory.setAway(true);
    assertFalse(watch.look());
    assertInstanceOf(StoreHealth.Down.class, watch.health());
    MemoryStoreException away = assertThrows(MemoryStoreException.class, link::sessions);
    assertTrue(away.isUnavailable());
    assertTrue(String.valueOf(away.getMessage()).contains("refused"), away::getMessage);
    memory.setAway(false);
    assertTrue(watch.look());
    assertInstanceOf(StoreHealth.Up.class, watch.health());
    assertEquals(1, watch.recovered());
    while (runner.running() > 0) {
      Thread.sleep(5);
    }
    assertTrue(
        memory.sessions().read(TenantId.DEFAULT, session, 0, 10).getLast().event().isTerminal());
    assertTrue(watch.look());
    assertEquals(1, watch.recovered());
    assertEquals(1, store.migrations);
  }

  @Test
  void aRevocationThatWasLeftGoesOnAndWhatModelsKeepIsForgotten() {
    NewMemory said =
        new NewMemory(
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin("talk", null, null, 0),
            MemoryText.of("said"),
            null);
    Stored stored = memory.memories().add(TenantId.DEFAULT, List.of(said)).getFirst();
    Revocation left =
        memory
            .audit()
            .revoke(
                TenantId.DEFAULT, new Revocation.Request(new SourceName("talk"), null, "because"));
    model.keep(
        TenantId.DEFAULT,
        new SessionId("ses_1"),
        new Prompt(List.of(Message.user("hi")), InstantSource.system().instant()));
    assertTrue(watch.look());
    assertTrue(memory.audit().revocation(TenantId.DEFAULT, left.id()).orElseThrow().isFinished());
    assertTrue(
        memory.memories().find(TenantId.DEFAULT, stored.id(), null).orElseThrow().isRevoked());
    assertEquals(0, model.forget(TenantId.DEFAULT));
  }

  @Test
  void aStoreThatGoesAwayIsNoticedAndComesBackWithoutAnotherMigration() {
    assertTrue(watch.look());
    memory.setAway(true);
    assertFalse(watch.look());
    assertInstanceOf(StoreHealth.Down.class, watch.health());
    assertInstanceOf(StoreLink.State.Connected.class, link.state());
    memory.setAway(false);
    assertTrue(watch.look());
    assertEquals(1, store.migrations);
  }

  @Test
  void aBugInALookDoesNotEndTheLooking() throws InterruptedException {
    store.isBroken = true;
    watch.start();
    watch.awaitFirstLook(Duration.ofSeconds(10));
    assertInstanceOf(StoreHealth.Down.class, watch.health());
    store.isBroken = false;
    for (int i = 0; i < 1500 && watch.health() instanceof StoreHealth.Down; i++) {
      Thread.sleep(10);
    }
    assertInstanceOf(StoreHealth.Up.class, watch.health());
  }

  private SessionId openTurn() {
    SessionId session =
        switch (memory.sessions().create(TenantId.DEFAULT, NewSession.PLAIN)) {
          case Creation.Created(var made) -> made.id();
          case Creation other -> throw new AssertionError(other);
        };
    Object accepted =
        memory
            .sessions()
            .accept(
                TenantId.DEFAULT,
                session,
                new TurnId("trn_open"),
                new TurnEvent.UserSaid("Hello", "c", 1, SamplingOptions.NONE, 5));
    assertTrue(accepted.toString().contains("Accepted"));
    return session;
  }

  private final class Store implements StoreWatch.Store {
    private int migrations;
    private volatile boolean isBroken;

    @Override
    public void migrate() {
      List<?> asked = memory.sessions().openTurns(1);
      assertTrue(asked.size() <= 1);
      migrations++;
    }

    @Override
    public StoreHealth check() {
      if (isBroken) {
        throw new IllegalStateException("a bug");
      }
      List<?> asked = memory.sessions().openTurns(1);
      assertTrue(asked.size() <= 1);
      return new StoreHealth.Up("001", "17");
    }

    @Override
    public SessionLog sessions() {
      return memory.sessions();
    }

    @Override
    public ApiKeys keys() {
      return memory.keys();
    }

    @Override
    public Agents agents() {
      return memory.agents();
    }

    @Override
    public MemoryStore memories() {
      return memory.memories();
    }

    @Override
    public MemoryVectors vectors() {
      return memory.vectors();
    }

    @Override
    public EmbeddingSpaces spaces() {
      return memory.spaces();
    }

    @Override
    public ImportLog imports() {
      return memory.imports();
    }

    @Override
    public MemoryAudit audit() {
      return memory.audit();
    }
  }
}
