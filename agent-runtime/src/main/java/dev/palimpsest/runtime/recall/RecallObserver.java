package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import java.time.Duration;

/** Is told what followers and searches do, on their threads; returns quickly and never throws. */
public interface RecallObserver {
  /** A search was answered. */
  void searched(RecallMode mode, Duration took, boolean isLagging);

  /** So many memories got their vectors. */
  void embedded(TenantId tenant, int memories);

  /** A text for which the model has no vector is passed over; it is found by its words. */
  void passedOver(TenantId tenant, MemoryId memory, int version, RuntimeException cause);

  /** A step of consolidation was done. */
  void consolidated(TenantId tenant, Consolidator.Step step);

  /** A follower could not go on and tries again later. */
  void troubled(String follower, RuntimeException cause);

  /** A follower goes on after trouble. */
  void recovered(String follower);
}
