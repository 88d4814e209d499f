package dev.palimpsest.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.sun.management.OperatingSystemMXBean;
import dev.palimpsest.memory.ApiKeys;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.SortableIds;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.memory.retention.Retention;
import dev.palimpsest.memory.session.Agents;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.api.Bodies;
import dev.palimpsest.runtime.api.ChatResource;
import dev.palimpsest.runtime.api.Declarations;
import dev.palimpsest.runtime.api.ProofsResource;
import dev.palimpsest.runtime.api.TurnStream;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SessionCaches;
import dev.palimpsest.runtime.bridge.SessionSnapshots;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.AddressRules;
import dev.palimpsest.runtime.guard.Door;
import dev.palimpsest.runtime.guard.KeyCheck;
import dev.palimpsest.runtime.importing.Imports;
import dev.palimpsest.runtime.importing.Reach;
import dev.palimpsest.runtime.ops.ErasedSessions;
import dev.palimpsest.runtime.ops.RecallMetrics;
import dev.palimpsest.runtime.ops.SnapshotMetrics;
import dev.palimpsest.runtime.ops.StoreWatch;
import dev.palimpsest.runtime.ops.TurnLines;
import dev.palimpsest.runtime.ops.TurnMetrics;
import dev.palimpsest.runtime.ops.TurnWakes;
import dev.palimpsest.runtime.proof.Copies;
import dev.palimpsest.runtime.proof.Erasures;
import dev.palimpsest.runtime.proof.SigningKey;
import dev.palimpsest.runtime.proof.Withdrawals;
import dev.palimpsest.runtime.recall.Followers;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.recall.SearchTraces;
import dev.palimpsest.runtime.recall.Searches;
import dev.palimpsest.runtime.socket.FrameWriter;
import dev.palimpsest.runtime.socket.ImportFrameWriter;
import dev.palimpsest.runtime.socket.SessionAccess;
import dev.palimpsest.runtime.socket.TurnJson;
import dev.palimpsest.runtime.tool.HttpTools;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.Node;
import dev.palimpsest.runtime.turn.SessionWindows;
import dev.palimpsest.runtime.turn.TurnObserver;
import dev.palimpsest.runtime.turn.TurnRunner;
import dev.palimpsest.runtime.turn.TurnSources;
import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.jackson.ObjectMapperCustomizer;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * Makes every object that has a life of its own. The only place with the real clock, real
 * randomness and the sizes of this machine.
 */
@Singleton
final class Wiring {
  /** What a crash may cost the index of words: it is read from the store again. */
  private static final Duration INDEX_COMMIT_INTERVAL = Duration.ofSeconds(5);

  private final InstantSource clock = InstantSource.system();
  private final SecureRandom random = new SecureRandom();
  private final IdSource ids = new SortableIds(clock, random);

  /** The configuration, checked against this machine. */
  @Produces
  @Singleton
  static Settings settings(RuntimeConfig config) {
    var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return Settings.read(
        config, Runtime.getRuntime().availableProcessors(), machine.getTotalMemorySize());
  }

  /** JSON as the contract has it: snake_case, times as text. */
  @Produces
  @Singleton
  ObjectMapperCustomizer json() {
    return mapper ->
        mapper
            .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
  }

  @Produces
  @Singleton
  Node node(Settings settings) {
    return new Node(NodeIdFile.readOrCreate(settings.data(), ids), clock, ids, random);
  }

  @Produces
  @Singleton
  StoreLink storeLink() {
    return new StoreLink();
  }

  /** The connections that serve; none is made before it is needed. */
  @Produces
  @Singleton
  AgroalDataSource connections(Settings settings) {
    Settings.Database database = settings.database();
    return DataSources.open(database, database.app(), database.connections());
  }

  void close(@Disposes AgroalDataSource connections) {
    connections.close();
  }

  @Produces
  @Singleton
  PostgresMemory memory(AgroalDataSource connections) {
    return new PostgresMemory(connections, clock, ids, random);
  }

  void close(@Disposes PostgresMemory memory) {
    memory.close();
  }

  @Produces
  @Singleton
  StoreWatch.Store store(Settings settings, PostgresMemory memory) {
    return new PostgresStore(settings.database(), memory);
  }

  @Produces
  @Singleton
  StoreWatch storeWatch(
      StoreWatch.Store store, StoreLink link, TurnRunner turns, Withdrawals withdrawals) {
    return new StoreWatch(store, link, turns, withdrawals);
  }

  @Produces
  @Singleton
  SessionSnapshots snapshots(Settings settings, MeterRegistry meters) {
    return new SessionSnapshots(
        settings.snapshots(), settings.snapshotBytes(), clock, new SnapshotMetrics(meters));
  }

  @Produces
  @Singleton
  SessionCaches sessionCaches(SessionSnapshots snapshots, ModelSlot models) {
    return new SessionCaches(snapshots, models);
  }

  /** The key with which receipts and checkpoints are signed; without it there would be none. */
  @Produces
  @Singleton
  SigningKey signingKey(Settings settings) {
    try {
      return SigningKey.readOrCreate(settings.data(), random);
    } catch (IOException e) {
      throw new SettingsException(
          List.of("palimpsest.data (PALIMPSEST_DATA): the signing key cannot be used: " + e));
    }
  }

  @Produces
  @Singleton
  ProofsResource.Seal seal(SigningKey key, ObjectMapper json) {
    return new ProofsResource.Seal(key, clock, json);
  }

  @Produces
  @Singleton
  Copies copies(SessionCaches caches, SearchTraces traces) {
    return new Copies(caches, traces);
  }

  @Produces
  @Singleton
  Withdrawals withdrawals(StoreLink store, Copies copies, Following following) {
    return new Withdrawals(store, copies, following);
  }

  @Produces
  @Singleton
  Erasures erasures(
      StoreLink store,
      Retention retention,
      Copies copies,
      Erasures.Reached words,
      SigningKey key,
      ObjectMapper json) {
    return new Erasures(store, retention, copies, words, key, json);
  }

  @Produces
  @Singleton
  Erasures.Reached erasedWords(Following following, IndexFollower follower) {
    return new Erasures.Reached(following, follower);
  }

  @Produces
  @Singleton
  MemoryIndexes indexes(Settings settings) {
    return new MemoryIndexes(settings.index());
  }

  void close(@Disposes MemoryIndexes indexes) {
    indexes.close();
  }

  @Produces
  @Singleton
  IndexFollower indexFollower(PostgresMemory memory, MemoryIndexes indexes) {
    return new IndexFollower(memory.memories(), indexes, clock, INDEX_COMMIT_INTERVAL);
  }

  @Produces
  @Singleton
  RecallMetrics recallMetrics(MeterRegistry meters, Following following) {
    return new RecallMetrics(meters, following);
  }

  @Produces
  @Singleton
  SearchTraces searchTraces() {
    return new SearchTraces();
  }

  @Produces
  @Singleton
  TurnSources turnSources(Settings settings, StoreLink store, Searches searches, Vertx vertx) {
    return new TurnSources(store, searches, new HttpTools(settings.toolHosts(), vertx));
  }

  @Produces
  @Singleton
  Declarations declarations(Settings settings, StoreLink store, ModelSlot models) {
    return new Declarations(store, models, settings.toolHosts());
  }

  @Produces
  @Singleton
  Feeds feeds(Settings settings) {
    return new Feeds(ids.next("epc_"), settings.feeds());
  }

  @Produces
  @Singleton
  TurnRunner turns(
      Settings settings,
      TurnSources sources,
      ModelSlot models,
      Feeds feeds,
      Node node,
      TurnObservers observers) {
    return new TurnRunner(sources, models, settings.limits(), feeds, node, observers.all());
  }

  @Produces
  @Singleton
  SessionWindows windows(
      Settings settings, StoreLink store, ModelSlot models, Feeds feeds, Node node) {
    return new SessionWindows(store, models, feeds, settings.limits(), node);
  }

  @Produces
  @Singleton
  TurnObservers turnObservers(MeterRegistry meters, Following following, SessionCaches caches) {
    return new TurnObservers(
        List.of(
            new TurnLines(),
            new TurnMetrics(meters),
            new TurnWakes(following),
            new ErasedSessions(caches)));
  }

  @Produces
  @Singleton
  KeyCheck keys(Settings settings, StoreLink store) {
    return new KeyCheck(settings.asksForKeys(), settings.adminKey(), store::keys);
  }

  @Produces
  @Singleton
  Door door(Settings settings, KeyCheck keys, ObjectMapper json) {
    Settings.Http http = settings.http();
    AddressRules addresses = new AddressRules(http.hosts(), http.origins(), settings.port());
    return new Door(addresses, keys, http.bodyBytes(), json);
  }

  @Produces
  @Singleton
  SessionAccess sessions(StoreLink store) {
    return new SessionAccess(store);
  }

  @Produces
  @Singleton
  Imports imports(Settings settings, StoreLink store, Followers followers, Feeds feeds) {
    Following following = followers.following();
    return new Imports(
        store::imports,
        settings.data().resolve("spool"),
        new Reach(following, following::imported),
        feeds.epoch());
  }

  @Produces
  @Singleton
  ImportFrameWriter importFrames(ObjectMapper json, Feeds feeds) {
    return new ImportFrameWriter(json, feeds.epoch());
  }

  @Produces
  @Singleton
  FrameWriter frames(ObjectMapper json, Feeds feeds) {
    return new FrameWriter(json, feeds.epoch());
  }

  @Produces
  @Singleton
  TurnJson turnJson(ObjectMapper json) {
    return new TurnJson(json);
  }

  @Produces
  @Singleton
  ChatResource.SessionParts sessionParts(
      StoreLink store, SessionAccess sessions, ObjectMapper json, TurnJson turns) {
    return new ChatResource.SessionParts(store, sessions, json, turns);
  }

  @Produces
  @Singleton
  TurnStream turnStream(Feeds feeds, FrameWriter frames) {
    return new TurnStream(feeds, frames);
  }

  @Produces
  @Singleton
  Bodies bodies(Settings settings) {
    return new Bodies(settings.http().bodyBytes());
  }

  /** Who hears of turns. */
  record TurnObservers(List<TurnObserver> all) {}

  /** PostgreSQL as the watch uses it. */
  private record PostgresStore(Settings.Database database, PostgresMemory memory)
      implements StoreWatch.Store {
    @Override
    public void migrate() {
      try (AgroalDataSource owner = DataSources.open(database, database.owner(), 2)) {
        int ran = PostgresMemory.migrate(owner);
        assert ran >= 0;
      }
    }

    @Override
    public StoreHealth check() {
      return memory.check();
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
