package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the tensors that an encoder asks for, and refuses a file that has others. */
final class EncoderReader {
  private final Gguf file;
  private final Architecture architecture;
  private final WeightsReader tensors;

  EncoderReader(Gguf file, Architecture architecture) {
    this.file = file;
    this.architecture = architecture;
    this.tensors = new WeightsReader(file, architecture);
  }

  EncoderWeights read() {
    Tensor embedding = table("token_embd.weight");
    Tensor types = table("token_types.weight");
    EncoderWeights.Norm norm = norm("token_embd_norm");
    List<EncoderWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < architecture.layers(); i++) {
      layers.add(layer("blk." + i + "."));
    }
    Tensor positions = positions();
    tensors.refuseUnused();
    return new EncoderWeights(architecture, embedding, types, positions, norm, layers);
  }

  private @Nullable Tensor positions() {
    if (!architecture.has(Trait.POSITION_TABLE)) {
      return null;
    }
    Tensor positions = table("position_embd.weight");
    if (positions.shape().rows() < architecture.contextTokens()) {
      throw file.refuse(
          positions.name(),
          "has "
              + positions.shape().rows()
              + " rows for a context of "
              + architecture.contextTokens());
    }
    return positions;
  }

  private EncoderWeights.Layer layer(String prefix) {
    int width = architecture.width();
    int heads = architecture.heads().queryWidth();
    int hidden = architecture.feedForward();
    List<EncoderWeights.Linear> inputs =
        architecture.has(Trait.FUSED) ? fused(prefix, heads) : apart(prefix, heads);
    boolean isGated = !architecture.has(Trait.UNGATED);
    return new EncoderWeights.Layer(
        inputs.get(0),
        inputs.get(1),
        inputs.get(2),
        linear(prefix + "attn_output", width, heads),
        norm(prefix + "attn_output_norm"),
        isGated ? tensors.matrix(prefix + "ffn_gate.weight", hidden, width) : null,
        linear(prefix + "ffn_up", hidden, width),
        linear(prefix + "ffn_down", width, hidden),
        norm(prefix + "layer_output_norm"));
  }

  private List<EncoderWeights.Linear> apart(String prefix, int heads) {
    return List.of(
        linear(prefix + "attn_q", heads, architecture.width()),
        linear(prefix + "attn_k", heads, architecture.width()),
        linear(prefix + "attn_v", heads, architecture.width()));
  }

  private List<EncoderWeights.Linear> fused(String prefix, long heads) {
    Tensor whole = tensors.matrix(prefix + "attn_qkv.weight", 3 * heads, architecture.width());
    return WeightsReader.split(whole, List.of(heads, heads, heads)).stream()
        .map(part -> new EncoderWeights.Linear(part, null))
        .toList();
  }

  /** A matrix of any height. */
  private Tensor table(String name) {
    long rows = file.tensor(name).shape().rows();
    if (rows > Integer.MAX_VALUE) {
      throw file.refuse(name, rows + " rows are too many");
    }
    return tensors.matrix(name, rows, architecture.width());
  }

  private EncoderWeights.Linear linear(String name, long rows, long columns) {
    Tensor bias = architecture.has(Trait.BIASES) ? tensors.vector(name + ".bias", rows) : null;
    return new EncoderWeights.Linear(tensors.matrix(name + ".weight", rows, columns), bias);
  }

  private EncoderWeights.Norm norm(String name) {
    int width = architecture.width();
    return new EncoderWeights.Norm(
        tensors.vector(name + ".weight", width), tensors.vector(name + ".bias", width));
  }
}
