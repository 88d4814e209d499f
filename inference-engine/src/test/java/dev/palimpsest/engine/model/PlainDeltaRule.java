package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;

/**
 * A layer with a gated delta rule from its definition, in double precision; a part of {@link
 * PlainForward}.
 */
final class PlainDeltaRule {
  private final Gguf file;
  private final String prefix;
  private final int keyHeads;
  private final int valueHeads;
  private final int dim;
  private final boolean isGrouped;

  PlainDeltaRule(Gguf file, String architecture, String prefix) {
    this.file = file;
    this.prefix = prefix;
    keyHeads = (int) file.metadata().number(architecture + ".ssm.group_count");
    valueHeads = (int) file.metadata().number(architecture + ".ssm.time_step_rank");
    dim = (int) file.metadata().number(architecture + ".ssm.state_size");
    isGrouped = architecture.equals("qwen3next");
  }

  /** What the layer makes of normed rows. */
  double[][] mixed(double[][] y, double epsilon) {
    double[][] convolved = convolved(PlainForward.product(y, matrix("attn_qkv.weight")));
    double[][] gate = PlainForward.product(y, matrix("attn_gate.weight"));
    double[][] found = new double[y.length][valueHeads * dim];
    for (int head = 0; head < valueHeads; head++) {
      find(head, y, convolved, found);
    }
    double[] norm = matrix("ssm_norm.weight")[0];
    for (int i = 0; i < y.length; i++) {
      for (int start = 0; start < found[i].length; start += dim) {
        double square = 0;
        for (int d = start; d < start + dim; d++) {
          square += found[i][d] * found[i][d];
        }
        for (int d = start; d < start + dim; d++) {
          double normed = found[i][d] / Math.sqrt(square / dim + epsilon) * norm[d - start];
          found[i][d] = normed * gate[i][d] / (1 + Math.exp(-gate[i][d]));
        }
      }
    }
    return PlainForward.product(found, matrix("ssm_out.weight"));
  }

  private double[][] convolved(double[][] inputs) {
    double[][] taps = matrix("ssm_conv1d.weight");
    double[][] out = new double[inputs.length][taps.length];
    for (int i = 0; i < inputs.length; i++) {
      for (int c = 0; c < taps.length; c++) {
        int count = taps[c].length;
        for (int back = 0; back < Math.min(count, i + 1); back++) {
          out[i][c] += inputs[i - back][c] * taps[c][count - 1 - back];
        }
        out[i][c] /= 1 + Math.exp(-out[i][c]);
      }
    }
    return out;
  }

  private void find(int head, double[][] y, double[][] mixed, double[][] found) {
    int keyHead = isGrouped ? head / (valueHeads / keyHeads) : head % keyHeads;
    double rate = matrix("ssm_a")[0][head];
    double bias = matrix("ssm_dt.bias")[0][head];
    double[][] matrix = new double[dim][dim];
    for (int i = 0; i < y.length; i++) {
      double[] query = unit(mixed[i], keyHead * dim);
      double[] key = unit(mixed[i], (keyHeads + keyHead) * dim);
      double beta = 1 / (1 + Math.exp(-beta(head, y[i])));
      double decay = Math.exp(rate * Math.log1p(Math.exp(alpha(head, y[i]) + bias)));
      for (int v = 0; v < dim; v++) {
        double old = 0;
        for (int k = 0; k < dim; k++) {
          old += decay * matrix[k][v] * key[k];
        }
        double change = beta * (mixed[i][(2 * keyHeads + head) * dim + v] - old);
        for (int k = 0; k < dim; k++) {
          matrix[k][v] = decay * matrix[k][v] + key[k] * change;
          found[i][head * dim + v] += matrix[k][v] * query[k] / Math.sqrt(dim);
        }
      }
    }
  }

  private double beta(int head, double[] y) {
    int group = valueHeads / keyHeads;
    return isGrouped
        ? rate("ssm_ba.weight", head / group * 2 * group + head % group, y)
        : rate("ssm_beta.weight", head, y);
  }

  private double alpha(int head, double[] y) {
    int group = valueHeads / keyHeads;
    return isGrouped
        ? rate("ssm_ba.weight", head / group * 2 * group + group + head % group, y)
        : rate("ssm_alpha.weight", head, y);
  }

  private double rate(String tensor, int row, double[] y) {
    return PlainForward.product(new double[][] {y}, matrix(tensor))[0][row];
  }

  private double[] unit(double[] row, int start) {
    double square = 0;
    for (int d = 0; d < dim; d++) {
      square += row[start + d] * row[start + d];
    }
    double[] out = new double[dim];
    for (int d = 0; d < dim; d++) {
      out[d] = row[start + d] / Math.sqrt(square);
    }
    return out;
  }

  private double[][] matrix(String tensor) {
    return PlainForward.matrix(file, prefix + tensor);
  }
}
