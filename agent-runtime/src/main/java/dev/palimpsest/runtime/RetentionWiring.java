package dev.palimpsest.runtime;

import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.memory.retention.ArchiveFolder;
import dev.palimpsest.memory.retention.Retainer;
import dev.palimpsest.memory.retention.Retention;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.ops.RecallMetrics;
import dev.palimpsest.runtime.proof.Erasures;
import dev.palimpsest.runtime.proof.RetentionWorker;
import dev.palimpsest.runtime.turn.Node;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes what keeps memories for a time; {@link Wiring} makes everything else. */
@Singleton
final class RetentionWiring {
  @Produces
  @Singleton
  static Retention retention(PostgresMemory memory) {
    return memory.retention();
  }

  @Produces
  @Singleton
  static Retainer retainer(Settings settings, Retention retention, Erasures receipts, Node node) {
    return new Retainer(retention, new ArchiveFolder(settings.data()), receipts, node.clock());
  }

  @Produces
  @Singleton
  static RetentionWorker retentionWorker(
      StoreLink store, Retainer retainer, Node node, RecallMetrics observer) {
    return new RetentionWorker(store, retainer, node.clock(), observer);
  }
}
