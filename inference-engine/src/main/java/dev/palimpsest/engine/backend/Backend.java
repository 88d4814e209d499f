package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.backend.vector.VectorKernels;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.function.Function;

/**
 * A place where a forward pass runs: kernels, the threads that run them, and the workspace in which
 * activations live. Owns an arena and the threads; both go with {@link #close}. All methods but
 * {@link #close} and the accessors are called by one thread at a time.
 */
public final class Backend implements AutoCloseable {
  /** More compute threads than this are a mistake in the configuration. */
  public static final int THREADS_MAX = 256;

  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  private static final int ALIGNMENT = 64;

  private final String name;
  private final String description;
  private final int threads;
  private final ComputePool pool;
  private final Arena arena = Arena.ofShared();
  private long workspaceBytes;

  private Backend(
      String name, String reason, int threads, Function<SegmentAllocator, Kernels> kernels) {
    this.name = name;
    this.threads = threads;
    this.description = name + ", " + threads + (threads == 1 ? " thread" : " threads") + reason;
    this.pool = new ComputePool(threads, () -> kernels.apply(arena));
  }

  /**
   * Opens a backend.
   *
   * @param choice {@code scalar} or {@code vector} for exactly that, {@code auto} for the best that
   *     this virtual machine has
   * @param threads compute threads, the caller included; 1 to {@value #THREADS_MAX}
   * @throws IllegalArgumentException if there is no such backend or the number is out of range
   * @throws IllegalStateException if the backend asked for is not available here, saying why
   */
  public static Backend open(String choice, int threads) {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException(
          "threads must be 1 to " + THREADS_MAX + ", not " + threads);
    }
    return switch (choice) {
      case "scalar" -> new Backend("scalar", ", as asked for", threads, _ -> new ScalarKernels());
      case "vector" -> vector(threads, "as asked for");
      case "auto" ->
          hasVectorModule()
              ? vector(threads, "chosen because module " + VECTOR_MODULE + " is there")
              : new Backend(
                  "scalar", ", chosen because " + absence(), threads, _ -> new ScalarKernels());
      default ->
          throw new IllegalArgumentException(
              "no backend \"" + choice + "\"; there are auto, vector and scalar");
    };
  }

  private static Backend vector(int threads, String reason) {
    if (!hasVectorModule()) {
      throw new IllegalStateException("the vector backend is not available: " + absence());
    }
    return new Backend(
        "vector",
        ", " + VectorKernels.laneBits() + " bits wide, " + reason,
        threads,
        VectorKernels::new);
  }

  private static boolean hasVectorModule() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static String absence() {
    return "the virtual machine was started without --add-modules=" + VECTOR_MODULE;
  }

  /** Which kernels these are: {@code scalar} or {@code vector}. */
  public String name() {
    return name;
  }

  /** One line for the log: which backend, how many threads, and why. */
  public String describe() {
    return description;
  }

  /** What decides how sums are ordered and rounded: equal words, equal bits. */
  public String numerics() {
    return name.equals("vector") ? name + " " + VectorKernels.laneBits() : name;
  }

  /** Compute threads, the caller of {@link #run} included. */
  public int threads() {
    return threads;
  }

  /**
   * Takes zeroed memory for an F32 matrix from the workspace. The memory lives as long as the
   * backend.
   */
  public Tensor floats(String tensor, long rows, long columns) {
    long bytes = floatsBytes(rows, columns);
    workspaceBytes += bytes;
    return new Tensor(tensor, DType.F32, Shape.of(rows, columns), arena.allocate(bytes, ALIGNMENT));
  }

  /** Bytes that {@link #floats} would take. */
  public static long floatsBytes(long rows, long columns) {
    return Math.multiplyExact(rows, DType.F32.bytes(columns));
  }

  /** Bytes of workspace taken so far. */
  public long workspaceBytes() {
    return workspaceBytes;
  }

  /**
   * Runs all units of a piece of work on the compute threads, the caller among them, and returns
   * when the last is done.
   */
  public void run(Work work, int units) {
    pool.run(work, units);
  }

  /** Multiplies the first {@code tokens} input rows with all matrices of the set. */
  public void multiply(Projections projections, int tokens) {
    projections.tokens(tokens);
    pool.run(projections, projections.units());
  }

  /** Ends the threads and frees the workspace; nothing may run any more. */
  @Override
  public void close() {
    pool.close();
    arena.close();
  }
}
