package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Compactor;
import dev.palimpsest.compress.HeadCase;
import dev.palimpsest.compress.Queries;
import dev.palimpsest.compress.algebra.Products;
import dev.palimpsest.engine.kv.HeadKeys;

/**
 * The keys that a query of a normal distribution is expected to attend to, weighted by the length
 * of their values (Expected Attention, arXiv 2510.00636): with mean μ and covariance Σ of the
 * scaled queries {@code log score = μ·k + kᵀΣk / 2 + log ‖v‖}. Published for queries before their
 * rotation and averaged over positions to come; here μ and Σ are those of the case's queries, which
 * stand at positions behind the keys already.
 */
public record ExpectedAttention() implements Compactor {
  private static final double LENGTH_MIN = 1e-12;

  @Override
  public String name() {
    return "expected-attention";
  }

  @Override
  public HeadKeys compact(HeadCase head, int keys) {
    HeadKeys exact = head.exact();
    Queries queries = head.queries();
    int dim = exact.dim();
    float[] mean = mean(queries);
    float[] covariance = covariance(queries, mean);
    float[] spread = new float[exact.count() * dim];
    Products.multiply(exact.keys(), exact.count(), dim, covariance, dim, spread);
    float[] scores = new float[exact.count()];
    for (int j = 0; j < scores.length; j++) {
      double score = 0;
      double squares = LENGTH_MIN;
      for (int d = 0; d < dim; d++) {
        int at = j * dim + d;
        score += exact.keys()[at] * (mean[d] + 0.5 * spread[at]);
        squares += exact.values()[at] * exact.values()[at];
      }
      scores[j] = (float) (score + 0.5 * Math.log(squares));
    }
    return Kept.best(head, scores, keys);
  }

  private static float[] mean(Queries queries) {
    float[] mean = new float[queries.dim()];
    for (int i = 0; i < queries.count(); i++) {
      Products.addMultiple(mean, 1f / queries.count(), queries.rows(), i * mean.length);
    }
    return mean;
  }

  private static float[] covariance(Queries queries, float[] mean) {
    int dim = queries.dim();
    float[] centred = new float[queries.rows().length];
    float root = (float) (1 / Math.sqrt(Math.max(1, queries.count())));
    for (int i = 0; i < centred.length; i++) {
      centred[i] = (queries.rows()[i] - mean[i % dim]) * root;
    }
    return Products.gram(centred, queries.count(), dim);
  }
}
