package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.TensorInfo;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a model, all present and of the right shape. Their memory is borrowed from the
 * mapped file.
 *
 * @param architecture the shape of the model
 * @param embedding {@code [vocabulary, width]}
 * @param layers one after the other
 * @param outputNorm F32 {@code [width]}
 * @param output {@code [vocabulary, width]}; the embedding where the file ties them
 * @param ropeDivisors F32 {@code [rotated / 2]}, or null where the angles are not divided
 */
public record Weights(
    Architecture architecture,
    Tensor embedding,
    List<Layer> layers,
    Tensor outputNorm,
    Tensor output,
    @Nullable Tensor ropeDivisors) {

  /**
   * The tensors of one layer.
   *
   * @param attentionNorm F32 {@code [width]}
   * @param query {@code [heads · dim, width]}
   * @param key {@code [kvHeads · dim, width]}
   * @param value {@code [kvHeads · dim, width]}
   * @param attentionOutput {@code [width, heads · dim]}
   * @param queryNorm F32 {@code [dim]}, or null where heads are not normed
   * @param keyNorm F32 {@code [dim]}, or null where heads are not normed
   * @param feedForwardNorm F32 {@code [width]}
   * @param gate {@code [feedForward, width]}
   * @param up {@code [feedForward, width]}
   * @param down {@code [width, feedForward]}
   */
  public record Layer(
      Tensor attentionNorm,
      Tensor query,
      Tensor key,
      Tensor value,
      Tensor attentionOutput,
      @Nullable Tensor queryNorm,
      @Nullable Tensor keyNorm,
      Tensor feedForwardNorm,
      Tensor gate,
      Tensor up,
      Tensor down) {}

  /** Copies the list. */
  public Weights {
    layers = List.copyOf(layers);
  }

  /**
   * Finds the tensors of a model file.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException naming the tensor that is missing, of
   *     another shape or type, or not known to the architecture
   */
  public static Weights of(Gguf file) {
    return new Reader(file, Architecture.of(file.metadata())).read();
  }

  /** Number of tokens for which there are logits. */
  public int vocabularySize() {
    return (int) embedding.shape().rows();
  }

  private static final class Reader {
    private final Gguf file;
    private final Architecture architecture;
    private final Set<String> used = new HashSet<>();

    Reader(Gguf file, Architecture architecture) {
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
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < architecture.layers(); i++) {
        layers.add(layer("blk." + i + "."));
      }
      Tensor norm = vector("output_norm.weight", width);
      Tensor output =
          file.find("output.weight").isPresent()
              ? matrix("output.weight", vocabulary, width)
              : embedding;
      Tensor divisors =
          optional("rope_freqs.weight", architecture.rope().rotated() / 2).orElse(null);
      refuseUnused();
      return new Weights(architecture, embedding, layers, norm, output, divisors);
    }

    private Layer layer(String prefix) {
      int width = architecture.width();
      int hidden = architecture.feedForward();
      int queryWidth = architecture.heads().queryWidth();
      int keyValueWidth = architecture.heads().keyValueWidth();
      int dim = architecture.heads().dim();
      boolean normed = architecture.hasHeadNorms();
      return new Layer(
          vector(prefix + "attn_norm.weight", width),
          matrix(prefix + "attn_q.weight", queryWidth, width),
          matrix(prefix + "attn_k.weight", keyValueWidth, width),
          matrix(prefix + "attn_v.weight", keyValueWidth, width),
          matrix(prefix + "attn_output.weight", width, queryWidth),
          normed ? vector(prefix + "attn_q_norm.weight", dim) : null,
          normed ? vector(prefix + "attn_k_norm.weight", dim) : null,
          vector(prefix + "ffn_norm.weight", width),
          matrix(prefix + "ffn_gate.weight", hidden, width),
          matrix(prefix + "ffn_up.weight", hidden, width),
          matrix(prefix + "ffn_down.weight", width, hidden));
    }

    private Tensor matrix(String name, long rows, long columns) {
      return checked(name, file.tensor(name), Shape.of(rows, columns));
    }

    private Tensor vector(String name, long length) {
      Tensor found = checked(name, file.tensor(name), Shape.of(length));
      if (found.type() != DType.F32) {
        throw file.refuse(name, "is of type " + found.type() + ", F32 expected");
      }
      return found;
    }

    private Optional<Tensor> optional(String name, long length) {
      return file.find(name).map(found -> vector(name, length));
    }

    private Tensor checked(String name, Tensor found, Shape expected) {
      used.add(name);
      if (!found.shape().equals(expected)) {
        throw file.refuse(
            name, "has shape " + found.shape().dims() + ", " + expected.dims() + " expected");
      }
      return found;
    }

    private void refuseUnused() {
      for (TensorInfo info : file.tensors()) {
        if (!used.contains(info.name())) {
          throw file.refuse(
              info.name(), "is a tensor that " + architecture.name() + " does not have here");
        }
      }
    }
  }
}
