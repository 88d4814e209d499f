package dev.palimpsest.runtime;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/**
 * Every key that can be set, as text. {@code application.properties} names them {@code
 * palimpsest.engine.kv-bytes}, the environment {@code PALIMPSEST_ENGINE_KV_BYTES}. {@link Settings}
 * reads the texts into types and reports all that is wrong at once; nothing else looks in here.
 */
@ConfigMapping(prefix = "palimpsest")
public interface RuntimeConfig {
  /**
   * Address to listen on; other than loopback needs {@code palimpsest.auth.mode=keys}. Unit:
   * address.
   */
  @WithDefault("127.0.0.1")
  String host();

  /** Port to listen on; never chosen by the service. Unit: port. */
  @WithDefault("8077")
  String port();

  /**
   * GGUF file of the model that answers; without it the service runs and turns answer 503. Unit:
   * path.
   */
  Optional<String> model();

  /**
   * GGUF files of LoRA adapters for that model; each answers under the model's name, a colon and
   * its own. Unit: paths, separated by commas.
   */
  Optional<List<String>> adapters();

  /**
   * GGUF file of a model that makes vectors, for {@code /v1/embeddings} and for memories where an
   * embedding space was made for it; without it the service's own serves. Unit: path.
   */
  Optional<String> embeddingModel();

  /** GGUF file of a model that ranks documents, for {@code /v1/rerank}. Unit: path. */
  Optional<String> rerankModel();

  /**
   * Folder for what the service itself keeps on disk: its node id, the index of words, snapshots of
   * sessions, archives of retention, unpacked native libraries. Unit: path.
   */
  @WithDefault("${user.home}/.palimpsest/data")
  String data();

  /** File whose first line is a key with all rights, for making the first keys. Unit: path. */
  Optional<String> adminKeyFile();

  /** Who may come in. */
  Auth auth();

  /** The database. */
  Database db();

  /** The local engine. */
  Engine engine();

  /** What is remembered. */
  Memory memory();

  /** What is made of it while the service is idle. */
  Consolidation consolidation();

  /** What HTTP requests may look like. */
  Http http();

  /** What models may call. */
  Tools tools();

  /** Limits of one turn. */
  Turn turn();

  /** What is kept in memory for each session that somebody watches. */
  Session session();

  /** Who may come in. */
  interface Auth {
    /** Whether requests need a key: {@code none} (loopback only) or {@code keys}. Unit: word. */
    @WithDefault("none")
    String mode();
  }

  /** The database. */
  interface Database {
    /** JDBC address of a PostgreSQL 17 with the extension {@code vector}. Unit: JDBC URL. */
    @WithDefault("jdbc:postgresql://127.0.0.1:5432/palimpsest")
    String url();

    /** Role that owns the tables and migrates them at start. Unit: role. */
    @WithDefault("palimpsest")
    String ownerUser();

    /** Password of the owner. Unit: text. */
    @WithDefault("")
    Optional<String> ownerPassword();

    /** Role that serves requests; it must not be able to pass row-level security. Unit: role. */
    @WithDefault("palimpsest_app")
    String appUser();

    /** Password of the serving role. Unit: text. */
    @WithDefault("")
    Optional<String> appPassword();

    /** Connections of the serving role at most. Unit: connections. */
    @WithDefault("10")
    String connections();
  }

  /** The local engine. */
  interface Engine {
    /**
     * Where the model is computed: {@code native} (C++ kernels), {@code vector} or {@code scalar};
     * {@code native-avx512}, {@code native-avx2} and {@code native-scalar} take no more than that
     * instruction set; {@code auto} takes {@code vector} and says whether {@code native} is there.
     * Unit: word.
     */
    @WithDefault("auto")
    String backend();

    /** Threads that compute; 0 takes one per core. Unit: threads. */
    @WithDefault("0")
    String threads();

    /** Window of a sequence at most, if the model's own is not smaller. Unit: tokens. */
    @WithDefault("8192")
    String contextTokens();

    /**
     * Memory for keys and values at most; no more is taken than all sequences can fill. Unit: bytes
     * (K, M, G are understood).
     */
    @WithDefault("512M")
    String kvBytes();

    /**
     * How keys and values are kept: {@code f32}, {@code f16}, {@code bf16} or {@code q8_0}; the
     * latter take a half, a half and about a quarter of the memory and round. Unit: word.
     */
    @WithDefault("f32")
    String kvType();

    /**
     * Files with keys and values of sessions at most, so that a session goes on after a restart
     * without being computed anew; 0 keeps none. Unit: bytes (K, M, G are understood).
     */
    @WithDefault("4G")
    String snapshotBytes();

    /**
     * Weights, cache and workspace together at most, else no start; 0 takes the machine's memory.
     * Unit: bytes (K, M, G are understood).
     */
    @WithDefault("0")
    String memoryBytes();

    /** Sequences that are computed together. Unit: sequences. */
    @WithDefault("8")
    String sequences();

    /**
     * Generations that wait for a place; one more is refused and tried again by its turn. Unit:
     * generations.
     */
    @WithDefault("64")
    String queue();

    /** Tokens that one step computes, prefill and running sequences together. Unit: tokens. */
    @WithDefault("256")
    String stepTokens();

    /**
     * Tokens that a step computes on a guess at most, taken from what was said before, where that
     * pays; no answer depends on it; 0 guesses none. Unit: tokens.
     */
    @WithDefault("8")
    String draftTokens();
  }

  /** What is remembered. */
  interface Memory {
    /**
     * What makes vectors of texts: {@code bge-small}, in this process, or {@code none}, with which
     * memory is searched by words alone. Unit: word.
     */
    @WithDefault("bge-small")
    String embedder();

    /**
     * The longest an answer is held back for what was just written to become searchable; after it
     * the answer says that it lags. Unit: milliseconds.
     */
    @WithDefault("1000")
    String searchWaitMs();
  }

  /** What is made of memories while the service is idle. */
  interface Consolidation {
    /**
     * Memories of a tenant that consolidation reads on one day of UTC at most; 0 switches it off,
     * else at least 1000. Unit: memories.
     */
    @WithDefault("20000")
    String memoriesPerDay();
  }

  /** What HTTP requests may look like. */
  interface Http {
    /** Host names answered beside the loopback names, on any port. Unit: names, by comma. */
    Optional<List<String>> allowedHosts();

    /** Origins answered beside the pages of this service itself. Unit: origins, by comma. */
    Optional<List<String>> allowedOrigins();

    /** A request body at most; one byte more is answered 413. Unit: bytes (K, M are understood). */
    @WithDefault("1M")
    String bodyBytes();
  }

  /** What models may call. */
  interface Tools {
    /**
     * Hosts that HTTP tools may be behind, each a name or an address, with {@code :port} where it
     * is not the scheme's own, and {@code private:} before it where the host may be in this machine
     * or its network; without it there are none. Unit: hosts, by comma.
     */
    Optional<List<String>> allow();
  }

  /** Limits of one turn. */
  interface Turn {
    /** Steps at most, counted in events since the turn was taken up. Unit: steps. */
    @WithDefault("16")
    String steps();

    /** Answer at most, whatever a request asks for. Unit: tokens. */
    @WithDefault("4096")
    String outputTokens();

    /** Answer where a request does not say. Unit: tokens. */
    @WithDefault("512")
    String outputTokensDefault();

    /** Time at most since the turn was accepted or taken up after a restart. Unit: seconds. */
    @WithDefault("600")
    String seconds();
  }

  /** What is kept in memory for each session that somebody watches. */
  interface Session {
    /** Frames kept for clients that come back after a cut. Unit: frames. */
    @WithDefault("2048")
    String replayFrames();

    /**
     * Frames that wait for a slow reader, which loses its subscription at one more. Unit: frames.
     */
    @WithDefault("1024")
    String readerFrames();

    /** Sessions whose frames are kept; the one longest unused goes first. Unit: sessions. */
    @WithDefault("256")
    String feeds();
  }
}
