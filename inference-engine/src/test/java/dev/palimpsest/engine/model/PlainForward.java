package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.Metadata;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A second opinion on the forward pass: every architecture from its definition, in double
 * precision, one sequence at a time, nothing kept. It reads the file by itself and knows nothing of
 * {@link Architecture}. For {@link TinyModels}, which have no scaled rotation.
 */
final class PlainForward {
  private static final int GLOBAL_EVERY = 6;

  private final Gguf file;
  private final String name;
  private final int heads;
  private final int kvHeads;
  private final int dim;
  private final double epsilon;
  private final boolean isGemma;
  private final boolean isHybrid;

  PlainForward(Gguf file) {
    this.file = file;
    Metadata metadata = file.metadata();
    name = metadata.string("general.architecture");
    heads = (int) number("attention.head_count", 0);
    kvHeads = (int) number("attention.head_count_kv", 0);
    dim = (int) number("attention.key_length", 0);
    epsilon = metadata.real(name + ".attention.layer_norm_rms_epsilon");
    isGemma = name.equals("gemma3");
    isHybrid = TinyModels.HYBRIDS.contains(name);
  }

  private long number(String key, long otherwise) {
    return file.metadata().numberOr(name + "." + key, otherwise);
  }

  /** Logits of each position. */
  double[][] logits(int[] ids) {
    double[][] embedding = matrix("token_embd.weight");
    double[][] x = new double[ids.length][];
    for (int i = 0; i < ids.length; i++) {
      x[i] = scaled(embedding[ids[i]], isGemma ? Math.sqrt(embedding[0].length) : 1);
    }
    for (int layer = 0; layer < number("block_count", 0); layer++) {
      String prefix = "blk." + layer + ".";
      double[][] attended = mixed(prefix, layer, normed(x, prefix + "attn_norm.weight"));
      addAll(x, isGemma ? normed(attended, prefix + "post_attention_norm.weight") : attended);
      String norm = isHybrid ? "post_attention_norm.weight" : "ffn_norm.weight";
      double[][] hidden = normed(x, prefix + norm);
      double[][] change = new double[ids.length][];
      for (int i = 0; i < ids.length; i++) {
        change[i] = feedForward(prefix, hidden[i]);
      }
      addAll(x, isGemma ? normed(change, prefix + "post_ffw_norm.weight") : change);
    }
    return product(normed(x, "output_norm.weight"), matrix("output.weight"));
  }

  private double[][] mixed(String prefix, int layer, double[][] y) {
    return file.find(prefix + "ssm_a").isPresent()
        ? new PlainDeltaRule(file, name, prefix).mixed(y, epsilon)
        : attend(prefix, layer, y);
  }

  private double[][] attend(String prefix, int layer, double[][] y) {
    double[][] gates = new double[y.length][];
    double[][] q = isHybrid ? queries(prefix, y, gates) : projected(prefix, "q", 0, heads, y);
    double[][] k = projected(prefix, "k", heads, kvHeads, y);
    double[][] v = projected(prefix, "v", heads + kvHeads, kvHeads, y);
    for (int i = 0; i < y.length; i++) {
      place(prefix + "attn_q_norm.weight", q[i], i);
      place(prefix + "attn_k_norm.weight", k[i], i);
    }
    boolean isGlobal = isGemma && (layer + 1) % GLOBAL_EVERY == 0;
    long window = isGlobal ? y.length : number("attention.sliding_window", y.length);
    double[][] out = new double[y.length][heads * dim];
    for (int i = 0; i < y.length; i++) {
      for (int head = 0; head < heads; head++) {
        int from = (int) Math.max(0, i - window + 1);
        attendHead(q[i], k, v, new int[] {from, i, head}, out[i]);
      }
      for (int at = 0; isHybrid && at < out[i].length; at++) {
        out[i][at] /= 1 + Math.exp(-gates[i][at]);
      }
    }
    return product(out, matrix(prefix + "attn_output.weight"));
  }

  /** Queries, and their gates, which lie behind each head's query. */
  private double[][] queries(String prefix, double[][] y, double[][] gates) {
    double[][] both = product(y, matrix(prefix + "attn_q.weight"));
    double[][] queries = new double[y.length][heads * dim];
    for (int i = 0; i < y.length; i++) {
      gates[i] = new double[heads * dim];
      for (int head = 0; head < heads; head++) {
        System.arraycopy(both[i], 2 * head * dim, queries[i], head * dim, dim);
        System.arraycopy(both[i], (2 * head + 1) * dim, gates[i], head * dim, dim);
      }
    }
    return queries;
  }

  /** Rows of a matrix of their own, or of the fused one, times the inputs, and a bias. */
  private double[][] projected(String prefix, String which, int head, int count, double[][] y) {
    boolean isFused = file.find(prefix + "attn_qkv.weight").isPresent();
    double[][] weights = matrix(prefix + (isFused ? "attn_qkv" : "attn_" + which) + ".weight");
    int from = isFused ? head * dim : 0;
    double[][] out = product(y, java.util.Arrays.copyOfRange(weights, from, from + count * dim));
    String bias = prefix + "attn_" + which + ".bias";
    if (file.find(bias).isPresent()) {
      for (double[] row : out) {
        add(row, matrix(bias)[0], 1);
      }
    }
    return out;
  }

  /** Norms the heads of a row, where the file has a norm for them, and turns them. */
  private void place(String norm, double[] row, int position) {
    boolean isHalfSplit = !name.equals("llama") && !name.equals("mistral3");
    for (int start = 0; start < row.length; start += dim) {
      if (file.find(norm).isPresent()) {
        double[] head = java.util.Arrays.copyOfRange(row, start, start + dim);
        System.arraycopy(normed(new double[][] {head}, norm)[0], 0, row, start, dim);
      }
      int rotated = (int) number("rope.dimension_count", dim);
      for (int pair = 0; pair < rotated / 2; pair++) {
        int a = start + (isHalfSplit ? pair : 2 * pair);
        int b = a + (isHalfSplit ? rotated / 2 : 1);
        double angle = position * Math.pow(10_000, -2.0 * pair / rotated);
        double turned = row[a] * Math.cos(angle) - row[b] * Math.sin(angle);
        row[b] = row[a] * Math.sin(angle) + row[b] * Math.cos(angle);
        row[a] = turned;
      }
    }
  }

  /** One head of the row {@code range[1]}, which sees the tokens from {@code range[0]} on. */
  private void attendHead(double[] q, double[][] k, double[][] v, int[] range, double[] out) {
    int at = range[2] * dim;
    int kvAt = range[2] / (heads / kvHeads) * dim;
    long periods = range[1] / number("attention.temperature_length", 1);
    double sharper = 1 + temperature() * Math.log(1.0 + periods);
    double[] weights = new double[range[1] + 1];
    double total = 0;
    for (int j = range[0]; j <= range[1]; j++) {
      double score = 0;
      for (int d = 0; d < dim; d++) {
        score += q[at + d] * k[j][kvAt + d];
      }
      weights[j] = Math.exp(score * sharper / Math.sqrt(dim));
      total += weights[j];
    }
    for (int j = range[0]; j <= range[1]; j++) {
      for (int d = 0; d < dim; d++) {
        out[at + d] += weights[j] / total * v[j][kvAt + d];
      }
    }
  }

  private double temperature() {
    return file.metadata().realOr(name + ".attention.temperature_scale", 0);
  }

  private double[] feedForward(String prefix, double[] y) {
    if (file.find(prefix + "ffn_gate_inp.weight").isEmpty()) {
      double[][] up = matrix(prefix + "ffn_up.weight");
      boolean isFused = file.find(prefix + "ffn_gate.weight").isEmpty();
      double[][] gate = isFused ? up : matrix(prefix + "ffn_gate.weight");
      int hidden = (int) number("feed_forward_length", 0);
      return gated(y, gate, isFused ? hidden : 0, up, matrix(prefix + "ffn_down.weight"), 0);
    }
    double[] scores = product(new double[][] {y}, matrix(prefix + "ffn_gate_inp.weight"))[0];
    List<Integer> best =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(e -> -scores[e]))
            .limit(number("expert_used_count", 0))
            .toList();
    double total = best.stream().mapToDouble(e -> Math.exp(scores[e])).sum();
    double[] sum = new double[y.length];
    for (int expert : best) {
      add(sum, expert(prefix, expert, y), Math.exp(scores[expert]) / total);
    }
    if (isHybrid) {
      double score = dot(matrix(prefix + "ffn_gate_inp_shexp.weight")[0], y);
      double[][] gate = matrix(prefix + "ffn_gate_shexp.weight");
      double[][] up = matrix(prefix + "ffn_up_shexp.weight");
      double[][] down = matrix(prefix + "ffn_down_shexp.weight");
      add(sum, gated(y, gate, 0, up, down, 0), 1 / (1 + Math.exp(-score)));
    }
    return sum;
  }

  private double[] expert(String prefix, int expert, double[] y) {
    int hidden = (int) number("expert_feed_forward_length", 0);
    double[][] gates = matrix(prefix + "ffn_gate_exps.weight");
    double[][] ups = matrix(prefix + "ffn_up_exps.weight");
    double[][] gate = java.util.Arrays.copyOfRange(gates, expert * hidden, (expert + 1) * hidden);
    double[][] up = java.util.Arrays.copyOfRange(ups, expert * hidden, (expert + 1) * hidden);
    return gated(y, gate, 0, up, matrix(prefix + "ffn_down_exps.weight"), expert * y.length);
  }

  /** The rows of {@code up} begin at one, those of {@code down} at another. */
  private double[] gated(
      double[] y, double[][] gate, int upFrom, double[][] up, double[][] down, int downFrom) {
    int hidden = down[0].length;
    double[] inner = new double[hidden];
    for (int h = 0; h < hidden; h++) {
      inner[h] = activated(dot(gate[h], y)) * dot(up[upFrom + h], y);
    }
    double[] out = new double[y.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = dot(down[downFrom + i], inner);
    }
    return out;
  }

  private double activated(double g) {
    return isGemma
        ? 0.5 * g * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g)))
        : g / (1 + Math.exp(-g));
  }

  private double[][] normed(double[][] x, String weight) {
    double[] w = matrix(weight)[0];
    double[][] out = new double[x.length][w.length];
    for (int i = 0; i < x.length; i++) {
      double scale = 1 / Math.sqrt(dot(x[i], x[i]) / w.length + epsilon);
      for (int j = 0; j < w.length; j++) {
        out[i][j] = x[i][j] * scale * w[j];
      }
    }
    return out;
  }

  static double[][] product(double[][] x, double[][] weights) {
    double[][] out = new double[x.length][weights.length];
    for (int i = 0; i < x.length; i++) {
      for (int r = 0; r < weights.length; r++) {
        out[i][r] = dot(weights[r], x[i]);
      }
    }
    return out;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void addAll(double[][] x, double[][] y) {
    for (int i = 0; i < x.length; i++) {
      add(x[i], y[i], 1);
    }
  }

  private static void add(double[] x, double[] y, double factor) {
    for (int i = 0; i < x.length; i++) {
      x[i] += factor * y[i];
    }
  }

  private static double[] scaled(double[] x, double factor) {
    double[] out = new double[x.length];
    add(out, x, factor);
    return out;
  }

  private double[][] matrix(String tensor) {
    return matrix(file, tensor);
  }

  /** A tensor's rows, widened. */
  static double[][] matrix(Gguf file, String tensor) {
    Tensor stored = file.tensor(tensor);
    int columns = (int) stored.shape().columns();
    double[][] out = new double[(int) stored.shape().rows()][columns];
    float[] line = new float[columns];
    RowDecoder decoder = new RowDecoder();
    for (int row = 0; row < out.length; row++) {
      decoder.decode(stored, row, line, 0);
      for (int i = 0; i < columns; i++) {
        out[row][i] = line[i];
      }
    }
    return out;
  }
}
