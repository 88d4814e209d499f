package dev.palimpsest.runtime;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.InProcessEmbedder;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SessionSnapshots;
import dev.palimpsest.runtime.bridge.TextModel;
import dev.palimpsest.runtime.guard.Door;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.importing.Imports;
import dev.palimpsest.runtime.ops.StoreWatch;
import dev.palimpsest.runtime.proof.RetentionWorker;
import dev.palimpsest.runtime.recall.ConsolidationWorker;
import dev.palimpsest.runtime.recall.Followers;
import dev.palimpsest.runtime.socket.SessionSocket;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.TurnRunner;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** The life of the process: what happens when it starts, at its edges, and when it stops. */
@Singleton
final class Service {
  private static final Logger LOG = Logger.getLogger(Service.class);
  private static final Duration FIRST_LOOK = Duration.ofSeconds(4);

  /** Loading takes a second or two; whoever has a large file for it is served meanwhile. */
  private static final Duration EMBEDDERS = Duration.ofSeconds(5);

  /** Before all filters of the framework. */
  private static final int FIRST = 10_000;

  private static final Map<Integer, ProblemKind> EDGES =
      Map.of(
          400, ProblemKind.BAD_HTTP,
          404, ProblemKind.NOT_FOUND,
          405, ProblemKind.METHOD_NOT_ALLOWED,
          406, ProblemKind.NOT_ACCEPTABLE,
          413, ProblemKind.TOO_LARGE,
          415, ProblemKind.UNSUPPORTED_MEDIA_TYPE,
          500, ProblemKind.INTERNAL);

  private final Settings settings;
  private final ModelPlace model;
  private final StoreWatch store;
  private final TurnRunner turns;
  private final Embedders embedders;
  private final Followers followers;

  Service(
      Settings settings,
      ModelPlace model,
      StoreWatch store,
      TurnRunner turns,
      Embedders embedders,
      Followers followers) {
    this.settings = settings;
    this.model = model;
    this.store = store;
    this.turns = turns;
    this.embedders = embedders;
    this.followers = followers;
  }

  void guard(@Observes Filters filters, Door door) {
    filters.register(door::meet, FIRST);
  }

  /** What no resource answers is answered here. */
  void edges(@Observes Router router, Door door) {
    EDGES.forEach((status, kind) ->
        router.errorHandler(
            status, context -> door.refuse(context, Problem.of(kind, edge(status)))));
  }

  void measure(
      @Observes StartupEvent start,
      MeterRegistry meters,
      SessionSocket sockets,
      Feeds feeds,
      Imports imports,
      SessionSnapshots snapshots) {
    meters.gauge("palimpsest.snapshots.files", snapshots, SessionSnapshots::files);
    meters.gauge("palimpsest.snapshots.stored.bytes", snapshots, SessionSnapshots::bytes);
    meters.gauge("palimpsest.sockets.open", sockets, SessionSocket::open);
    meters.gauge("palimpsest.readers", feeds, Feeds::readers);
    meters.gauge("palimpsest.imports.running", imports, Imports::atWork);
    meters.gauge("palimpsest.turns.running", turns, TurnRunner::running);
    model
        .local()
        .ifPresent(local -> {
          meters.gauge("palimpsest.engine.queue", local, l -> l.stats().queued());
          meters.gauge("palimpsest.engine.running", local, l -> l.stats().running());
          meters.gauge("palimpsest.engine.preemptions", local, l -> l.stats().preemptions());
          meters.gauge("palimpsest.engine.pages.free", local, l -> l.stats().pagesFree());
          meters.gauge("palimpsest.engine.pages.idle", local, l -> l.stats().pagesIdle());
          meters.gauge(
              "palimpsest.engine.tokens.recomputed", local, l -> l.stats().recomputedTokens());
          meters.gauge("palimpsest.engine.tokens.drafted", local, l -> l.stats().draftedTokens());
          meters.gauge("palimpsest.engine.tokens.accepted", local, l -> l.stats().acceptedTokens());
        });
  }

  void start(
      @Observes StartupEvent start,
      Imports imports,
      ConsolidationWorker consolidation,
      RetentionWorker retention) {
    readFingerprint(model.slot());
    await(loadEmbedders());
    store.start();
    store.awaitFirstLook(FIRST_LOOK);
    followers.start();
    imports.start();
    if (settings.consolidatedPerDay() > 0) {
      consolidation.start();
    }
    retention.start();
    System.out.println(
        StartupReport.of(
            settings, model, embedders.standard().state(), store.health(), store.recovered()));
  }

  /** Turns that run stay open in the log; the next start goes on with them. */
  void stop(
      @Observes ShutdownEvent stop,
      Imports imports,
      ConsolidationWorker consolidation,
      RetentionWorker retention) {
    LOG.infof("service=stopping turns_running=%d", turns.running());
    retention.close();
    consolidation.close();
    store.close();
    imports.close();
    followers.close();
    turns.close();
  }

  /** Turns that are taken up again are to search by meaning too, where that comes soon. */
  private static void await(Thread loading) {
    try {
      if (!loading.join(EMBEDDERS)) {
        LOG.infof("embedder=loading waited_ms=%d", EMBEDDERS.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** On a thread that says when they have come or why they do not. */
  private Thread loadEmbedders() {
    return Thread.ofPlatform()
        .name("embedder")
        .daemon()
        .start(() -> {
          load(embedders.standard(), () -> InProcessEmbedder.open(settings.nativeLibraries()));
          if (model.sides().vectors().isPresent()) {
            load(embedders.file(), () -> model.sides().embedder().orElseThrow());
          }
        });
  }

  private void load(EmbedderSlot slot, Supplier<Embedder> opener) {
    EmbedderSlot.State state = slot.load(opener);
    followers.following().wake();
    log(state);
  }

  private static void log(EmbedderSlot.State state) {
    switch (state) {
      case EmbedderSlot.State.Loaded(Embedder embedder) ->
          LOG.infof("embedder=%s state=loaded", embedder.space().id());
      case EmbedderSlot.State.Missing(String reason, boolean isBroken) ->
          LOG.logf(
              isBroken ? Logger.Level.WARN : Logger.Level.INFO,
              "embedder=missing reason=%s",
              reason);
      case EmbedderSlot.State.Loading loading ->
          throw new IllegalStateException("loading was waited for");
    }
  }

  /** The first turn should not wait for a large file to be read. */
  private static void readFingerprint(ModelSlot slot) {
    slot.find(null)
        .ifPresent(
            model -> Thread.ofPlatform().name("fingerprint").daemon().start(() -> log(model)));
  }

  private static void log(TextModel model) {
    LOG.infof("model=%s sha256=%s", model.card().id(), model.fingerprint());
  }

  private static String edge(int status) {
    return switch (status) {
      case 404 -> "There is nothing at this address.";
      case 405 -> "This address is there for other methods.";
      case 413 -> "The request is larger than allowed.";
      case 500 -> "The service's log says what.";
      default -> "The request cannot be read.";
    };
  }
}
