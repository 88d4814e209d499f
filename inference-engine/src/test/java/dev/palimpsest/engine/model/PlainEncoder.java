package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A second opinion on encoders: from their definition, in double precision, text by text. It reads
 * the file by itself and knows nothing of {@link Architecture}. For {@link TinyEncoders}.
 */
public final class PlainEncoder {
  private static final int HEADS = 4;
  private static final int STEPS = 2_000;

  private final Gguf file;
  private final boolean isNomic;

  /** Of this file, which stays open meanwhile. */
  public PlainEncoder(Gguf file) {
    this.file = file;
    this.isNomic = file.metadata().string("general.architecture").equals("nomic-bert");
  }

  /**
   * Vectors of all tokens.
   *
   * @param secondFrom where the second text begins
   */
  public double[][] vectors(int[] ids, int secondFrom) {
    double[][] x = new double[ids.length][];
    for (int i = 0; i < ids.length; i++) {
      x[i] = matrix("token_embd.weight")[ids[i]].clone();
      add(x[i], matrix("token_types.weight")[i < secondFrom ? 0 : 1]);
      if (!isNomic) {
        add(x[i], matrix("position_embd.weight")[i]);
      }
    }
    x = normed(x, "token_embd_norm");
    int layers =
        (int) file.metadata().number(isNomic ? "nomic-bert.block_count" : "bert.block_count");
    for (int layer = 0; layer < layers; layer++) {
      String prefix = "blk." + layer + ".";
      addAll(x, linear(prefix + "attn_output", attended(prefix, x)));
      x = normed(x, prefix + "attn_output_norm");
      addAll(x, linear(prefix + "ffn_down", hidden(prefix, x)));
      x = normed(x, prefix + "layer_output_norm");
    }
    return x;
  }

  private double[][] hidden(String prefix, double[][] x) {
    double[][] up = linear(prefix + "ffn_up", x);
    double[][] gate = isNomic ? linear(prefix + "ffn_gate", x) : up;
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < up[i].length; j++) {
        double g = gate[i][j];
        up[i][j] = isNomic ? g / (1 + Math.exp(-g)) * up[i][j] : g * normalBelow(g);
      }
    }
    return up;
  }

  /** Simpson's rule from zero on. */
  private static double normalBelow(double x) {
    double step = x / STEPS;
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
      double weight = i == 0 || i == STEPS ? 1 : i % 2 == 0 ? 2 : 4;
      sum += weight * Math.exp(-0.5 * i * step * i * step);
    }
    return 0.5 + sum * step / 3 / Math.sqrt(2 * Math.PI);
  }

  private double[][] attended(String prefix, double[][] x) {
    int width = x[0].length;
    double[][] q = new double[x.length][];
    double[][] k = new double[x.length][];
    double[][] v = new double[x.length][];
    if (isNomic) {
      double[][] all = linear(prefix + "attn_qkv", x);
      for (int i = 0; i < x.length; i++) {
        q[i] = turned(Arrays.copyOfRange(all[i], 0, width), i);
        k[i] = turned(Arrays.copyOfRange(all[i], width, 2 * width), i);
        v[i] = Arrays.copyOfRange(all[i], 2 * width, 3 * width);
      }
    } else {
      q = linear(prefix + "attn_q", x);
      k = linear(prefix + "attn_k", x);
      v = linear(prefix + "attn_v", x);
    }
    double[][] out = new double[x.length][width];
    for (int i = 0; i < x.length; i++) {
      for (int head = 0; head < HEADS; head++) {
        attend(q[i], k, v, head * width / HEADS, (head + 1) * width / HEADS, out[i]);
      }
    }
    return out;
  }

  private static double[] turned(double[] row, int position) {
    int dim = row.length / HEADS;
    for (int start = 0; start < row.length; start += dim) {
      for (int pair = 0; pair < dim / 2; pair++) {
        double angle = position * Math.pow(1_000, -2.0 * pair / dim);
        double a = row[start + pair];
        double b = row[start + pair + dim / 2];
        row[start + pair] = a * Math.cos(angle) - b * Math.sin(angle);
        row[start + pair + dim / 2] = a * Math.sin(angle) + b * Math.cos(angle);
      }
    }
    return row;
  }

  private static void attend(
      double[] q, double[][] k, double[][] v, int from, int to, double[] out) {
    double total = 0;
    double[] weights = new double[k.length];
    for (int j = 0; j < k.length; j++) {
      double score = 0;
      for (int d = from; d < to; d++) {
        score += q[d] * k[j][d];
      }
      weights[j] = Math.exp(score / Math.sqrt(to - from));
      total += weights[j];
    }
    for (int j = 0; j < k.length; j++) {
      for (int d = from; d < to; d++) {
        out[d] += weights[j] / total * v[j][d];
      }
    }
  }

  /** A matrix times the rows, and its bias where it has one. */
  public double[][] linear(String name, double[][] x) {
    double[][] weights = matrix(name + ".weight");
    boolean hasBias = file.find(name + ".bias").isPresent();
    double[] bias = hasBias ? matrix(name + ".bias")[0] : new double[weights.length];
    double[][] out = new double[x.length][weights.length];
    for (int i = 0; i < x.length; i++) {
      for (int r = 0; r < weights.length; r++) {
        double sum = bias[r];
        for (int c = 0; c < weights[r].length; c++) {
          sum += weights[r][c] * x[i][c];
        }
        out[i][r] = sum;
      }
    }
    return out;
  }

  private double[][] normed(double[][] x, String name) {
    double[] weight = matrix(name + ".weight")[0];
    double[] bias = matrix(name + ".bias")[0];
    double[][] out = new double[x.length][weight.length];
    for (int i = 0; i < x.length; i++) {
      double mean = Arrays.stream(x[i]).average().orElseThrow();
      double variance =
          Arrays.stream(x[i]).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      for (int j = 0; j < weight.length; j++) {
        out[i][j] = (x[i][j] - mean) / Math.sqrt(variance + 1e-12) * weight[j] + bias[j];
      }
    }
    return out;
  }

  private static void addAll(double[][] x, double[][] y) {
    for (int i = 0; i < x.length; i++) {
      add(x[i], y[i]);
    }
  }

  private static void add(double[] x, double[] y) {
    for (int i = 0; i < x.length; i++) {
      x[i] += y[i];
    }
  }

  private double[][] matrix(String name) {
    Tensor stored = file.tensor(name);
    int columns = (int) stored.shape().columns();
    float[] all = stored.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    double[][] out = new double[all.length / columns][columns];
    for (int i = 0; i < all.length; i++) {
      out[i / columns][i % columns] = all[i];
    }
    return out;
  }
}
