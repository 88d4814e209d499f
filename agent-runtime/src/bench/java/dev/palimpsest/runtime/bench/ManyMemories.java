package dev.palimpsest.runtime.bench;

import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SortableIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.runtime.bridge.InProcessEmbedder;
import java.io.IOException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Many memories of one tenant, loaded by COPY into the real schema, and searched as the service
 * searches. Vectors are those of real texts with noise, scaled to unit length again, so they lie in
 * clusters as those of real texts do; each belongs to one of a hundred users by chance. Every
 * twentieth text is no memory and is asked for.
 */
final class ManyMemories {
  private static final TenantId TENANT = new TenantId("bench");
  private static final EmbeddingSpace SPACE = InProcessEmbedder.SPACE;
  private static final int USERS = 100;
  private static final int QUERY_EACH = 20;
  private static final int NEAREST = 10;

  /** What the service asks for when it searches by both words and meaning. */
  private static final int CANDIDATES = 300;

  private static final int WARM_UP = 20;

  /** How long the noise is at least and at most, the vector itself having length one. */
  private static final double NOISE_MIN = 0.2;

  private static final double NOISE_MAX = 0.8;

  private static final String INDEX = "memory_vector_hnsw_384";
  private static final String BUILD_MEMORY = "3GB";
  private static final long SECONDS_1970_TO_2000 = 946_684_800;

  private final BenchDatabase database;
  private final Texts texts;
  private final Random random = new Random(20_261_128);
  private final List<float[]> bases = new ArrayList<>();
  private final List<float[]> questions = new ArrayList<>();

  ManyMemories(BenchDatabase database, InProcessEmbedder embedder, Texts texts) {
    this.database = database;
    this.texts = texts;
    List<Embedding> all =
        texts.all().parallelStream().map(text -> embedder.read(text).whole()).toList();
    for (int i = 0; i < all.size(); i++) {
      (i % QUERY_EACH == 0 ? questions : bases).add(all.get(i).values());
    }
  }

  void run(int rows, int queries) throws IOException, SQLException {
    System.out.printf(
        "%d memories, vectors of %d texts of %s with noise of length %.1f to %.1f, %d users%n%n",
        rows, bases.size(), texts.from(), NOISE_MIN, NOISE_MAX, USERS);
    String definition = definition();
    database.execute("DROP INDEX " + INDEX);
    tell("rows and their vectors loaded", timed(() -> load(rows)), "s");
    tell("the index of vectors built", timed(() -> build(definition)), "s");
    database.execute("VACUUM ANALYZE memory_version, memory_vector, memory, change");
    sizes();
    InstantSource clock = InstantSource.system();
    SecureRandom secure = new SecureRandom();
    try (PostgresMemory memory =
        new PostgresMemory(database.app(), clock, new SortableIds(clock, secure), secure)) {
      System.out.printf("%n| filter | wanted | p50 ms | p95 ms | recall@10 |%n");
      System.out.printf("| --- | ---: | ---: | ---: | ---: |%n");
      for (int limit : new int[] {NEAREST, CANDIDATES}) {
        search(memory.vectors(), "none", false, limit, queries);
        search(memory.vectors(), "one user of " + USERS + " (1 %)", true, limit, queries);
      }
    }
  }

  private String definition() throws SQLException {
    try (Connection connection = database.superuser();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT indexdef FROM pg_indexes WHERE indexname = '" + INDEX + "'")) {
      if (!row.next()) {
        throw new IllegalStateException("the schema has no index " + INDEX);
      }
      return row.getString(1);
    }
  }

  private void load(int rows) throws IOException, SQLException {
    Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.MICROS);
    long time = (now.getEpochSecond() - SECONDS_1970_TO_2000) * 1_000_000 + now.getNano() / 1_000;
    int[] users = random.ints(rows, 0, USERS).toArray();
    try (Connection connection = database.superuser()) {
      try (BinaryCopy copy =
          new BinaryCopy(connection, "memory (tenant_id, memory_id, scope_user)")) {
        for (int i = 0; i < rows; i++) {
          BinaryCopy row = copy.row(3).text(TENANT.value()).text(id(i)).text(user(users[i]));
          assert row == copy;
        }
      }
      versions(connection, users, time);
      vectors(connection, users);
    }
    database.execute(
        """
        INSERT INTO tenant_head (tenant_id, change_number) VALUES ('bench', 1);
        INSERT INTO change (tenant_id, number, kind, subject, recorded_at)
        VALUES ('bench', 1, 'memories_added', 'bench', now());
        INSERT INTO embedding_checkpoint (tenant_id, space_id, dimensions, change_number)
        VALUES ('bench', '%s', %d, 1)
        """
            .formatted(SPACE.id(), SPACE.dimensions()));
  }

  private void versions(Connection connection, int[] users, long time)
      throws IOException, SQLException {
    byte[] hash = new byte[32];
    try (BinaryCopy copy =
        new BinaryCopy(
            connection,
            """
            memory_version (tenant_id, memory_id, version, scope_user, kind, source, session_name,
              position, text, label, metadata, content_sha256, learned_at, change_number)
            """)) {
      for (int i = 0; i < users.length; i++) {
        random.nextBytes(hash);
        BinaryCopy row =
            copy.row(14)
                .text(TENANT.value())
                .text(id(i))
                .integer(1)
                .text(user(users[i]))
                .text("episode")
                .text("bench")
                .text("talk " + i / 50)
                .bigint(i % 50)
                .text(texts.all().get(i % texts.all().size()) + " " + i)
                .text("user")
                .text("{}")
                .bytes(hash)
                .bigint(time)
                .bigint(1);
        assert row == copy;
      }
    }
  }

  private void vectors(Connection connection, int[] users) throws IOException, SQLException {
    try (BinaryCopy copy =
        new BinaryCopy(
            connection,
            """
            memory_vector (tenant_id, memory_id, version, space_id, part, scope_user, dimensions,
              embedding)
            """)) {
      for (int i = 0; i < users.length; i++) {
        BinaryCopy row =
            copy.row(8)
                .text(TENANT.value())
                .text(id(i))
                .integer(1)
                .text(SPACE.id())
                .integer(0)
                .text(user(users[i]))
                .integer(SPACE.dimensions())
                .halfvec(noisy(bases.get(i % bases.size())));
        assert row == copy;
      }
    }
  }

  /** Another text about the same, as it were. */
  private float[] noisy(float[] base) {
    double length = NOISE_MIN + random.nextDouble() * (NOISE_MAX - NOISE_MIN);
    double each = length / Math.sqrt(base.length);
    float[] moved = new float[base.length];
    for (int i = 0; i < base.length; i++) {
      moved[i] = (float) (base[i] + each * random.nextGaussian());
    }
    return Embedding.normalised(moved).values();
  }

  private static String id(int number) {
    return String.format(Locale.ROOT, "mem_%026d", number);
  }

  private static String user(int number) {
    return "user-" + number;
  }

  private void build(String definition) throws SQLException {
    try (Connection connection = database.superuser();
        Statement statement = connection.createStatement()) {
      boolean ignored = statement.execute("SET maintenance_work_mem = '" + BUILD_MEMORY + "'");
      ignored |= statement.execute(definition);
      ignored |= statement.execute("RESET maintenance_work_mem");
    }
  }

  private void sizes() throws SQLException {
    var sizes = database.sizes();
    tell("all tables and indexes", sizes.values().stream().mapToLong(v -> v).sum() / 1e6, "MB");
    sizes.entrySet().stream()
        .filter(entry -> entry.getValue() > 1_000_000)
        .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
        .limit(12)
        .forEach(entry -> tell("  " + entry.getKey(), entry.getValue() / 1e6, "MB"));
  }

  private void search(
      MemoryVectors vectors, String name, boolean isFiltered, int limit, int queries)
      throws SQLException {
    double[] millis = new double[queries];
    double found = 0;
    for (int i = -WARM_UP; i < queries; i++) {
      float[] question = questions.get(Math.floorMod(i, questions.size()));
      String user = isFiltered ? user(Math.floorMod(i, USERS)) : null;
      MemoryFilter filter = MemoryFilter.searched(Scope.ofUser(user), null);
      long begun = System.nanoTime();
      List<MemoryVectors.Near> near =
          vectors.nearest(TENANT, SPACE, Embedding.normalised(question), filter, limit);
      if (i >= 0) {
        millis[i] = (System.nanoTime() - begun) / 1e6;
        found += recall(near, exact(question, user));
      }
    }
    Arrays.sort(millis);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.1f | %.1f | %.3f |%n",
        name,
        limit,
        millis[queries / 2],
        millis[Math.min(queries - 1, queries * 95 / 100)],
        found / queries);
  }

  private static double recall(List<MemoryVectors.Near> near, List<String> exact) {
    Set<String> found = new HashSet<>();
    near.stream().limit(NEAREST).forEach(one -> found.add(one.id().value()));
    return exact.stream().filter(found::contains).count() / (double) exact.size();
  }

  /** All are compared: the index is of another expression. */
  private List<String> exact(float[] question, @Nullable String user) throws SQLException {
    StringJoiner vector = new StringJoiner(",", "[", "]");
    for (float value : question) {
      vector.add(Float.toString(value));
    }
    try (Connection connection = database.superuser();
        PreparedStatement statement =
            connection.prepareStatement(
                """
                SELECT memory_id
                FROM memory_vector
                WHERE tenant_id = 'bench' AND (? = '' OR scope_user = ?)
                ORDER BY embedding <=> CAST(? AS halfvec)
                LIMIT 10
                """)) {
      statement.setString(1, user == null ? "" : user);
      statement.setString(2, user == null ? "" : user);
      statement.setString(3, vector.toString());
      List<String> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(row.getString(1));
        }
      }
      return found;
    }
  }

  private interface Work {
    void run() throws IOException, SQLException;
  }

  private static double timed(Work work) throws IOException, SQLException {
    long begun = System.nanoTime();
    work.run();
    return (System.nanoTime() - begun) / 1e9;
  }

  private static void tell(String what, double value, String unit) {
    System.out.printf(Locale.ROOT, "%s: %.1f %s%n", what, value, unit);
  }
}
