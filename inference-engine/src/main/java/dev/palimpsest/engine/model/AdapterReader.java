package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.Metadata;
import dev.palimpsest.engine.format.TensorInfo;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the changes of an adapter's file: for a matrix {@code NAME} the tensors {@code NAME.lora_a}
 * and {@code NAME.lora_b}. A file with a tensor that would not be applied is refused.
 */
final class AdapterReader {
  private static final int RANK_MAX = 1 << 12;
  private static final String ALPHA = "adapter.lora.alpha";

  private final Gguf file;
  private final Weights weights;
  private final Architecture base;
  private final Set<String> used = new HashSet<>();

  AdapterReader(Gguf file, Weights weights) {
    this.file = file;
    this.weights = weights;
    this.base = weights.architecture();
  }

  List<Map<Site, Adapter.Change>> read() {
    require("general.type", "adapter");
    require("adapter.type", "lora");
    require("general.architecture", base.name());
    double alpha = alpha();
    List<Map<Site, Adapter.Change>> layers = new ArrayList<>();
    for (int i = 0; i < base.layers(); i++) {
      layers.add(layer("blk." + i + ".", weights.layers().get(i).mixing(), alpha));
    }
    for (TensorInfo info : file.tensors()) {
      if (!used.contains(info.name())) {
        throw file.refuse(info.name(), "is a tensor for no matrix that adapters can change here");
      }
    }
    if (used.isEmpty()) {
      throw file.metadata().refuse("general.type", "an adapter without a tensor");
    }
    return layers;
  }

  private void require(String key, String value) {
    Metadata metadata = file.metadata();
    if (!metadata.string(key).equals(value)) {
      throw metadata.refuse(key, "is " + metadata.string(key) + ", " + value + " expected");
    }
  }

  /** What a change is multiplied with is this by its rank; 0 and nothing stand for one. */
  private double alpha() {
    double alpha = file.metadata().realOr(ALPHA, 0);
    if (!(alpha >= 0 && Double.isFinite(alpha))) {
      throw file.metadata().refuse(ALPHA, alpha + " is no factor");
    }
    return alpha;
  }

  private Map<Site, Adapter.Change> layer(String prefix, Mixing mixing, double alpha) {
    Map<Site, Adapter.Change> changes = new EnumMap<>(Site.class);
    boolean isFused = base.has(Trait.FUSED);
    if (mixing instanceof Mixing.DeltaRule) {
      addEach(changes, prefix, Site.DELTA_INPUTS, alpha);
      addEach(changes, prefix, List.of(Site.DELTA_OUTPUT), alpha);
    } else if (isFused) {
      add(changes, prefix + "attn_qkv.weight", List.of(Site.QUERY, Site.KEY, Site.VALUE), alpha);
      addEach(changes, prefix, List.of(Site.ATTENTION_OUTPUT), alpha);
    } else {
      addEach(changes, prefix, Site.INPUTS, alpha);
      addEach(changes, prefix, List.of(Site.ATTENTION_OUTPUT), alpha);
    }
    if (base.experts() == null) {
      if (isFused) {
        add(changes, prefix + "ffn_up.weight", Site.INNER, alpha);
      } else {
        addEach(changes, prefix, Site.INNER, alpha);
      }
      addEach(changes, prefix, Site.LAST, alpha);
    }
    return changes;
  }

  /** Those of some sites that have a matrix each. */
  private void addEach(
      Map<Site, Adapter.Change> changes, String prefix, List<Site> sites, double alpha) {
    for (Site site : sites) {
      if (site.isIn(base)) {
        add(changes, prefix + site.tensor() + ".weight", List.of(site), alpha);
      }
    }
  }

  /** Reads the change of a matrix in which those of some sites lie on top of each other. */
  private void add(
      Map<Site, Adapter.Change> changes, String matrix, List<Site> sites, double alpha) {
    String nameA = matrix + ".lora_a";
    String nameB = matrix + ".lora_b";
    Optional<Tensor> a = file.find(nameA);
    Optional<Tensor> b = file.find(nameB);
    if (a.isEmpty() && b.isEmpty()) {
      return;
    }
    long rank = file.tensor(nameA).shape().rows();
    if (rank > RANK_MAX) {
      throw file.refuse(nameA, "has rank " + rank + ", at most " + RANK_MAX + " is applied");
    }
    List<Long> heights = sites.stream().map(site -> site.output().columns(weights)).toList();
    long height = heights.stream().mapToLong(Long::longValue).sum();
    Tensor whole = checked(nameB, Shape.of(height, rank));
    Tensor shared = checked(nameA, Shape.of(rank, sites.getFirst().input().columns(weights)));
    List<Tensor> parts = WeightsReader.split(whole, heights);
    float scale = (float) (alpha == 0 ? 1 : alpha / rank);
    for (int i = 0; i < sites.size(); i++) {
      changes.put(sites.get(i), new Adapter.Change(shared, parts.get(i), scale));
    }
  }

  private Tensor checked(String name, Shape expected) {
    Tensor found = file.tensor(name);
    used.add(name);
    if (!found.shape().equals(expected)) {
      throw file.refuse(
          name, "has shape " + found.shape().dims() + ", " + expected.dims() + " expected");
    }
    return found;
  }
}
