package dev.palimpsest.runtime.bench;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.SortableIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.retrieval.hybrid.HybridRecall;
import dev.palimpsest.retrieval.hybrid.RecallLimits;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.retrieval.tree.TreeRecall;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.InProcessEmbedder;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.recall.EmbeddingWorker;
import dev.palimpsest.runtime.recall.Followers;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.recall.IndexWorker;
import dev.palimpsest.runtime.recall.RecallObserver;
import dev.palimpsest.runtime.recall.Searches;
import dev.palimpsest.runtime.recall.SpaceKeeper;
import dev.palimpsest.runtime.recall.TenantSpaces;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.Node;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.TurnLimits;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnRequest;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.TurnRunner;
import dev.palimpsest.runtime.turn.TurnSources;
import dev.palimpsest.runtime.turn.TurnStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Turns through the service's own runner, recall by words and meaning, index and vectors; only the
 * model is scripted. Tells what they leave on disk, by table and index, part by part.
 */
final class Growth {
  private static final TenantId TENANT = new TenantId("bench");
  private static final int TURNS_PER_SESSION = 100;
  private static final int PARTS = 10;
  private static final String WORDS = "index of words";

  private final BenchDatabase database;
  private final Embedder embedder;
  private final Texts texts;
  private final Path index;
  private final TalkModel model = new TalkModel();
  private final StoreLink store = new StoreLink();

  Growth(BenchDatabase database, InProcessEmbedder embedder, Texts texts, Path folder) {
    this.database = database;
    this.embedder = embedder;
    this.texts = texts;
    this.index = folder.resolve("bench-index");
  }

  /** What is there after so many turns. */
  private record Look(int turns, Map<String, Long> bytes) {
    long sum() {
      return bytes.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  void run(int turns) throws IOException, SQLException, InterruptedException {
    InstantSource clock = InstantSource.system();
    SecureRandom random = new SecureRandom();
    IdSource ids = new SortableIds(clock, random);
    try (PostgresMemory memory = new PostgresMemory(database.app(), clock, ids, random);
        MemoryIndexes indexes = new MemoryIndexes(index)) {
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
      IndexFollower follower =
          new IndexFollower(memory.memories(), indexes, clock, Duration.ofSeconds(5));
      Embedders embedders =
          new Embedders(
              new Embedders.Standard(
                  embedder.space(), InProcessEmbedder::sha256, EmbedderSlot.of(embedder)),
              EmbedderSlot.empty("none"));
      Following following = new Following(follower, embedders);
      TenantSpaces spaces = new TenantSpaces(store, embedders);
      EmbeddingWorker embedding =
          new EmbeddingWorker(
              store,
              spaces,
              new EmbeddingWorker.Post("meaning", embedders.standard(), 1),
              following,
              new Quiet());
      Searches searches =
          new Searches(
              one ->
                  new TreeRecall(
                      new HybridRecall(
                          memory.memories(),
                          memory.vectors(),
                          one,
                          indexes,
                          follower,
                          RecallLimits.USUAL),
                      System::nanoTime),
              store,
              spaces,
              following,
              clock,
              new Quiet());
      Node node = new Node(new NodeId("bench"), clock, ids, random);
      try (Followers followers =
              new Followers(
                  following,
                  new IndexWorker(store, follower, indexes, following, new Quiet()),
                  List.of(embedding),
                  new SpaceKeeper(store, spaces, following, new Quiet()));
          TurnRunner runner =
              new TurnRunner(
                  new TurnSources(store, searches),
                  ModelSlot.of(model),
                  new TurnLimits(16, 4096, 512, Duration.ofMinutes(10)),
                  new Feeds("bench", new Feeds.Sizes(4, 100, 100)),
                  node,
                  List.of())) {
        followers.start();
        report(turns, looks(turns, runner, following));
      }
    }
  }

  private List<Look> looks(int turns, TurnRunner runner, Following following)
      throws IOException, SQLException, InterruptedException {
    List<Look> looks = new ArrayList<>();
    looks.add(look(0));
    Session session = session();
    long begun = System.nanoTime();
    for (int done = 0; done < turns; done++) {
      if (done % TURNS_PER_SESSION == 0) {
        session = session();
      }
      turn(runner, session, done);
      if ((done + 1) * PARTS / turns > done * PARTS / turns) {
        settle(following);
        Look look = look(done + 1);
        System.err.printf(
            Locale.ROOT,
            "%d turns, %.0f s, %d bytes a turn since the last line%n",
            look.turns,
            (System.nanoTime() - begun) / 1e9,
            (look.sum() - looks.getLast().sum()) / (look.turns - looks.getLast().turns));
        looks.add(look);
      }
    }
    return looks;
  }

  private Session session() {
    return switch (store.sessions().create(TENANT, NewSession.PLAIN)) {
      case Creation.Created(Session made) -> made;
      case Creation.Existing(Session made) -> made;
      case Creation.Conflict conflict -> throw new IllegalStateException("no key was sent");
    };
  }

  /** What the user says and what is answered are two neighbours of a real conversation. */
  private void turn(TurnRunner runner, Session session, int number) throws InterruptedException {
    int place = 2 * number % (texts.all().size() - 1);
    // So that no two turns say the same: what was said before is not stored again.
    String nth = " (" + number + ")";
    model.says(texts.all().get(place + 1) + nth);
    Session now = store.sessions().find(TENANT, session.id()).orElseThrow();
    TurnRequest request =
        new TurnRequest(texts.all().get(place) + nth, null, null, SamplingOptions.NONE);
    if (!(runner.start(TENANT, now, request) instanceof Started.Running running)) {
      throw new IllegalStateException("turn " + number + " does not run");
    }
    boolean isDone =
        running.turn().await() instanceof TurnOutcome.Ended(TurnResult result)
            && result.status() == TurnStatus.DONE;
    if (!isDone) {
      throw new IllegalStateException("turn " + number + " has no answer");
    }
  }

  /** Waits until all that was said can be found, and the disk shows what is to stay. */
  private void settle(Following following) throws SQLException, InterruptedException {
    long last = store.memories().lastChange(TENANT);
    while (following.wordsUpTo(TENANT) < last || following.meaningUpTo(TENANT) < last) {
      following.wake();
      Thread.sleep(50);
    }
    database.execute("CHECKPOINT");
  }

  private Look look(int turns) throws IOException, SQLException {
    Map<String, Long> bytes = new TreeMap<>(database.sizes());
    bytes.put(WORDS, size(index));
    return new Look(turns, bytes);
  }

  private static long size(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return 0;
    }
    long sum = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        sum += sizeOf(file);
      }
    }
    return sum;
  }

  /** The index merges its files while we look. */
  private static long sizeOf(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private void report(int turns, List<Look> looks) {
    Look first = looks.getFirst();
    Look half = looks.get(looks.size() / 2);
    Look last = looks.getLast();
    System.out.printf(
        "%d turns of %s in sessions of %d; the model is scripted, all else is the service's%n%n",
        turns, texts.from(), TURNS_PER_SESSION);
    System.out.println("| bytes a turn | first half | second half | all |");
    System.out.println("| --- | ---: | ---: | ---: |");
    last.bytes.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .map(Map.Entry::getKey)
        .filter(name -> each(first, last, name) > 0)
        .forEach(name ->
            line(name, each(first, half, name), each(half, last, name), each(first, last, name)));
    line(
        "all",
        (half.sum() - first.sum()) / half.turns,
        (last.sum() - half.sum()) / (last.turns - half.turns),
        (last.sum() - first.sum()) / last.turns);
  }

  private static long each(Look from, Look to, String name) {
    return (to.bytes.getOrDefault(name, 0L) - from.bytes.getOrDefault(name, 0L))
        / (to.turns - from.turns);
  }

  private static void line(String name, long first, long second, long all) {
    System.out.printf("| %s | %d | %d | %d |%n", name, first, second, all);
  }

  /** Says nothing but what is wrong. */
  private static final class Quiet implements RecallObserver {
    @Override
    public void searched(RecallMode mode, Duration took, boolean isLagging) {}

    @Override
    public void embedded(TenantId tenant, int memories) {}

    @Override
    public void passedOver(TenantId tenant, MemoryId memory, int version, RuntimeException cause) {
      System.err.println("passed over: " + cause);
    }

    @Override
    public void consolidated(TenantId tenant, Consolidator.Step step) {}

    @Override
    public void troubled(String follower, RuntimeException cause) {
      System.err.println(follower + ": " + cause);
    }

    @Override
    public void recovered(String follower) {}
  }
}
