package dev.palimpsest.engine.backend.nativecpu;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Recurrence;
import dev.palimpsest.engine.backend.Rotation;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;

/**
 * Products by the library, all else by other kernels. Which of them multiplies depends on the
 * weights alone, so that a row has the same bits in every batch. Belongs to one thread.
 */
final class NativeKernels implements Kernels {
  /** The library walks over rows in steps of so many elements. */
  private static final int PIECE = 32;

  private static final long ROW_FROM = offset("row_from");
  private static final long ROW_TO = offset("row_to");
  private static final long COLUMNS = offset("columns");
  private static final long OUT_WIDTH = offset("out_width");
  private static final long TOKENS = offset("tokens");
  private static final long TYPE = offset("type");
  private static final long SET = offset("set");

  private final NativeLibrary.Multiply multiply;
  private final Set<DType> types;
  private final Kernels others;
  private final MemorySegment product;

  NativeKernels(
      NativeLibrary library, InstructionSet set, Kernels others, SegmentAllocator scratch) {
    this.multiply = library.multiply();
    this.types = EnumSet.noneOf(DType.class);
    for (DType type : DType.values()) {
      if (library.hasType().of(type.ggmlId()) != 0) {
        types.add(type);
      }
    }
    this.others = others;
    this.product = scratch.allocate(NativeLibrary.PRODUCT);
    product.set(ValueLayout.JAVA_INT, SET, set.number());
  }

  private static long offset(String field) {
    return NativeLibrary.PRODUCT.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  @Override
  public void multiply(Tensor weights, Tensor x, Tensor out, int tokens, int rowFrom, int rowTo) {
    if (!isKnown(weights)) {
      others.multiply(weights, x, out, tokens, rowFrom, rowTo);
      return;
    }
    checkSizes(weights, x, out, tokens, rowFrom, rowTo);
    product.set(ValueLayout.JAVA_LONG, COLUMNS, weights.shape().columns());
    product.set(ValueLayout.JAVA_LONG, OUT_WIDTH, out.shape().columns());
    product.set(ValueLayout.JAVA_LONG, ROW_FROM, rowFrom);
    product.set(ValueLayout.JAVA_LONG, ROW_TO, rowTo);
    product.set(ValueLayout.JAVA_INT, TOKENS, tokens);
    product.set(ValueLayout.JAVA_INT, TYPE, weights.type().ggmlId());
    int answer = multiply.call(product, weights.data(), x.data(), out.data());
    if (answer != NativeLibrary.OK) {
      throw new IllegalStateException(
          "the native library refused " + weights.name() + " with answer " + answer);
    }
  }

  private boolean isKnown(Tensor weights) {
    return types.contains(weights.type())
        && weights.shape().columns() % PIECE == 0
        && weights.data().isNative();
  }

  /** The library checks no bounds: what it may touch is decided here. */
  private static void checkSizes(
      Tensor weights, Tensor x, Tensor out, int tokens, int rowFrom, int rowTo) {
    boolean areRows = rowFrom >= 0 && rowTo <= weights.shape().rows();
    boolean areInputs =
        tokens >= 0
            && tokens * weights.shape().columns() * Float.BYTES <= x.data().byteSize()
            && x.data().isNative();
    boolean areResults =
        rowTo <= out.shape().columns() && tokens <= out.shape().rows() && out.data().isNative();
    if (!areRows || !areInputs || !areResults) {
      throw new IllegalArgumentException(
          weights.name()
              + ": rows "
              + rowFrom
              + " to "
              + rowTo
              + " of "
              + tokens
              + " tokens do not fit");
    }
  }

  @Override
  public void decode(Tensor weights, int row, Tensor out, int outRow) {
    others.decode(weights, row, out, outRow);
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, Tensor out, int row, float epsilon) {
    others.rmsNorm(x, weight, out, row, epsilon);
  }

  @Override
  public void layerNorm(Tensor x, Tensor weight, Tensor bias, Tensor out, int row, float epsilon) {
    others.layerNorm(x, weight, bias, out, row, epsilon);
  }

  @Override
  public void add(Tensor x, Tensor y, int row) {
    others.add(x, y, row);
  }

  @Override
  public void addScaled(Tensor x, int row, Tensor y, int yRow, float factor) {
    others.addScaled(x, row, y, yRow, factor);
  }

  @Override
  public void scale(Tensor x, int row, float factor) {
    others.scale(x, row, factor);
  }

  @Override
  public void swiGlu(Tensor gate, Tensor up, int row) {
    others.swiGlu(gate, up, row);
  }

  @Override
  public void geGlu(Tensor gate, Tensor up, int row) {
    others.geGlu(gate, up, row);
  }

  @Override
  public void gelu(Tensor x, int row) {
    others.gelu(x, row);
  }

  @Override
  public void rotate(Tensor x, int row, Rotation rotation, int position) {
    others.rotate(x, row, rotation, position);
  }

  @Override
  public void attend(Attention attention, int block, int kvHead) {
    others.attend(attention, block, kvHead);
  }

  @Override
  public void sigmoidGate(Tensor x, Tensor gate, int row) {
    others.sigmoidGate(x, gate, row);
  }

  @Override
  public void convolve(Recurrence recurrence, int row) {
    others.convolve(recurrence, row);
  }

  @Override
  public void recur(Recurrence recurrence, int run, int head) {
    others.recur(recurrence, run, head);
  }
}
