package dev.palimpsest.runtime.service;

import dev.palimpsest.memory.postgres.EmbeddedPostgres;
import dev.palimpsest.runtime.bridge.TestModel;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;

/**
 * What the service needs: a PostgreSQL of its own, the small model, a data folder. Test classes
 * with the same arguments share them. Arguments: {@code model=none} leaves the model out, {@code
 * database=down} stops the server before the service starts, {@code database=own} is shared with no
 * other class, {@code embedder=bge-small} loads the model of meaning.
 */
public final class ServiceResource implements QuarkusTestResourceLifecycleManager {
  private EmbeddedPostgres cluster;
  private Map<String, String> arguments = Map.of();

  /** Made by the test framework. */
  public ServiceResource() {}

  @Override
  public void init(Map<String, String> initArgs) {
    arguments = Map.copyOf(initArgs);
  }

  @Override
  public Map<String, String> start() {
    cluster = EmbeddedPostgres.create();
    EmbeddedPostgres.Database database = cluster.freshDatabase();
    Map<String, String> settings = new HashMap<>();
    settings.put("palimpsest.db.url", database.url());
    settings.put("palimpsest.db.owner-password", database.password());
    settings.put("palimpsest.db.app-password", database.password());
    // Said even where there is none: what an earlier test class set must not stay in force.
    boolean hasModel = !"none".equals(arguments.get("model"));
    settings.put("palimpsest.model", hasModel ? TestModel.file().toString() : "");
    if ("down".equals(arguments.get("database"))) {
      cluster.stop();
    }
    settings.put("palimpsest.memory.embedder", arguments.getOrDefault("embedder", "none"));
    // A busy machine takes its time; what is acknowledged must be found, however long that takes.
    settings.put("palimpsest.memory.search-wait-ms", "60000");
    settings.put("palimpsest.engine.backend", "scalar");
    settings.put("palimpsest.engine.threads", "1");
    settings.put("palimpsest.engine.kv-bytes", "16M");
    try {
      settings.put("palimpsest.data", Files.createTempDirectory("palimpsest-data-").toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return settings;
  }

  @Override
  public void inject(TestInjector injector) {
    injector.injectIntoFields(cluster, new TestInjector.MatchesType(EmbeddedPostgres.class));
  }

  @Override
  public void stop() {
    cluster.close();
  }
}
