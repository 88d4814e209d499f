package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Attended;
import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.compress.Top;
import dev.palimpsest.compress.algebra.LeastSquares;
import dev.palimpsest.compress.algebra.Products;
import dev.palimpsest.engine.kv.HeadKeys;
import java.util.Arrays;

/**
 * Fewer keys that answer like all of them (Attention Matching: Zweiger, Fu, Guo, Kim, arXiv
 * 2602.16284). With the exact keys k, values v and reference queries q of a head, keys c out of k,
 * biases β and new values w are sought such that
 *
 * <pre>
 * (1)  softmax(q·c + β)·w ≈ softmax(q·k)·v          the output
 * (2)  Σ exp(q·c + β)     ≈ Σ exp(q·k)              the mass
 * </pre>
 *
 * for the queries; both together let the short stretch stand for the long one beside any other
 * keys, because attention over two stretches is the mean of their outputs weighted by their masses.
 * First the keys are chosen, then e^β by least squares on (2) within bounds, then the values by
 * least squares on (1). Differences to the paper: (2) is divided by the exact mass, so that every
 * query counts alike; both fits are drawn a little towards what eviction would keep (e^β = 1, w =
 * v), which holds where queries say nothing; the sinks stay exact, and the others fit what is
 * missing.
 *
 * @param selection how keys are chosen
 * @param biases what is fitted of β
 * @param biasRidge how strongly e^β is held to 1, relative to how strongly the chosen keys are
 *     attended on average; above 0
 * @param valueRidge how strongly the values are held to those of the chosen keys, relative to how
 *     strongly these are attended; above 0, infinite where they stay as they are
 */
public record AttentionMatching(
    Selection selection, Biases biases, double biasRidge, double valueRidge) implements Compactor {

  /** How keys are chosen. */
  public enum Selection {
    /** The most strongly attended ones, see {@link Attended#strengths}. */
    STRONGEST,
    /** Those that some query attends to most, see {@link Attended#peaks}. */
    PEAK,
    /** Those that together explain the mass of all queries, see {@link Pursuit}. */
    PURSUIT
  }

  /** What is fitted of the biases. */
  public enum Biases {
    /** Nothing: all are 0, and the short stretch is attended too little. */
    NONE,
    /** One number for all chosen keys of a head. */
    SHARED,
    /** One for each. */
    EACH
  }

  /** e^β of a chosen key stays between these; the pursuit picks keys that count for many. */
  private static final double STRONGEST_BOUND = Math.exp(3);

  private static final double PURSUIT_LEAST = 1e-12;
  private static final double PURSUIT_MOST = Math.exp(7);

  /** As a tenth of how strongly keys are attended: queries to come are not those of the fit. */
  public static final double BIAS_RIDGE = 0.1;

  /** As strongly as keys are attended, for the same reason. */
  public static final double VALUE_RIDGE = 1;

  /** Beyond so many keys the pursuit takes several at a time. */
  private static final int PURSUIT_SINGLE = 300;

  private static final int PURSUIT_STEP = 4;

  /** Checks the ridges. */
  public AttentionMatching {
    if (!(biasRidge > 0 && valueRidge > 0)) {
      throw new IllegalArgumentException(
          "ridges are above 0, not " + biasRidge + " and " + valueRidge);
    }
  }

  /** With biases for each key and fitted values. */
  public AttentionMatching(Selection selection) {
    this(selection, Biases.EACH, BIAS_RIDGE, VALUE_RIDGE);
  }

  @Override
  public String name() {
    String kind =
        switch (selection) {
          case STRONGEST -> "matching";
          case PEAK -> "matching-peak";
          case PURSUIT -> "matching-omp";
        };
    String bias =
        switch (biases) {
          case EACH -> "";
          case SHARED -> ", shared bias";
          case NONE -> ", no bias";
        };
    return kind + bias + (Double.isInfinite(valueRidge) ? ", own values" : "");
  }

  @Override
  public HeadKeys compact(HeadCase head, int keys) {
    HeadKeys exact = head.exact();
    if (keys >= exact.count()) {
      return exact;
    }
    int sinks = head.sinks();
    int[] places =
        switch (selection) {
          case STRONGEST -> Top.of(head.attended().strengths(), sinks, keys);
          case PEAK -> Top.of(head.attended().peaks(), sinks, keys);
          case PURSUIT -> {
            int step = keys > PURSUIT_SINGLE ? PURSUIT_STEP : 1;
            yield Pursuit.select(head.attended(), sinks, keys, step);
          }
        };
    HeadKeys picked = exact.pick(places);
    if (keys == sinks || head.queries().count() == 0) {
      return picked;
    }
    float[] columns = columns(head.attended(), places);
    float[] factors = factors(head.attended(), columns, keys, sinks);
    float[] values =
        Double.isInfinite(valueRidge)
            ? picked.values()
            : values(head.attended(), columns, factors, picked, sinks);
    float[] logs = new float[keys];
    for (int j = sinks; j < keys; j++) {
      logs[j] = (float) Math.log(factors[j]);
    }
    return new HeadKeys(exact.dim(), picked.keys(), values, logs, picked.positions());
  }

  /** The exact weights of the chosen keys, {@code [queries, chosen]}. */
  private static float[] columns(Attended attended, int[] places) {
    float[] columns = new float[attended.count() * places.length];
    for (int i = 0; i < attended.count(); i++) {
      for (int j = 0; j < places.length; j++) {
        columns[i * places.length + j] = attended.weights()[i * attended.keys() + places[j]];
      }
    }
    return columns;
  }

  /** e^β of each chosen key by (2): the sinks' is 1. */
  private float[] factors(Attended attended, float[] columns, int keys, int sinks) {
    float[] factors = new float[keys];
    Arrays.fill(factors, 1f);
    int free = keys - sinks;
    int count = attended.count();
    float[] weights = part(columns, count, keys, sinks);
    float[] missing = new float[count];
    for (int i = 0; i < count; i++) {
      missing[i] = Double.isInfinite(attended.logMass(i)) ? 0 : 1;
      for (int j = 0; j < sinks; j++) {
        missing[i] -= columns[i * keys + j];
      }
    }
    switch (biases) {
      case NONE -> {}
      case SHARED -> {
        float[] sums = new float[count];
        for (int i = 0; i < weights.length; i++) {
          sums[i / free] += weights[i];
        }
        double factor = dot(sums, missing) / Math.max(Float.MIN_NORMAL, dot(sums, sums));
        float bounded = (float) Math.clamp(factor, 1 / PURSUIT_MOST, PURSUIT_MOST);
        Arrays.fill(factors, sinks, keys, bounded);
      }
      case EACH -> {
        float[] gram = Products.gram(weights, count, free);
        float[] right = new float[free];
        Products.multiply(missing, 1, count, weights, free, right);
        boolean isPursuit = selection == Selection.PURSUIT;
        double least = isPursuit ? PURSUIT_LEAST : 1 / STRONGEST_BOUND;
        double most = isPursuit ? PURSUIT_MOST : STRONGEST_BOUND;
        double ridge = ridge(gram, free, biasRidge);
        float[] fitted = LeastSquares.bounded(gram, right, ridge, least, most);
        System.arraycopy(fitted, 0, factors, sinks, free);
      }
    }
    return factors;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** The columns from one on. */
  private static float[] part(float[] columns, int rows, int width, int from) {
    int free = width - from;
    float[] part = new float[rows * free];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(columns, i * width + from, part, i * free, free);
    }
    return part;
  }

  /** A share of the mean square, so that it means the same whatever is fitted. */
  private static double ridge(float[] gram, int n, double share) {
    double trace = 0;
    for (int i = 0; i < n; i++) {
      trace += gram[i * n + i];
    }
    return share * trace / n + Float.MIN_NORMAL;
  }

  /** The values of the chosen keys by (1): the sinks' are their own. */
  private float[] values(
      Attended attended, float[] columns, float[] factors, HeadKeys picked, int sinks) {
    int count = attended.count();
    int keys = factors.length;
    int dim = picked.dim();
    float[] shares = new float[columns.length];
    float[] target = attended.output().clone();
    for (int i = 0; i < count; i++) {
      float total = Float.MIN_NORMAL;
      for (int j = 0; j < keys; j++) {
        shares[i * keys + j] = columns[i * keys + j] * factors[j];
        total += shares[i * keys + j];
      }
      for (int j = 0; j < keys; j++) {
        shares[i * keys + j] /= total;
      }
      for (int j = 0; j < sinks; j++) {
        for (int d = 0; d < dim; d++) {
          target[i * dim + d] -= shares[i * keys + j] * picked.values()[j * dim + d];
        }
      }
    }
    int free = keys - sinks;
    float[] weights = part(shares, count, keys, sinks);
    float[] gram = Products.gram(weights, count, free);
    float[] right = new float[free * dim];
    Products.multiply(Products.transpose(weights, count, free), free, count, target, dim, right);
    float[] own = Arrays.copyOfRange(picked.values(), sinks * dim, keys * dim);
    float[] fitted = LeastSquares.near(gram, right, own, free, ridge(gram, free, valueRidge));
    float[] values = picked.values().clone();
    System.arraycopy(fitted, 0, values, sinks * dim, free * dim);
    return values;
  }
}
