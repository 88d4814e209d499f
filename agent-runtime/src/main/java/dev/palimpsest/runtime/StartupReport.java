package dev.palimpsest.runtime;

import dev.palimpsest.engine.MemoryPlan;
import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.ModelCard;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SideModels;
import java.util.ArrayList;
import java.util.List;

/** What the service says on standard output when it has started: one block, for a person. */
final class StartupReport {
  private StartupReport() {}

  /**
   * The block.
   *
   * @param recovered turns that were taken up again
   */
  static String of(
      Settings settings,
      ModelPlace place,
      EmbedderSlot.State embedder,
      StoreHealth store,
      int recovered) {
    List<String> lines = new ArrayList<>();
    lines.add(line("address", "http://" + settings.host() + ":" + settings.port()));
    lines.add(line("keys", settings.asksForKeys() ? "asked for" : "not asked for (loopback only)"));
    lines.add(line("model", model(place.slot())));
    place
        .local()
        .ifPresent(model -> {
          lines.add(line("backend", model.backend()));
          lines.add(line("memory", memory(model.plan())));
        });
    SideModels sides = place.sides();
    sides.vectors().ifPresent(model -> lines.add(line("vectors", model.id())));
    sides.ranks().ifPresent(model -> lines.add(line("ranks", model.id())));
    lines.add(line("database", database(settings, store)));
    lines.add(line("index", settings.index().toString()));
    lines.add(line("embedder", embedder(embedder)));
    lines.add(line("turns", recovered + " taken up again"));
    return "Palimpsest" + String.join("", lines);
  }

  private static String line(String name, String text) {
    return String.format("%n  %-9s %s", name, text);
  }

  private static String model(ModelSlot slot) {
    return switch (slot) {
      case ModelSlot.Missing(String reason, boolean isBroken) -> "missing: " + reason;
      case ModelSlot.Loaded loaded -> {
        ModelCard card = loaded.first().card();
        int adapters = loaded.models().size() - 1;
        yield String.format(
            "%s (%s, %s, %,d weights, window %,d tokens)%s",
            card.id(),
            card.architecture(),
            card.quantisation(),
            card.parameters(),
            card.contextTokens(),
            adapters == 0 ? "" : ", " + adapters + " adapters");
      }
    };
  }

  private static String memory(MemoryPlan plan) {
    return String.format(
        "%,d bytes: weights %,d, cache %,d, %sworkspace %,d",
        plan.totalBytes(),
        plan.weightsBytes(),
        plan.cacheBytes(),
        plan.statesBytes() == 0 ? "" : String.format("states %,d, ", plan.statesBytes()),
        plan.workspaceBytes());
  }

  private static String embedder(EmbedderSlot.State state) {
    return switch (state) {
      case EmbedderSlot.State.Loading loading -> "loading, meanwhile memory is searched by words";
      case EmbedderSlot.State.Loaded(Embedder embedder) ->
          embedder.space().id() + " (" + embedder.space().dimensions() + " dimensions)";
      case EmbedderSlot.State.Missing(String reason, boolean isBroken) ->
          "missing: " + reason + "; memory is searched by words alone";
    };
  }

  private static String database(Settings settings, StoreHealth store) {
    return switch (store) {
      case StoreHealth.Up(String schema, String server) ->
          settings.database().url() + " (PostgreSQL " + server + ", schema " + schema + ")";
      case StoreHealth.Down(List<String> reasons) ->
          settings.database().url() + " is not available yet: " + String.join("; ", reasons);
    };
  }
}
