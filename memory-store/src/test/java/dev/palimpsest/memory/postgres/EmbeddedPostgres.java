package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A private PostgreSQL cluster in a temporary folder, on a free port of the loopback address, with
 * the two roles of the service and the extension {@code vector} in every database. The binaries are
 * those of {@code PALIMPSEST_POSTGRES_BIN}, else those which the launcher fetched into {@code
 * PALIMPSEST_HOME}; where there are none the calling test is skipped; a class with {@link
 * NeedsPostgres} is skipped as a whole.
 *
 * <p>As root the server runs as uid 65534, since it refuses to run as root. It writes without
 * waiting for the disk: tests kill processes, not machines.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  private static final String BINARIES = "PALIMPSEST_POSTGRES_BIN";
  private static final String SUPERUSER = "postgres";
  private static final String OWNER = "palimpsest";
  private static final String PASSWORD = "test";
  private static final String NOBODY = "65534";
  private static final int SEARCH_DEPTH_MAX = 9;
  private static final long COMMAND_SECONDS_MAX = 60;

  /** The database of the newest schema, of which others are copies. */
  private static final String TEMPLATE = "migrated";

  private static @Nullable EmbeddedPostgres shared;

  private final Path binaries;
  private final Path folder;
  private final int port;
  private final AtomicInteger databases = new AtomicInteger();
  private boolean templated;

  private EmbeddedPostgres(Path binaries, Path folder, int port) {
    this.binaries = binaries;
    this.folder = folder;
    this.port = port;
  }

  /** Whether there are binaries to start. */
  public static boolean isAvailable() {
    return findBinaries().isPresent();
  }

  /** Where they were looked for. */
  static String whyNot() {
    return "no PostgreSQL 17 binaries in the folder that "
        + BINARIES
        + " names or under "
        + home()
        + "; ./palimpsest test fetches them";
  }

  /** The cluster that all tests of this JVM share, each with databases of its own. */
  public static synchronized EmbeddedPostgres shared() {
    EmbeddedPostgres cluster = shared;
    if (cluster == null) {
      cluster = create();
      shared = cluster;
      Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
    }
    return cluster;
  }

  /** A new cluster, started; for tests that stop or kill it. */
  public static EmbeddedPostgres create() {
    Optional<Path> binaries = findBinaries();
    assumeTrue(binaries.isPresent(), whyNot());
    try {
      Path folder = Files.createTempDirectory("palimpsest-postgres-");
      EmbeddedPostgres cluster = new EmbeddedPostgres(binaries.get(), folder, freePort());
      cluster.initialise();
      return cluster;
    } catch (IOException | SQLException e) {
      throw new IllegalStateException("the embedded PostgreSQL does not start", e);
    }
  }

  /** A new, empty database that belongs to the owner role and has {@code vector}. */
  public Database freshDatabase() {
    return database("test_" + databases.incrementAndGet(), "template1");
  }

  /** A new database with the newest schema. */
  public Database migratedDatabase() {
    migrateTemplate();
    return database("test_" + databases.incrementAndGet(), TEMPLATE);
  }

  private synchronized void migrateTemplate() {
    if (!templated) {
      PostgresMemory.migrate(database(TEMPLATE, "template1").owner());
      templated = true;
    }
  }

  private Database database(String name, String template) {
    execute(
        superuser("postgres"),
        "CREATE DATABASE " + name + " TEMPLATE " + template + " OWNER " + OWNER);
    return new Database(this, name);
  }

  /**
   * Starts the server again after {@link #stop()} or {@link #killHard()}; waits until it serves.
   */
  public void start() {
    String options =
        "-p "
            + port
            + " -k "
            + folder
            + " -c listen_addresses=127.0.0.1 -c jit=off -c timezone=UTC -c fsync=off"
            + " -c max_connections=200 -c shared_buffers=32MB -c scram_iterations=1";
    control("-w", "-l", folder.resolve("log").toString(), "-o", options, "start");
  }

  /** Stops the server in order, ending its connections. */
  public void stop() {
    control("-w", "-m", "fast", "stop");
  }

  /** Kills the server and all its processes with SIGKILL; returns when they are gone. */
  public void killHard() {
    ProcessHandle server = ProcessHandle.of(pid()).orElseThrow();
    List<ProcessHandle> processes = new ArrayList<>(server.descendants().toList());
    processes.addFirst(server);
    processes.forEach(ProcessHandle::destroyForcibly);
    processes.forEach(process -> process.onExit().orTimeout(30, TimeUnit.SECONDS).join());
  }

  /** The port it listens on at 127.0.0.1. */
  public int port() {
    return port;
  }

  /** Stops it, if it runs, and removes its folder. */
  @Override
  public void close() {
    if (Files.exists(folder.resolve("data/postmaster.pid"))) {
      run(List.of(command("pg_ctl"), "-D", data(), "-m", "immediate", "stop"));
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new IllegalStateException(folder + " cannot be removed", e);
    }
  }

  private void initialise() throws IOException, SQLException {
    Path password = Files.writeString(folder.resolve("password"), PASSWORD);
    if (isRoot()) {
      require(run(List.of("chown", "-R", NOBODY + ":" + NOBODY, folder.toString())), "chown");
    }
    List<String> initdb = new ArrayList<>(List.of(command("initdb"), "-D", data()));
    initdb.addAll(List.of("-U", SUPERUSER, "--pwfile=" + password, "--auth=scram-sha-256"));
    initdb.addAll(List.of("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"));
    initdb.addAll(List.of("--locale=C", "--no-sync", "-c", "scram_iterations=1"));
    require(run(initdb), "initdb");
    start();
    for (String role : List.of(OWNER, Migrations.APP_ROLE)) {
      execute(
          superuser("postgres"),
          "CREATE ROLE " + role + " LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '" + PASSWORD + "'");
    }
    execute(superuser("template1"), "CREATE EXTENSION vector");
  }

  private void control(String... arguments) {
    List<String> pgCtl = new ArrayList<>(List.of(command("pg_ctl"), "-D", data()));
    pgCtl.addAll(List.of(arguments));
    require(run(pgCtl), String.join(" ", pgCtl));
  }

  private long pid() {
    try {
      return Long.parseLong(Files.readAllLines(folder.resolve("data/postmaster.pid")).getFirst());
    } catch (IOException e) {
      throw new IllegalStateException("the server is not running", e);
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private String command(String name) {
    return binaries.resolve(name).toString();
  }

  private int run(List<String> command) {
    List<String> line = new ArrayList<>();
    if (isRoot() && !command.getFirst().equals("chown")) {
      line.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    }
    line.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(line).directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(List.of("PATH"));
    environment.put("HOME", folder.toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(folder.resolve("commands").toFile());
    try {
      Process process = builder.start();
      if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return -1;
      }
      return process.exitValue();
    } catch (IOException e) {
      throw new IllegalStateException(line + " does not run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  private void require(int exit, String what) {
    if (exit != 0) {
      throw new IllegalStateException(what + " failed: " + text("commands") + text("log"));
    }
  }

  private String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      return "(no " + file + ")";
    }
  }

  private PGSimpleDataSource superuser(String database) {
    return dataSource(database, SUPERUSER);
  }

  private PGSimpleDataSource dataSource(String database, String user) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(new int[] {port});
    source.setDatabaseName(database);
    source.setUser(user);
    source.setPassword(PASSWORD);
    source.setConnectTimeout(10);
    source.setSocketTimeout(60);
    return source;
  }

  private static void execute(DataSource source, String sql) {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private static Optional<Path> findBinaries() {
    String named = System.getenv(BINARIES);
    if (named != null && !named.isBlank()) {
      return Optional.of(Path.of(named)).filter(EmbeddedPostgres::holdsServer);
    }
    if (!Files.isDirectory(home())) {
      return Optional.empty();
    }
    try (Stream<Path> found =
        Files.find(
            home(),
            SEARCH_DEPTH_MAX,
            (path, attributes) -> path.endsWith("17/bin") && holdsServer(path),
            FileVisitOption.FOLLOW_LINKS)) {
      return found.findFirst();
    } catch (IOException e) {
      throw new IllegalStateException(home() + " cannot be searched", e);
    }
  }

  private static boolean holdsServer(Path folder) {
    return Stream.of("postgres", "initdb", "pg_ctl")
        .allMatch(name -> Files.isExecutable(folder.resolve(name)));
  }

  private static Path home() {
    String named = System.getenv("PALIMPSEST_HOME");
    if (named != null && !named.isBlank()) {
      return Path.of(named);
    }
    return isRoot()
        ? Path.of("/var/lib/palimpsest")
        : Path.of(System.getProperty("user.home"), ".palimpsest");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** One database of a cluster. */
  public static final class Database {
    private static final int CONNECTIONS_MAX = 16;
    private static final Duration IDLE_BEFORE_CLOSE = Duration.ofSeconds(5);

    private final EmbeddedPostgres cluster;
    private final String name;
    private @Nullable DataSource pool;

    private Database(EmbeddedPostgres cluster, String name) {
      this.cluster = cluster;
      this.name = name;
    }

    /** Connects as the owner, who migrates. */
    public DataSource owner() {
      return cluster.dataSource(name, OWNER);
    }

    /** Connects as {@code palimpsest_app}, who serves, through a pool, as the service does. */
    public synchronized DataSource app() {
      DataSource made = pool;
      if (made == null) {
        made = openPool();
        pool = made;
      }
      return made;
    }

    /**
     * Connects as {@code palimpsest_app} anew each time: for tests that kill the server or change
     * their connection.
     */
    public DataSource appUnpooled() {
      return cluster.dataSource(name, Migrations.APP_ROLE);
    }

    private DataSource openPool() {
      var supplier =
          new AgroalDataSourceConfigurationSupplier()
              .connectionPoolConfiguration(pooled ->
                  pooled
                      .maxSize(CONNECTIONS_MAX)
                      .reapTimeout(IDLE_BEFORE_CLOSE)
                      .connectionFactoryConfiguration(factory ->
                          factory
                              .jdbcUrl(url())
                              .principal(new NamePrincipal(Migrations.APP_ROLE))
                              .credential(new SimplePassword(PASSWORD))));
      try {
        return AgroalDataSource.from(supplier);
      } catch (SQLException e) {
        throw new IllegalStateException("an empty pool touches no database", e);
      }
    }

    /** Connects as the superuser, whom row-level security does not bind. */
    public DataSource superuser() {
      return cluster.superuser(name);
    }

    /** For programs that want it as a text: without user and password. */
    public String url() {
      return "jdbc:postgresql://127.0.0.1:" + cluster.port + "/" + name;
    }

    /** The password of both roles. */
    public String password() {
      return PASSWORD;
    }
  }
}
