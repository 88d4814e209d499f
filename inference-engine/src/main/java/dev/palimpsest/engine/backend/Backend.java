package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.backend.nativecpu.InstructionSet;
import dev.palimpsest.engine.backend.nativecpu.NativeCpu;
import dev.palimpsest.engine.backend.vector.VectorKernels;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
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
  private static final String NATIVE = "native";
  private static final int ALIGNMENT = 64;

  private final String name;
  private final String numerics;
  private final String description;
  private final int threads;
  private final ComputePool pool;
  private final Arena arena;
  private long workspaceBytes;

  /**
   * What {@link #open} decided.
   *
   * @param name which kernels
   * @param numerics what decides their bits
   * @param reason how they are described, and why they were taken
   * @param kernels makes those of one thread
   */
  private record Choice(
      String name, String numerics, String reason, Function<SegmentAllocator, Kernels> kernels) {
    Choice because(String more) {
      return new Choice(name, numerics, reason + more, kernels);
    }
  }

  private Backend(Arena arena, Choice choice, int threads) {
    this.arena = arena;
    this.name = choice.name;
    this.numerics = choice.numerics;
    this.threads = threads;
    this.description =
        name + ", " + threads + (threads == 1 ? " thread, " : " threads, ") + choice.reason;
    this.pool = new ComputePool(threads, () -> choice.kernels.apply(arena));
  }

  /**
   * Opens a backend.
   *
   * @param choice {@code scalar}, {@code vector} or {@code native} for exactly that, {@code
   *     native-scalar}, {@code native-avx2} or {@code native-avx512} for the native one on an
   *     instruction set, {@code auto} for the vector one where this virtual machine has it
   * @param threads compute threads, the caller included; 1 to {@value #THREADS_MAX}
   * @throws IllegalArgumentException if there is no such backend or the number is out of range
   * @throws IllegalStateException if the backend asked for is not available here, saying why
   */
  public static Backend open(String choice, int threads) {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException(
          "threads must be 1 to " + THREADS_MAX + ", not " + threads);
    }
    Arena arena = Arena.ofShared();
    boolean isOk = false;
    try {
      Backend backend = new Backend(arena, choose(choice, arena), threads);
      isOk = true;
      return backend;
    } finally {
      if (!isOk) {
        arena.close();
      }
    }
  }

  private static Choice choose(String choice, Arena arena) {
    return switch (choice) {
      case "scalar" -> scalar().because("as asked for");
      case "vector" -> {
        if (!hasVectorModule()) {
          throw new IllegalStateException("the vector backend is not available: " + absence());
        }
        yield vector().because("as asked for");
      }
      case "auto" -> byDefault(NativeCpu.load(arena));
      default -> {
        NativeCpu library =
            choice.equals(NATIVE)
                ? NativeCpu.load(arena)
                : NativeCpu.load(arena, instructionSet(choice));
        yield switch (library) {
          case NativeCpu.Present present -> natively(present).because("as asked for");
          case NativeCpu.Absent absent ->
              throw new IllegalStateException(
                  "the native backend is not available: " + absent.reason());
        };
      }
    };
  }

  private static InstructionSet instructionSet(String choice) {
    for (InstructionSet set : InstructionSet.values()) {
      if (choice.equals(NATIVE + "-" + set.word())) {
        return set;
      }
    }
    throw new IllegalArgumentException(
        "no backend \"" + choice + "\"; there are " + String.join(", ", choices()));
  }

  /** All that {@link #open} knows. */
  public static List<String> choices() {
    List<String> choices = new ArrayList<>(List.of("auto", "vector", "scalar", NATIVE));
    for (InstructionSet set : InstructionSet.values()) {
      choices.add(NATIVE + "-" + set.word());
    }
    return choices;
  }

  /** Whether the native one is there is said too, as that is asked of whoever reads the report. */
  private static Choice byDefault(NativeCpu library) {
    Choice choice =
        hasVectorModule()
            ? vector().because("chosen because module " + VECTOR_MODULE + " is there")
            : scalar().because("chosen because " + absence());
    return switch (library) {
      case NativeCpu.Present present ->
          choice.because(
              "; native, for " + present.set().word() + ", passed its test and can be asked for");
      case NativeCpu.Absent absent -> choice.because("; native is not there: " + absent.reason());
    };
  }

  private static Choice scalar() {
    return new Choice("scalar", "scalar", "", _ -> new ScalarKernels());
  }

  private static Choice vector() {
    int bits = VectorKernels.laneBits();
    return new Choice("vector", "vector " + bits, bits + " bits wide, ", VectorKernels::new);
  }

  /** What the library does not do is done by the best kernels of this virtual machine. */
  private static Choice natively(NativeCpu.Present library) {
    Choice others = hasVectorModule() ? vector() : scalar();
    return new Choice(
        NATIVE,
        NATIVE + " and " + others.numerics,
        "products by " + library.set().word() + ", all else by " + others.numerics + ", ",
        scratch -> library.kernels(others.kernels.apply(scratch), scratch));
  }

  private static boolean hasVectorModule() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static String absence() {
    return "the virtual machine was started without --add-modules=" + VECTOR_MODULE;
  }

  /** Which kernels these are: {@code scalar}, {@code vector} or {@code native}. */
  public String name() {
    return name;
  }

  /** One line for the log: which backend, how many threads, and why. */
  public String describe() {
    return description;
  }

  /** What decides how sums are ordered and rounded: equal words, equal bits. */
  public String numerics() {
    return numerics;
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
