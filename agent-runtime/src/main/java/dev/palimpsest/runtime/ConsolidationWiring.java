package dev.palimpsest.runtime;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.retrieval.consolidation.ConsolidationLimits;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.importing.Imports;
import dev.palimpsest.runtime.ops.RecallMetrics;
import dev.palimpsest.runtime.recall.ConsolidationWorker;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.recall.Idleness;
import dev.palimpsest.runtime.turn.Node;
import dev.palimpsest.runtime.turn.TurnRunner;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes what works while the service is idle; {@link Wiring} makes everything else. */
@Singleton
final class ConsolidationWiring {
  @Produces
  @Singleton
  static Consolidation consolidation(PostgresMemory memory) {
    return memory.consolidation();
  }

  @Produces
  @Singleton
  static Entities entities(PostgresMemory memory) {
    return memory.entities();
  }

  @Produces
  @Singleton
  static Consolidator consolidator(Settings settings, PostgresMemory memory, Node node) {
    return new Consolidator(
        memory.memories(),
        memory.vectors(),
        memory.consolidation(),
        ConsolidationLimits.USUAL.withMemoriesPerDay(settings.consolidatedPerDay()),
        node.clock());
  }

  @Produces
  @Singleton
  static Idleness idleness(TurnRunner turns, Imports imports, Following following, Node node) {
    return new Idleness(following, () -> turns.running() > 0 || imports.atWork() > 0, node.clock());
  }

  @Produces
  @Singleton
  static ConsolidationWorker consolidationWorker(
      StoreLink store,
      Consolidator consolidator,
      EmbedderSlot embedders,
      Idleness idleness,
      RecallMetrics observer) {
    return new ConsolidationWorker(store, consolidator, embedders, idleness, observer);
  }
}
