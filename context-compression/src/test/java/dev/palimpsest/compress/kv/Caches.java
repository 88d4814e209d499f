package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Queries;
import dev.palimpsest.compress.SpanCompaction;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Caches of random keys in clusters, and queries that look for clusters; some heads have more of
 * them than others.
 */
final class Caches implements SpanCompaction.Source {
  static final int TOKENS = 320;
  static final int DIM = 16;
  static final int LAYERS = 2;
  static final int HEADS = 3;
  static final KvLayout LAYOUT = new KvLayout(LAYERS, new Heads(2 * HEADS, HEADS, DIM));
  private static final int QUERY_TOKENS = 160;

  private final RandomGenerator random;
  private final List<HeadKeys> exact = new ArrayList<>();
  private final List<Queries> queries = new ArrayList<>();

  Caches(RandomGenerator random) {
    this.random = random;
    for (int head = 0; head < LAYERS * HEADS; head++) {
      add(6 + 10 * head);
    }
  }

  private void add(int clusters) {
    float[][] centres = new float[clusters][];
    for (int c = 0; c < clusters; c++) {
      centres[c] = vector(2.2);
    }
    float[] keys = new float[TOKENS * DIM];
    float[] values = new float[TOKENS * DIM];
    int[] positions = new int[TOKENS];
    for (int j = 0; j < TOKENS; j++) {
      put(keys, j, centres[j % clusters], 0.5);
      put(values, j, vector(1), 0);
      positions[j] = j;
    }
    exact.add(new HeadKeys(DIM, keys, values, new float[TOKENS], positions));
    float[] rows = new float[2 * QUERY_TOKENS * DIM];
    int[] at = new int[2 * QUERY_TOKENS];
    for (int i = 0; i < at.length; i++) {
      put(rows, i, centres[random.nextInt(clusters)], 0.6);
      at[i] = TOKENS + i / 2;
    }
    queries.add(new Queries(DIM, rows, at));
  }

  private float[] vector(double size) {
    float[] vector = new float[DIM];
    for (int d = 0; d < DIM; d++) {
      vector[d] = (float) (size * random.nextGaussian() / Math.sqrt(Math.sqrt(DIM)));
    }
    return vector;
  }

  private void put(float[] to, int row, float[] centre, double noise) {
    for (int d = 0; d < DIM; d++) {
      to[row * DIM + d] = (float) (centre[d] + noise * random.nextGaussian());
    }
  }

  @Override
  public HeadKeys exact(int layer, int head) {
    return exact.get(layer * HEADS + head);
  }

  @Override
  public Queries queries(int layer, int head) {
    return queries.get(layer * HEADS + head);
  }
}
