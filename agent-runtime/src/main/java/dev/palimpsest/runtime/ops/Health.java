package dev.palimpsest.runtime.ops;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.TextModel;
import dev.palimpsest.runtime.recall.Followers;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * What {@code /q/health} answers. Live: the process answers. Ready: the database serves, and the
 * engine works if there is one; no model at all is no reason to be not ready, and is named.
 */
@Singleton
final class Health {
  private final StoreWatch store;
  private final ModelSlot models;
  private final EmbedderSlot embedders;
  private final Followers followers;

  Health(StoreWatch store, ModelSlot models, EmbedderSlot embedders, Followers followers) {
    this.store = store;
    this.models = models;
    this.embedders = embedders;
    this.followers = followers;
  }

  @Produces
  @Singleton
  @Liveness
  HealthCheck process() {
    return () -> HealthCheckResponse.up("process");
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck database() {
    return () ->
        switch (store.health()) {
          case StoreHealth.Up(String schema, String server) ->
              HealthCheckResponse.named("database")
                  .up()
                  .withData("schema", schema)
                  .withData("server", server)
                  .build();
          case StoreHealth.Down(List<String> reasons) ->
              HealthCheckResponse.named("database")
                  .down()
                  .withData("reason", String.join("; ", reasons))
                  .build();
        };
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck model() {
    return () ->
        switch (models) {
          case ModelSlot.Loaded loaded ->
              HealthCheckResponse.named("model")
                  .up()
                  .withData("model", loaded.first().card().id())
                  .build();
          case ModelSlot.Missing(String reason, boolean isBroken) ->
              HealthCheckResponse.named("model")
                  .status(!isBroken)
                  .withData("model", "missing")
                  .withData("reason", reason)
                  .build();
        };
  }

  /** Without an embedder memory is searched by words, which is no reason to be not ready. */
  @Produces
  @Singleton
  @Readiness
  HealthCheck embedding() {
    return () ->
        switch (embedders.state()) {
          case EmbedderSlot.State.Loaded(Embedder embedder) ->
              HealthCheckResponse.named("embedding")
                  .up()
                  .withData("embedding", embedder.space().id())
                  .build();
          case EmbedderSlot.State.Loading loading ->
              HealthCheckResponse.named("embedding").up().withData("embedding", "loading").build();
          case EmbedderSlot.State.Missing(String reason, boolean isBroken) ->
              HealthCheckResponse.named("embedding")
                  .up()
                  .withData("embedding", "missing")
                  .withData("reason", reason)
                  .build();
        };
  }

  /** Who follows the store has trouble of its own only where something must be mended. */
  @Produces
  @Singleton
  @Readiness
  HealthCheck recall() {
    return () -> {
      List<String> reasons = followers.troubles();
      var answer =
          HealthCheckResponse.named("recall")
              .status(reasons.isEmpty())
              .withData("words_lag", followers.following().wordsLag())
              .withData("meaning_lag", followers.following().meaningLag());
      return reasons.isEmpty()
          ? answer.build()
          : answer.withData("reason", String.join("; ", reasons)).build();
    };
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck engine() {
    return () -> {
      Optional<String> failure = models.find(null).flatMap(TextModel::failure);
      var answer = HealthCheckResponse.named("engine").status(failure.isEmpty());
      failure.ifPresent(reason -> answer.withData("reason", reason));
      return answer.build();
    };
  }
}
