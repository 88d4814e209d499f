package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.DeltaHeads;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.TensorInfo;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the tensors that an architecture asks for, and refuses a file that has others. */
final class WeightsReader {
  private final Gguf file;
  private final Architecture architecture;
  private final Set<String> used = new HashSet<>();

  WeightsReader(Gguf file, Architecture architecture) {
    this.file = file;
    this.architecture = architecture;
  }

  Weights read() {
    int width = architecture.width();
    long vocabulary = file.tensor("token_embd.weight").shape().rows();
    if (vocabulary > Integer.MAX_VALUE) {
      throw file.refuse("token_embd.weight", vocabulary + " rows are too many");
    }
    Tensor embedding = matrix("token_embd.weight", vocabulary, width);
    List<Weights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < architecture.layers(); i++) {
      layers.add(layer("blk." + i + ".", architecture.isAttention(i)));
    }
    Tensor norm = vector("output_norm.weight", width);
    Tensor output =
        file.find("output.weight").isPresent()
            ? matrix("output.weight", vocabulary, width)
            : embedding;
    Tensor divisors = optional("rope_freqs.weight", architecture.rope().rotated() / 2);
    refuseUnused();
    return new Weights(architecture, embedding, layers, norm, output, divisors);
  }

  private Weights.Layer layer(String prefix, boolean isAttention) {
    int width = architecture.width();
    boolean isHybrid = architecture.has(Trait.DELTA_NET);
    return new Weights.Layer(
        vector(prefix + "attn_norm.weight", width),
        isAttention
            ? attention(prefix)
            : deltaRule(prefix, Objects.requireNonNull(architecture.deltaNet()).heads()),
        vector(prefix + (isHybrid ? "post_attention_norm.weight" : "ffn_norm.weight"), width),
        architecture.experts() == null ? dense(prefix) : mixture(prefix, architecture.experts()),
        architecture.has(Trait.POST_NORMS) ? postNorms(prefix) : null);
  }

  private Mixing.SelfAttention attention(String prefix) {
    int width = architecture.width();
    long query = architecture.heads().queryWidth();
    long gates = architecture.has(Trait.QUERY_GATES) ? query : 0;
    long keyValue = architecture.heads().keyValueWidth();
    List<Tensor> projections =
        architecture.has(Trait.FUSED)
            ? split(
                matrix(prefix + "attn_qkv.weight", query + 2 * keyValue, width),
                List.of(query, keyValue, keyValue))
            : List.of(
                matrix(prefix + "attn_q.weight", query + gates, width),
                matrix(prefix + "attn_k.weight", keyValue, width),
                matrix(prefix + "attn_v.weight", keyValue, width));
    return new Mixing.SelfAttention(
        projections.get(0),
        projections.get(1),
        projections.get(2),
        architecture.has(Trait.BIASES) ? biases(prefix) : null,
        matrix(prefix + "attn_output.weight", width, query),
        architecture.has(Trait.HEAD_NORMS) ? headNorms(prefix) : null);
  }

  private Mixing.DeltaRule deltaRule(String prefix, DeltaHeads heads) {
    int width = architecture.width();
    int values = heads.value();
    boolean isGrouped = heads.isGrouped();
    return new Mixing.DeltaRule(
        matrix(prefix + "attn_qkv.weight", heads.mixedWidth(), width),
        matrix(prefix + "attn_gate.weight", heads.valueWidth(), width),
        isGrouped
            ? matrix(prefix + "ssm_ba.weight", 2L * values, width)
            : matrix(prefix + "ssm_beta.weight", values, width),
        isGrouped ? null : matrix(prefix + "ssm_alpha.weight", values, width),
        matrix(prefix + "ssm_conv1d.weight", heads.mixedWidth(), heads.taps()),
        vector(prefix + "ssm_dt.bias", values),
        vector(prefix + "ssm_a", values),
        vector(prefix + "ssm_norm.weight", heads.valueDim()),
        matrix(prefix + "ssm_out.weight", width, heads.valueWidth()));
  }

  private Weights.Biases biases(String prefix) {
    int keyValue = architecture.heads().keyValueWidth();
    return new Weights.Biases(
        vector(prefix + "attn_q.bias", architecture.heads().queryWidth()),
        vector(prefix + "attn_k.bias", keyValue),
        vector(prefix + "attn_v.bias", keyValue));
  }

  private Weights.HeadNorms headNorms(String prefix) {
    int dim = architecture.heads().dim();
    return new Weights.HeadNorms(
        vector(prefix + "attn_q_norm.weight", dim), vector(prefix + "attn_k_norm.weight", dim));
  }

  private Weights.PostNorms postNorms(String prefix) {
    int width = architecture.width();
    return new Weights.PostNorms(
        vector(prefix + "post_attention_norm.weight", width),
        vector(prefix + "post_ffw_norm.weight", width));
  }

  private FeedForward.Dense dense(String prefix) {
    int width = architecture.width();
    long hidden = architecture.feedForward();
    List<Tensor> halves =
        architecture.has(Trait.FUSED)
            ? split(matrix(prefix + "ffn_up.weight", 2 * hidden, width), List.of(hidden, hidden))
            : List.of(
                matrix(prefix + "ffn_gate.weight", hidden, width),
                matrix(prefix + "ffn_up.weight", hidden, width));
    Tensor down = matrix(prefix + "ffn_down.weight", width, hidden);
    return new FeedForward.Dense(halves.get(0), halves.get(1), down);
  }

  private FeedForward.Mixture mixture(String prefix, Experts experts) {
    int width = architecture.width();
    int hidden = architecture.feedForward();
    int count = experts.count();
    Tensor gates = stack(prefix + "ffn_gate_exps.weight", count, hidden, width);
    Tensor ups = stack(prefix + "ffn_up_exps.weight", count, hidden, width);
    Tensor downs = stack(prefix + "ffn_down_exps.weight", count, width, hidden);
    List<FeedForward.Dense> each = new ArrayList<>();
    for (long e = 0; e < count; e++) {
      each.add(
          new FeedForward.Dense(
              gates.rows(e * hidden, hidden),
              ups.rows(e * hidden, hidden),
              downs.rows(e * width, width)));
    }
    return new FeedForward.Mixture(
        matrix(prefix + "ffn_gate_inp.weight", count, width),
        each,
        experts.sharedFeedForward() == 0 ? null : shared(prefix, experts.sharedFeedForward()));
  }

  private FeedForward.Shared shared(String prefix, int hidden) {
    int width = architecture.width();
    Tensor score = vector(prefix + "ffn_gate_inp_shexp.weight", width);
    return new FeedForward.Shared(
        new Tensor(score.name(), score.type(), Shape.of(1, width), score.data()),
        new FeedForward.Dense(
            matrix(prefix + "ffn_gate_shexp.weight", hidden, width),
            matrix(prefix + "ffn_up_shexp.weight", hidden, width),
            matrix(prefix + "ffn_down_shexp.weight", width, hidden)));
  }

  /** Matrices that lie on top of each other in one. */
  static List<Tensor> split(Tensor whole, List<Long> rows) {
    List<Tensor> parts = new ArrayList<>();
    long from = 0;
    for (long count : rows) {
      parts.add(whole.rows(from, count));
      from += count;
    }
    return parts;
  }

  Tensor matrix(String name, long rows, long columns) {
    return checked(name, file.tensor(name), Shape.of(rows, columns));
  }

  private Tensor stack(String name, long matrices, long rows, long columns) {
    return checked(name, file.tensor(name), Shape.of(matrices, rows, columns));
  }

  Tensor vector(String name, long length) {
    Tensor found = checked(name, file.tensor(name), Shape.of(length));
    if (found.type() != DType.F32) {
      throw file.refuse(name, "is of type " + found.type() + ", F32 expected");
    }
    return found;
  }

  private @Nullable Tensor optional(String name, long length) {
    return file.find(name).isPresent() ? vector(name, length) : null;
  }

  private Tensor checked(String name, Tensor found, Shape expected) {
    used.add(name);
    if (!found.shape().equals(expected)) {
      throw file.refuse(
          name, "has shape " + found.shape().dims() + ", " + expected.dims() + " expected");
    }
    return found;
  }

  void refuseUnused() {
    for (TensorInfo info : file.tensors()) {
      if (!used.contains(info.name()) && !info.name().startsWith(ScoreHead.PREFIX)) {
        throw file.refuse(
            info.name(), "is a tensor that " + architecture.name() + " does not have here");
      }
    }
  }
}
