package dev.palimpsest.runtime.recall;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import java.time.Duration;
import java.util.List;

/** Writes down what followers tell. */
record Listening(List<String> told) implements RecallObserver {
  @Override
  public void searched(RecallMode mode, Duration took, boolean isLagging) {
    told.add("searched");
  }

  @Override
  public void embedded(TenantId tenant, int memories) {
    assertTrue(memories >= 0);
  }

  @Override
  public void passedOver(TenantId tenant, MemoryId id, int version, RuntimeException cause) {
    told.add("passed over " + id);
  }

  @Override
  public void consolidated(TenantId tenant, Consolidator.Step step) {
    told.add("consolidated");
  }

  @Override
  public void troubled(String follower, RuntimeException cause) {
    told.add("troubled " + follower);
  }

  @Override
  public void recovered(String follower) {
    told.add("recovered " + follower);
  }
}
