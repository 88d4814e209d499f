package dev.palimpsest.runtime;

import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.retrieval.consolidation.ConsolidationLimits;
import dev.palimpsest.runtime.bridge.LocalModel;
import dev.palimpsest.runtime.bridge.SideModels;
import dev.palimpsest.runtime.guard.AddressRules;
import dev.palimpsest.runtime.tool.ToolHosts;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.TurnLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The configuration after every check, cut into the records that the parts take.
 *
 * @param host address to listen on
 * @param port port to listen on
 * @param model file of the model, if one is named
 * @param data folder for what the service keeps itself
 * @param asksForKeys whether requests need a key
 * @param adminKey a key with all rights, if one is given
 * @param database how to reach the database
 * @param engine how the model is run
 * @param sideModels that run beside it
 * @param snapshotBytes for files of sessions; 0 keeps none
 * @param memory how memories are searched
 * @param consolidatedPerDay memories of a tenant that consolidation reads on a day; 0: none is done
 * @param http what requests may look like
 * @param toolHosts that tools may be behind
 * @param limits of turns
 * @param feeds how much is kept for readers
 */
record Settings(
    String host,
    int port,
    Optional<Path> model,
    Path data,
    boolean asksForKeys,
    Optional<String> adminKey,
    Database database,
    LocalModel.Options engine,
    SideModels.Options sideModels,
    long snapshotBytes,
    Memory memory,
    int consolidatedPerDay,
    Http http,
    ToolHosts toolHosts,
    TurnLimits limits,
    Feeds.Sizes feeds) {
  static final int ADMIN_KEY_CHARACTERS_MIN = 32;

  private static final int OUTBOX_DELTAS = 256;
  private static final long GIGABYTE = 1L << 30;

  /**
   * How to reach the database.
   *
   * @param url JDBC address
   * @param owner migrates
   * @param app serves
   * @param connections of the serving role at most
   */
  record Database(String url, Login owner, Login app, int connections) {}

  /**
   * A role and its password.
   *
   * @param user the role
   * @param password may be empty
   */
  record Login(String user, String password) {
    @Override
    public String toString() {
      return "Login[user=" + user + ", password=hidden]";
    }
  }

  /**
   * How memories are searched.
   *
   * @param embeds whether they get vectors
   * @param searchWait the longest a search waits for what was just written
   */
  record Memory(boolean embeds, Duration searchWait) {}

  /**
   * What requests may look like.
   *
   * @param hosts answered beside the loopback names
   * @param origins answered beside the service's own pages
   * @param bodyBytes a body at most
   */
  record Http(List<String> hosts, List<String> origins, int bodyBytes) {}

  /**
   * Reads the texts of the configuration.
   *
   * @param cores that this machine has
   * @param memoryBytes that this machine has
   * @throws SettingsException naming everything that is wrong
   */
  static Settings read(RuntimeConfig config, int cores, long memoryBytes) {
    SettingsReader reader = new SettingsReader();
    String host = reader.text("host", config.host());
    boolean asksForKeys =
        reader.word("auth.mode", config.auth().mode(), List.of("none", "keys")).equals("keys");
    if (!asksForKeys && !AddressRules.isLoopback(host)) {
      reader.problem(
          "auth.mode",
          "'none' is for loopback addresses only, and palimpsest.host is '"
              + host
              + "'; set palimpsest.auth.mode=keys");
    }
    LocalModel.Options engine = engine(reader, config, cores, memoryBytes);
    Settings settings =
        new Settings(
            host,
            reader.number("port", config.port(), 0, 65535),
            reader.file("model", config.model()),
            Path.of(reader.text("data", config.data())),
            asksForKeys,
            adminKey(reader, reader.file("admin-key-file", config.adminKeyFile())),
            database(reader, config.db()),
            engine,
            new SideModels.Options(
                reader.file("embedding-model", config.embeddingModel()),
                reader.file("rerank-model", config.rerankModel()),
                engine.backend(),
                engine.threads()),
            reader.bytes(
                "engine.snapshot-bytes", config.engine().snapshotBytes(), 0, 1024 * GIGABYTE),
            memory(reader, config.memory()),
            consolidatedPerDay(reader, config.consolidation()),
            http(reader, config.http()),
            toolHosts(reader, config.tools()),
            limits(reader, config.turn()),
            feeds(reader, config.session()));
    if (!reader.problems().isEmpty()) {
      throw new SettingsException(reader.problems());
    }
    return settings;
  }

  /** Where the index of words is kept. */
  Path index() {
    return data.resolve("index");
  }

  /** Where snapshots of sessions are kept. */
  Path snapshots() {
    return data.resolve("kv");
  }

  /** Where native libraries are unpacked. */
  Path nativeLibraries() {
    return data.resolve("native");
  }

  private static Memory memory(SettingsReader reader, RuntimeConfig.Memory config) {
    List<String> embedders = List.of("bge-small", "none");
    return new Memory(
        reader.word("memory.embedder", config.embedder(), embedders).equals("bge-small"),
        Duration.ofMillis(
            reader.number("memory.search-wait-ms", config.searchWaitMs(), 0, 60_000)));
  }

  private static int consolidatedPerDay(SettingsReader reader, RuntimeConfig.Consolidation config) {
    String key = "consolidation.memories-per-day";
    int memories = reader.number(key, config.memoriesPerDay(), 0, 1_000_000_000);
    int least = ConsolidationLimits.USUAL.membersMax();
    if (memories > 0 && memories < least) {
      reader.problem(key, "must be 0 or at least " + least);
    }
    return memories;
  }

  private static Optional<String> adminKey(SettingsReader reader, Optional<Path> file) {
    if (file.isEmpty() || !Files.isReadable(file.get())) {
      return Optional.empty();
    }
    try {
      String key = Files.readString(file.get()).lines().findFirst().orElse("").strip();
      boolean isGood =
          key.length() >= ADMIN_KEY_CHARACTERS_MIN && key.chars().allMatch(c -> c > ' ' && c < 127);
      if (isGood) {
        return Optional.of(key);
      }
      reader.problem(
          "admin-key-file",
          "the first line of "
              + file.get()
              + " must be a key of at least "
              + ADMIN_KEY_CHARACTERS_MIN
              + " printable characters without spaces");
    } catch (IOException e) {
      reader.problem("admin-key-file", file.get() + " cannot be read: " + e.getMessage());
    }
    return Optional.empty();
  }

  private static Database database(SettingsReader reader, RuntimeConfig.Database config) {
    String url = reader.text("db.url", config.url());
    if (!url.startsWith("jdbc:postgresql:")) {
      reader.problem("db.url", "must begin with 'jdbc:postgresql:'");
    }
    return new Database(
        url,
        new Login(
            reader.text("db.owner-user", config.ownerUser()), config.ownerPassword().orElse("")),
        new Login(reader.text("db.app-user", config.appUser()), config.appPassword().orElse("")),
        reader.number("db.connections", config.connections(), 2, 500));
  }

  private static LocalModel.Options engine(
      SettingsReader reader, RuntimeConfig all, int cores, long memoryBytes) {
    RuntimeConfig.Engine config = all.engine();
    int threads = reader.number("engine.threads", config.threads(), 0, Backend.THREADS_MAX);
    int sequences = reader.number("engine.sequences", config.sequences(), 1, 1024);
    int stepTokens = reader.number("engine.step-tokens", config.stepTokens(), 1, 1 << 16);
    if (stepTokens < sequences) {
      reader.problem("engine.step-tokens", "must be at least palimpsest.engine.sequences");
    }
    long memory =
        reader.bytes("engine.memory-bytes", config.memoryBytes(), 0, 1024 * 1024 * GIGABYTE);
    EngineConfig sizes =
        new EngineConfig(
            reader.number("engine.context-tokens", config.contextTokens(), 2, 1 << 24),
            reader.bytes("engine.kv-bytes", config.kvBytes(), 1 << 16, 1024 * GIGABYTE),
            sequences,
            reader.number("engine.queue", config.queue(), 1, 1 << 16),
            Math.max(stepTokens, sequences),
            OUTBOX_DELTAS,
            reader.number("engine.draft-tokens", config.draftTokens(), 0, 64),
            memory == 0 ? memoryBytes : memory,
            kvType(reader, config.kvType()));
    return new LocalModel.Options(
        backend(reader, config.backend()),
        threads == 0 ? cores : threads,
        sizes,
        reader.files("adapters", all.adapters()));
  }

  private static DType kvType(SettingsReader reader, String text) {
    return switch (reader.word("engine.kv-type", text, List.of("f32", "f16", "bf16", "q8_0"))) {
      case "f16" -> DType.F16;
      case "bf16" -> DType.BF16;
      case "q8_0" -> DType.Q8_0;
      default -> DType.F32;
    };
  }

  private static String backend(SettingsReader reader, String text) {
    if (text.strip().equals("cuda")) {
      String there = String.join(", ", Backend.choices());
      reader.problem("engine.backend", "'" + text + "' is not built yet; " + there + " are");
      return "auto";
    }
    return reader.word("engine.backend", text, Backend.choices());
  }

  private static Http http(SettingsReader reader, RuntimeConfig.Http config) {
    return new Http(
        config.allowedHosts().orElse(List.of()),
        config.allowedOrigins().orElse(List.of()),
        (int) reader.bytes("http.body-bytes", config.bodyBytes(), 1024, 1 << 30));
  }

  private static ToolHosts toolHosts(SettingsReader reader, RuntimeConfig.Tools config) {
    try {
      return ToolHosts.of(config.allow().orElse(List.of()));
    } catch (IllegalArgumentException e) {
      reader.problem("tools.allow", String.valueOf(e.getMessage()));
      return ToolHosts.none();
    }
  }

  private static TurnLimits limits(SettingsReader reader, RuntimeConfig.Turn config) {
    int most = reader.number("turn.output-tokens", config.outputTokens(), 1, 1 << 20);
    int usual =
        reader.number("turn.output-tokens-default", config.outputTokensDefault(), 1, 1 << 20);
    if (usual > most) {
      reader.problem("turn.output-tokens-default", "must be at most palimpsest.turn.output-tokens");
    }
    return new TurnLimits(
        reader.number("turn.steps", config.steps(), TurnLimits.STEPS_MIN, 1000),
        most,
        Math.min(usual, most),
        Duration.ofSeconds(reader.number("turn.seconds", config.seconds(), 1, 86_400)));
  }

  private static Feeds.Sizes feeds(SettingsReader reader, RuntimeConfig.Session config) {
    return new Feeds.Sizes(
        reader.number("session.feeds", config.feeds(), 1, 1 << 20),
        reader.number("session.replay-frames", config.replayFrames(), 1, 1 << 20),
        reader.number("session.reader-frames", config.readerFrames(), 1, 1 << 20));
  }
}
