package dev.palimpsest.runtime.crash;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SortableIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.retrieval.consolidation.ConsolidationLimits;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.WordEmbedder;
import dev.palimpsest.runtime.importing.ImportJob;
import dev.palimpsest.runtime.importing.Imports;
import dev.palimpsest.runtime.importing.Reach;
import dev.palimpsest.runtime.recall.Followed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The memory side of a service without a network, for being killed: everything that was imported is
 * indexed and embedded in two spaces in the background. Driven by lines on standard input: {@code
 * import} begins one and prints {@code begun ID}, {@code resume ID} goes on with it; {@code change
 * SEED} consolidates from then on, and erases and corrects memories at random, saying before and
 * after what it does; {@code settle} prints {@code settled} when all is imported, consolidated,
 * indexed and embedded.
 */
public final class MemoryCrashMain {
  static final TenantId TENANT = TenantId.DEFAULT;
  static final EmbeddingSpace SECOND = new EmbeddingSpace("second", 32);

  private static final int PIECE_BYTES = 2048;

  /** So that nothing is waited for and nothing is left for tomorrow. */
  private static final ConsolidationLimits LIMITS =
      new ConsolidationLimits(Integer.MAX_VALUE / 2, Duration.ZERO, 6, 100, 0.95);

  private static final NewSpace SECOND_MADE = new NewSpace(SECOND, "second", "0b".repeat(32));

  private final PostgresMemory memory;
  private final Path folder;
  private final Followed followed;
  private final Imports imports;
  private final Consolidator consolidator;

  private MemoryCrashMain(PostgresMemory memory, Path folder) {
    this.memory = memory;
    this.folder = folder;
    StoreLink store = new StoreLink();
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
    Embedders embedders =
        WordEmbedder.embedders(
            EmbedderSlot.of(new WordEmbedder()), EmbedderSlot.of(new WordEmbedder(SECOND)));
    MemoryIndexes indexes = new MemoryIndexes(folder.resolve("index"));
    IndexFollower follower =
        new IndexFollower(
            memory.memories(), indexes, InstantSource.system(), Duration.ofMillis(200));
    followed = Followed.by(store, embedders, follower, indexes);
    Reach reach = new Reach(followed.following(), followed.following()::wake);
    imports = new Imports(memory::imports, folder.resolve("spools"), reach, "epc_crash");
    consolidator =
        new Consolidator(
            memory.memories(),
            memory.vectors(),
            memory.consolidation(),
            LIMITS,
            InstantSource.system());
    var ignored = memory.spaces().create(TENANT, SECOND_MADE, embedders.standardAsNew());
  }

  /** Arguments: JDBC address, password, folder with the file {@code corpus.jsonl}. */
  public static void main(String[] arguments) throws Exception {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(arguments[0]);
    source.setUser("palimpsest_app");
    source.setPassword(arguments[1]);
    InstantSource clock = InstantSource.system();
    SecureRandom random = new SecureRandom();
    PostgresMemory memory =
        new PostgresMemory(source, clock, new SortableIds(clock, random), random);
    new MemoryCrashMain(memory, Path.of(arguments[2])).serve();
  }

  private void serve() throws Exception {
    followed.start();
    imports.start();
    System.out.println("ready");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      List<String> words = List.of(line.split(" ", -1));
      switch (words.getFirst()) {
        case "import" -> begin();
        case "resume" -> send(new ImportId(words.get(1)));
        case "change" -> change(new Random(Long.parseLong(words.get(1))));
        case "settle" -> settle();
        default -> throw new IllegalArgumentException(line);
      }
    }
  }

  private void begin() {
    NewImport request = new NewImport(ImportFormat.JSONL, "crash", null, Scope.NONE, false, null);
    ImportId id = imports.begin(TENANT, request).id();
    System.out.println("begun " + id);
    send(id);
  }

  /** Sends what the spool does not have yet, on a thread of its own. */
  private void send(ImportId id) {
    var ignored =
        Thread.ofPlatform()
            .start(() -> {
              try {
                send(imports.find(TENANT, id).orElseThrow());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private void send(ImportJob job) throws IOException {
    byte[] file = Files.readAllBytes(folder.resolve("corpus.jsonl"));
    if (job.hasEnded()) {
      return;
    }
    int at = (int) job.attach(this);
    while (at < file.length) {
      int length = Math.min(PIECE_BYTES, file.length - at);
      job.append(this, ByteBuffer.wrap(file, at, length));
      at += length;
    }
    job.finish(this, sum(file));
  }

  private static String sum(byte[] file) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void change(Random random) {
    Thread consolidating =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              while (true) {
                rest(isConsolidating() ? 0 : 20);
              }
            });
    assert consolidating.isDaemon();
    var ignored =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              while (true) {
                change(random, newest());
              }
            });
  }

  private List<Memory> newest() {
    return memory.memories().list(TENANT, MemoryFilter.of(Scope.NONE), 100, null).data().stream()
        .filter(one -> !one.origin().source().equals(Consolidation.SOURCE))
        .toList();
  }

  private void change(Random random, List<Memory> some) {
    if (some.isEmpty()) {
      return;
    }
    Memory one = some.get(random.nextInt(some.size()));
    if (random.nextInt(3) == 0) {
      System.out.println("erasing " + one.id() + " " + one.origin().recordId());
      if (memory.memories().erase(TENANT, one.id()).isPresent()) {
        System.out.println("erased " + one.id() + " " + one.origin().recordId());
      }
    } else {
      String text = one.text() + " and " + random.nextInt(1000);
      Optional<Memory> next = memory.memories().revise(TENANT, one.id(), MemoryText.of(text));
      next.ifPresent(made -> System.out.println("revised " + made.id() + " " + made.version()));
    }
  }

  private void settle() throws InterruptedException {
    // A digest is a memory that is indexed and embedded like any other.
    while (!isSettled() || isConsolidating() || !isSettled()) {
      Thread.sleep(50);
    }
    System.out.println("settled");
  }

  private static void rest(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean isConsolidating() {
    return consolidator.step(TENANT, WordEmbedder.SPACE).kind() != Consolidator.Kind.NOTHING;
  }

  private boolean isSettled() {
    long last = memory.memories().lastChange(TENANT);
    EmbeddingSpaces.Progress second = memory.spaces().progress(TENANT, SECOND);
    return imports.atWork() == 0
        && followed.following().wordsUpTo(TENANT) >= last
        && followed.following().meaningUpTo(TENANT) >= last
        && second.done() == second.total()
        && memory.spaces().progress(TENANT, WordEmbedder.SPACE).done() == second.total();
  }
}
