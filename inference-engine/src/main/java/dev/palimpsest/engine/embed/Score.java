package dev.palimpsest.engine.embed;

import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.model.EncoderWeights;
import dev.palimpsest.engine.model.ScoreHead;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * From a text's vector to a probability. Immutable; its numbers are copies, in double precision.
 */
final class Score {
  /** A matrix and what is added to its product. */
  private static final class Matrix {
    private final double[][] rows;
    private final double[] bias;

    Matrix(double[][] rows, double[] bias) {
      this.rows = rows;
      this.bias = bias;
    }

    double[] times(double[] x) {
      double[] out = bias.clone();
      for (int r = 0; r < out.length; r++) {
        for (int i = 0; i < x.length; i++) {
          out[r] += rows[r][i] * x[i];
        }
      }
      return out;
    }
  }

  private final @Nullable Matrix dense;
  private final Matrix output;

  private Score(@Nullable Matrix dense, Matrix output) {
    this.dense = dense;
    this.output = output;
  }

  static Score of(ScoreHead head) {
    EncoderWeights.Linear dense = head.dense();
    return new Score(dense == null ? null : matrix(dense), matrix(head.output()));
  }

  /** The probability of one token against another. */
  static Score of(Tensor output, int yes, int no) {
    double[][] rows = {row(output, yes), row(output, no)};
    return new Score(null, new Matrix(rows, new double[2]));
  }

  private static Matrix matrix(EncoderWeights.Linear linear) {
    double[][] rows = new double[(int) linear.weights().shape().rows()][];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = row(linear.weights(), r);
    }
    Tensor bias = linear.bias();
    return new Matrix(rows, bias == null ? new double[rows.length] : row(flat(bias), 0));
  }

  private static Tensor flat(Tensor vector) {
    return new Tensor(
        vector.name(), vector.type(), Shape.of(1, vector.shape().elements()), vector.data());
  }

  private static double[] row(Tensor matrix, int row) {
    float[] line = new float[(int) matrix.shape().columns()];
    new RowDecoder().decode(matrix, row, line, 0);
    double[] wide = new double[line.length];
    for (int i = 0; i < line.length; i++) {
      wide[i] = line[i];
    }
    return wide;
  }

  /** One score becomes a probability by the logistic function, as does the difference of two. */
  double probability(double[] vector) {
    double[] inner = vector;
    if (dense != null) {
      inner = dense.times(vector);
      for (int i = 0; i < inner.length; i++) {
        inner[i] = Math.tanh(inner[i]);
      }
    }
    double[] scores = output.times(inner);
    double score = scores.length == 1 ? scores[0] : scores[0] - scores[1];
    return 1 / (1 + Math.exp(-score));
  }
}
