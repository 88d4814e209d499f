package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Projections;
import dev.palimpsest.engine.backend.Work;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Adds the changes of adapters to products of a layer. Adapter after adapter takes the rows that
 * use it, in two products for all of them; so a row is given the same sum whatever other rows there
 * are, and one without an adapter is not touched. Allocates at its making only.
 */
final class AdapterPass {
  /** The two products of one change, laid out on the workspace. */
  private record Step(
      Tensor x, Tensor gathered, Projections down, Projections up, Tensor change, float scale) {}

  private final Backend backend;
  private final Map<Buffer, Tensor> buffers;

  /** For each adapter, layer by layer, what is changed. */
  private final List<List<Map<Site, Step>>> steps = new ArrayList<>();

  /** For each adapter the rows that use it. */
  private final int[][] rowsOf;

  private final int[] counts;
  private final Work gatherRows = this::gatherRow;
  private final Work addRows = this::addRow;

  // The adapter, the change and its place that the units of work at hand belong to.
  private int[] rows = new int[0];
  private @Nullable Step step;
  private @Nullable Tensor out;

  AdapterPass(
      List<Adapter> adapters, Weights weights, Backend backend, Map<Buffer, Tensor> buffers) {
    this.backend = backend;
    this.buffers = buffers;
    int rowsMax = (int) LayerSteps.of(buffers, Buffer.STREAM).shape().rows();
    rowsOf = new int[adapters.size()][rowsMax];
    counts = new int[adapters.size()];
    long width = widthMax(weights);
    List<Tensor> scratch =
        List.of(
            backend.floats("ADAPTER_INPUT", rowsMax, width),
            backend.floats("ADAPTER_INNER", rowsMax, rankMax(adapters)),
            backend.floats("ADAPTER_CHANGE", rowsMax, width));
    for (Adapter adapter : adapters) {
      steps.add(adapter.layers().stream().map(layer -> steps(layer, scratch)).toList());
    }
  }

  private Map<Site, Step> steps(Map<Site, Adapter.Change> changes, List<Tensor> scratch) {
    Map<Site, Step> each = new EnumMap<>(Site.class);
    changes.forEach((site, change) -> each.put(site, step(change, site, scratch)));
    return each;
  }

  private Step step(Adapter.Change change, Site site, List<Tensor> scratch) {
    Tensor x = view(scratch.get(0), change.a().shape().columns());
    Tensor inner = view(scratch.get(1), change.rank());
    Tensor product = view(scratch.get(2), change.b().shape().rows());
    return new Step(
        LayerSteps.of(buffers, site.input()),
        x,
        LayerSteps.single(x, change.a(), inner),
        LayerSteps.single(inner, change.b(), product),
        product,
        change.scale());
  }

  /** The same memory with shorter rows. */
  private static Tensor view(Tensor wide, long columns) {
    long rows = wide.shape().rows();
    MemorySegment part = wide.data().asSlice(0, rows * DType.F32.bytes(columns));
    return new Tensor(wide.name(), DType.F32, Shape.of(rows, columns), part);
  }

  private static int rankMax(List<Adapter> adapters) {
    return adapters.stream().mapToInt(Adapter::rankMax).max().orElseThrow();
  }

  private static long widthMax(Weights weights) {
    long width = 0;
    for (Site site : Site.values()) {
      if (site.isIn(weights.architecture())) {
        width = Math.max(width, site.input().columns(weights));
        width = Math.max(width, site.output().columns(weights));
      }
    }
    return width;
  }

  /** Bytes of workspace that a pass with these adapters takes. */
  static long bytes(List<Adapter> adapters, Weights weights, int rowsMax) {
    return adapters.isEmpty()
        ? 0
        : 2 * Backend.floatsBytes(rowsMax, widthMax(weights))
            + Backend.floatsBytes(rowsMax, rankMax(adapters));
  }

  /** Lists the rows of a batch that use an adapter. */
  void begin(Batch batch) {
    Arrays.fill(counts, 0);
    for (int row = 0; row < batch.rows(); row++) {
      int adapter = batch.adapter(row);
      if (adapter >= 0) {
        rowsOf[adapter][counts[adapter]++] = row;
      }
    }
  }

  /** Adds the changes of matrices of a layer to their products, which are there. */
  void add(int layer, List<Site> sites) {
    for (int a = 0; a < counts.length; a++) {
      if (counts[a] == 0) {
        continue;
      }
      rows = rowsOf[a];
      Map<Site, Step> changes = steps.get(a).get(layer);
      for (int i = 0; i < sites.size(); i++) {
        Step each = changes.get(sites.get(i));
        if (each != null) {
          run(each, LayerSteps.of(buffers, sites.get(i).output()), counts[a]);
        }
      }
    }
  }

  private void run(Step each, Tensor to, int count) {
    step = each;
    out = to;
    backend.run(gatherRows, count);
    backend.multiply(each.down, count);
    backend.multiply(each.up, count);
    backend.run(addRows, count);
  }

  private void gatherRow(int index, Kernels kernels) {
    Step each = Objects.requireNonNull(step);
    long bytes = each.x.rowBytes();
    MemorySegment.copy(
        each.x.data(), rows[index] * bytes, each.gathered.data(), index * bytes, bytes);
  }

  private void addRow(int index, Kernels kernels) {
    Step each = Objects.requireNonNull(step);
    Tensor to = Objects.requireNonNull(out);
    kernels.addScaled(to, rows[index], each.change, index, each.scale);
  }
}
