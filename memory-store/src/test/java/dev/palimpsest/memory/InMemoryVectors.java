package dev.palimpsest.memory;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Vectors in a map, searched one by one; the reference for what {@link MemoryVectors} means. */
public final class InMemoryVectors implements MemoryVectors {
  private record Place(TenantId tenant, EmbeddingSpace space) {}

  private record Version(MemoryId id, int version) {}

  private final Map<Place, Long> checkpoints = new HashMap<>();
  private final Map<Place, Map<Version, VersionVectors>> vectors = new HashMap<>();
  private final InMemoryMemory.Guard guard;
  private final InMemoryMemoryStore memories;
  private final InMemorySpaces spaces;

  InMemoryVectors(InMemoryMemory.Guard guard, InMemoryMemoryStore memories, InMemorySpaces spaces) {
    this.guard = guard;
    this.memories = memories;
    this.spaces = spaces;
    spaces.keep(this);
  }

  /** Removes the vectors of the first memories above {@code after}; the last of a full share. */
  Optional<MemoryId> remove(
      TenantId tenant, EmbeddingSpace space, @Nullable MemoryId after, int most) {
    Place place = new Place(tenant, space);
    List<MemoryId> share =
        of(place).keySet().stream()
            .map(Version::id)
            .filter(id -> after == null || id.value().compareTo(after.value()) > 0)
            .distinct()
            .sorted(Comparator.comparing(MemoryId::value))
            .limit(most)
            .toList();
    of(place).keySet().removeIf(version -> share.contains(version.id()));
    if (share.size() < most) {
      checkpoints.remove(place);
      return Optional.empty();
    }
    return Optional.of(share.getLast());
  }

  @Override
  public long checkpoint(TenantId tenant, EmbeddingSpace space) {
    return guard.inTransaction(
        "read checkpoint", () -> checkpoints.getOrDefault(new Place(tenant, space), 0L));
  }

  @Override
  public void put(
      TenantId tenant,
      EmbeddingSpace space,
      List<VersionVectors> put,
      long after,
      long checkpoint) {
    put.stream().flatMap(v -> v.parts().stream()).forEach(part -> requireOf(space, part));
    Place place = new Place(tenant, space);
    guard.inTransaction(
        "put vectors",
        () -> {
          long reached = checkpoints.getOrDefault(place, 0L);
          if (!spaces.isLive(tenant, space) || reached < after) {
            return reached;
          }
          for (VersionVectors version : put) {
            if (memories.version(tenant, version.id(), version.version()).isPresent()) {
              of(place).put(new Version(version.id(), version.version()), version);
            }
          }
          return checkpoints.merge(place, checkpoint, Math::max);
        });
  }

  @Override
  public List<Near> nearest(
      TenantId tenant, EmbeddingSpace space, Embedding query, MemoryFilter filter, int limit) {
    Page.requireLimit(limit);
    requireOf(space, query);
    return guard.inTransaction(
        "find nearest",
        () ->
            of(new Place(tenant, space)).entrySet().stream()
                .filter(entry -> memory(tenant, entry.getKey()).filter(filter::admits).isPresent())
                .map(entry -> near(entry.getKey(), entry.getValue().parts(), query))
                .sorted(
                    Comparator.comparingDouble(Near::cosine)
                        .reversed()
                        .thenComparing(near -> near.id().value()))
                .limit(limit)
                .toList());
  }

  @Override
  public Map<MemoryId, TokenVectors> tokens(
      TenantId tenant, EmbeddingSpace space, Map<MemoryId, Integer> wanted) {
    return guard.inTransaction(
        "read tokens",
        () -> {
          Map<MemoryId, TokenVectors> found = new HashMap<>();
          wanted.forEach((id, version) -> {
            Version one = new Version(id, version);
            VersionVectors kept = of(new Place(tenant, space)).get(one);
            if (kept != null && memory(tenant, one).isPresent()) {
              kept.tokens().stream()
                  .filter(tokens -> tokens.count() > 0)
                  .reduce(TokenVectors::and)
                  .ifPresent(tokens -> found.put(id, tokens));
            }
          });
          return found;
        });
  }

  /** An erased memory has no version any more, so its vectors are never met again. */
  private Optional<Memory> memory(TenantId tenant, Version version) {
    return memories.version(tenant, version.id, version.version);
  }

  private static Near near(Version version, List<Embedding> parts, Embedding query) {
    double best = parts.stream().mapToDouble(query::cosine).max().orElseThrow();
    return new Near(version.id, version.version, best);
  }

  private Map<Version, VersionVectors> of(Place place) {
    return vectors.computeIfAbsent(place, p -> new HashMap<>());
  }

  private static void requireOf(EmbeddingSpace space, Embedding embedding) {
    if (embedding.dimensions() != space.dimensions()) {
      throw new IllegalArgumentException(
          space + " does not hold vectors of " + embedding.dimensions());
    }
  }
}
