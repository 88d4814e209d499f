package dev.palimpsest.memory;

import static dev.palimpsest.memory.TokenVectors.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.MemoryVectors.Near;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link MemoryVectors} does. */
public abstract class MemoryVectorsContract extends RandomHistory {
  /** The space most tests use; of as many dimensions as the bundled model's. */
  protected static final EmbeddingSpace SPACE = new EmbeddingSpace("test-space.1", 384);

  private static final EmbeddingSpace SMALL = new EmbeddingSpace("small", 3);

  /** How far a cosine may be off where vectors are kept in half precision. */
  private static final double TOLERANCE = 2e-3;

  /** For subclasses. */
  protected MemoryVectorsContract() {}

  @Test
  void nearestComeFirstEachMemoryOnceWithItsNearestPart() {
    MemoryId far = remembered("far").id();
    MemoryId near = remembered("near").id();
    MemoryId opposite = remembered("opposite").id();
    put(far, List.of(vector(0, 1, 0), vector(1, 1, 0), vector(-1, 0, 0)));
    put(near, List.of(vector(1, 0.1, 0), vector(1, 0.2, 0)));
    put(opposite, List.of(vector(-1, 0, 0)));
    List<Near> found = nearest(SMALL, vector(1, 0, 0), 10);
    assertEquals(List.of(near, far, opposite), found.stream().map(Near::id).toList());
    assertEquals(0.995, found.get(0).cosine(), TOLERANCE);
    assertEquals(0.707, found.get(1).cosine(), TOLERANCE);
    assertEquals(-1, found.get(2).cosine(), TOLERANCE);
    assertEquals(1, found.get(0).version());
    assertEquals(found.subList(0, 2), nearest(SMALL, vector(1, 0, 0), 2));
  }

  @Test
  void spacesAndTenantsDoNotMeet() {
    MemoryId id = remembered("x").id();
    put(id, List.of(vector(1, 0, 0)));
    assertEquals(List.of(), nearest(new EmbeddingSpace("other", 3), vector(1, 0, 0), 10));
    assertEquals(
        List.of(),
        vectors.nearest(freshTenant(), SMALL, vector(1, 0, 0), MemoryFilter.of(Scope.NONE), 10));
    vectors.put(freshTenant(), SMALL, List.of(of(id, 1, vector(0, 1, 0))), 0, 1);
    assertEquals(1, nearest(SMALL, vector(1, 0, 0), 10).getFirst().cosine(), TOLERANCE);
    assertThrows(IllegalArgumentException.class, () -> put(id, List.of(vector(1, 0))));
    assertThrows(IllegalArgumentException.class, () -> nearest(SMALL, vector(1, 0), 1));
    for (int bad : new int[] {0, Page.LIMIT_MAX + 1}) {
      assertThrows(IllegalArgumentException.class, () -> nearest(SMALL, vector(1, 0, 0), bad));
    }
  }

  @Test
  void checkpointMovesWithTheVectorsAndNeverBack() {
    assertEquals(0, vectors.checkpoint(tenant, SMALL));
    MemoryId id = remembered("x").id();
    vectors.put(tenant, SMALL, List.of(of(id, 1, vector(1, 0, 0))), 0, 7);
    assertEquals(7, vectors.checkpoint(tenant, SMALL));
    vectors.put(tenant, SMALL, List.of(), 7, 9);
    vectors.put(tenant, SMALL, List.of(), 7, 8);
    assertEquals(9, vectors.checkpoint(tenant, SMALL));
    assertEquals(0, vectors.checkpoint(tenant, SPACE));
    assertEquals(0, vectors.checkpoint(freshTenant(), SMALL));
  }

  @Test
  void putAgainReplacesWhatTheVersionHad() {
    MemoryId id = remembered("x").id();
    put(id, List.of(vector(1, 0, 0), vector(0, 1, 0)));
    put(id, List.of(vector(0, 0, 1)));
    put(id, List.of(vector(0, 0, 1)));
    assertEquals(1, nearest(SMALL, vector(0, 0, 1), 10).size());
    assertEquals(0, nearest(SMALL, vector(1, 0, 0), 10).getFirst().cosine(), TOLERANCE);
  }

  @Test
  void versionsComeAsTheFilterHasThem() {
    MemoryId id = added(said("one", "id")).id();
    Instant before = now();
    clock.advance(MINUTE);
    added(said("two", "id"));
    vectors.put(
        tenant, SMALL, List.of(of(id, 1, vector(1, 0, 0)), of(id, 2, vector(0, 1, 0))), 0, 2);
    Near newest = nearest(SMALL, vector(1, 0, 0), 10).getFirst();
    assertEquals(2, newest.version());
    assertEquals(0, newest.cosine(), TOLERANCE);
    Near then = vectors.nearest(tenant, SMALL, vector(1, 0, 0), asOf(before), 10).getFirst();
    assertEquals(1, then.version());
    assertEquals(1, then.cosine(), TOLERANCE);
  }

  @Test
  void erasedMemoryIsPassedOverAndTakesItsVectorsAlong() {
    MemoryId gone = remembered("gone").id();
    MemoryId kept = remembered("kept").id();
    put(gone, List.of(vector(1, 0, 0)));
    assertTrue(memories.erase(tenant, gone).isPresent());
    vectors.put(
        tenant,
        SMALL,
        List.of(
            of(gone, 1, vector(1, 0, 0)),
            of(kept, 1, vector(1, 0, 0)),
            of(kept, 2, vector(1, 0, 0))),
        0,
        5);
    assertEquals(List.of(kept), nearest(SMALL, vector(1, 0, 0), 9).stream().map(Near::id).toList());
    assertEquals(5, vectors.checkpoint(tenant, SMALL));
  }

  @Test
  void tokensOfAllPartsComeTogetherForTheVersionThatIsAskedFor() {
    MemoryId id = remembered("x").id();
    MemoryId bare = remembered("y").id();
    EmbeddingSpace space = new EmbeddingSpace("even", 4);
    Embedding whole = vector(1, 0, 0, 0);
    TokenVectors first = TokenVectors.of(List.of(whole, vector(0, 1, 0.5, 0)));
    TokenVectors last = TokenVectors.of(List.of(vector(0, 0, 0, -1)));
    VersionVectors put =
        new VersionVectors(id, 1, List.of(whole, whole, whole), List.of(first, NONE, last));
    vectors.put(tenant, space, List.of(put, new VersionVectors(bare, 1, List.of(whole))), 0, 2);
    assertEquals(
        Map.of(id, first.and(last)), vectors.tokens(tenant, space, Map.of(id, 1, bare, 1)));
    assertEquals(Map.of(), vectors.tokens(tenant, space, Map.of(id, 2)));
    assertEquals(Map.of(), vectors.tokens(tenant, space, Map.of()));
    assertEquals(Map.of(), vectors.tokens(freshTenant(), space, Map.of(id, 1)));
    assertTrue(memories.erase(tenant, id).isPresent());
    assertEquals(Map.of(), vectors.tokens(tenant, space, Map.of(id, 1)));
  }

  @Test
  void nearestAreTheNearestOfThoseTheFilterAdmits() {
    Random random = new Random(seed("nearestAreTheNearestOfThoseTheFilterAdmits"));
    List<Instant> times = write(random);
    RandomMemories source = new RandomMemories(random);
    List<Memory> all = allVersions();
    Map<Memory, List<Embedding>> parts = new HashMap<>();
    List<VersionVectors> put = new ArrayList<>();
    for (Memory memory : all) {
      List<Embedding> embeddings = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        embeddings.add(source.embedding(SPACE.dimensions()));
      }
      parts.put(memory, embeddings);
      put.add(new VersionVectors(memory.id(), memory.version(), embeddings));
    }
    vectors.put(tenant, SPACE, put, 0, memories.lastChange(tenant));
    int shown = 0;
    for (int i = 0; i < 60; i++) {
      MemoryFilter filter = source.filter(times.get(random.nextInt(times.size())));
      Embedding query = source.embedding(SPACE.dimensions());
      int limit = 1 + random.nextInt(20);
      List<Near> expected = bruteForce(all, parts, query, filter, limit);
      List<Near> found = vectors.nearest(tenant, SPACE, query, filter, limit);
      same(all, parts, query, filter, expected, found);
      shown += found.size();
    }
    assertTrue(shown > 100, "filters that admit nothing prove nothing: " + shown);
  }

  /** Half precision may swap neighbours, but not what is admitted, how many, and how near. */
  private static void same(
      List<Memory> all,
      Map<Memory, List<Embedding>> parts,
      Embedding query,
      MemoryFilter filter,
      List<Near> expected,
      List<Near> found) {
    assertEquals(expected.size(), found.size(), filter.toString());
    assertEquals(found.size(), found.stream().map(Near::id).distinct().count());
    for (int i = 0; i < found.size(); i++) {
      Near near = found.get(i);
      assertEquals(expected.get(i).cosine(), near.cosine(), TOLERANCE, filter.toString());
      Memory memory =
          all.stream()
              .filter(m -> m.id().equals(near.id()) && m.version() == near.version())
              .findFirst()
              .orElseThrow();
      assertTrue(filter.admits(memory), filter + " does not admit " + memory);
      assertEquals(best(parts.getOrDefault(memory, List.of()), query), near.cosine(), TOLERANCE);
    }
  }

  private static List<Near> bruteForce(
      List<Memory> all,
      Map<Memory, List<Embedding>> parts,
      Embedding query,
      MemoryFilter filter,
      int limit) {
    return all.stream()
        .filter(filter::admits)
        .map(m -> new Near(m.id(), m.version(), best(parts.getOrDefault(m, List.of()), query)))
        .sorted(Comparator.comparingDouble(Near::cosine).reversed())
        .limit(limit)
        .toList();
  }

  private static double best(List<Embedding> parts, Embedding query) {
    return parts.stream().mapToDouble(query::cosine).max().orElseThrow();
  }

  private void put(MemoryId id, List<Embedding> parts) {
    vectors.put(tenant, SMALL, List.of(new VersionVectors(id, 1, parts)), 0, 1);
  }

  private List<Near> nearest(EmbeddingSpace space, Embedding query, int limit) {
    return vectors.nearest(tenant, space, query, MemoryFilter.of(Scope.NONE), limit);
  }

  private static VersionVectors of(MemoryId id, int version, Embedding part) {
    return new VersionVectors(id, version, List.of(part));
  }

  private static MemoryFilter asOf(Instant moment) {
    return new MemoryFilter(Scope.NONE, Set.of(), null, null, null, null, null, null, moment, null);
  }

  private static Embedding vector(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return Embedding.normalised(floats);
  }
}
