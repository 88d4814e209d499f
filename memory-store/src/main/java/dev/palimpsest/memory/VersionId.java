package dev.palimpsest.memory;

import java.util.Comparator;

/**
 * Names one version of a memory; it never says anything else.
 *
 * @param version from 1
 */
public record VersionId(MemoryId id, int version) implements Comparable<VersionId> {
  private static final Comparator<VersionId> ORDER =
      Comparator.comparing((VersionId one) -> one.id.value()).thenComparingInt(VersionId::version);

  /** Refuses a version below 1. */
  public VersionId {
    if (version < 1) {
      throw new IllegalArgumentException("version is " + version + "; from 1");
    }
  }

  @Override
  public int compareTo(VersionId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return id + "/" + version;
  }
}
