package dev.palimpsest.engine.backend.nativecpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandleProxies;
import java.nio.file.Path;

/**
 * The functions of {@code palimpsest_cpu.h}, and nothing but the binding. Calls are ordinary ones:
 * a critical call would hold up the collector for as long as a product takes, to save nanoseconds
 * of some ten thousand. Arguments are segments, not addresses, so that memory which was given back
 * is an exception and no crash.
 *
 * @param abi {@code palimpsest_cpu_abi}
 * @param bestSet {@code palimpsest_cpu_best_set}
 * @param hasType {@code palimpsest_cpu_has_type}
 * @param selfTest {@code palimpsest_cpu_self_test}
 * @param multiply {@code palimpsest_cpu_multiply}
 */
record NativeLibrary(
    Answer abi, Answer bestSet, Question hasType, Question selfTest, Multiply multiply) {
  /** What this class was written for: {@code PALIMPSEST_CPU_ABI}. */
  static final int ABI = 1;

  /** {@code PALIMPSEST_CPU_OK}. */
  static final int OK = 0;

  /** {@code palimpsest_cpu_product}. */
  static final MemoryLayout PRODUCT =
      MemoryLayout.structLayout(
          JAVA_LONG.withName("columns"),
          JAVA_LONG.withName("out_width"),
          JAVA_LONG.withName("row_from"),
          JAVA_LONG.withName("row_to"),
          JAVA_INT.withName("tokens"),
          JAVA_INT.withName("type"),
          JAVA_INT.withName("set"),
          JAVA_INT.withName("reserved"));

  /** A function without arguments; public because the virtual machine implements it. */
  public interface Answer {
    /** Calls the function. */
    int get();
  }

  /** A function of a number. */
  public interface Question {
    /** Calls the function. */
    int of(int number);
  }

  /** The product of a part of a matrix with vectors. */
  public interface Multiply {
    /** Calls the function; the arguments are as in the header. */
    int call(MemorySegment product, MemorySegment weights, MemorySegment x, MemorySegment out);
  }

  /**
   * Loads a library, which stays as long as the arena is open.
   *
   * @throws IllegalArgumentException if the file cannot be loaded
   * @throws java.util.NoSuchElementException if a function is missing
   */
  @SuppressWarnings("restricted")
  static NativeLibrary load(Path file, Arena arena) {
    SymbolLookup symbols = SymbolLookup.libraryLookup(file, arena);
    FunctionDescriptor answer = FunctionDescriptor.of(JAVA_INT);
    FunctionDescriptor question = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
    FunctionDescriptor multiply =
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    return new NativeLibrary(
        bind(Answer.class, symbols, "palimpsest_cpu_abi", answer),
        bind(Answer.class, symbols, "palimpsest_cpu_best_set", answer),
        bind(Question.class, symbols, "palimpsest_cpu_has_type", question),
        bind(Question.class, symbols, "palimpsest_cpu_self_test", question),
        bind(Multiply.class, symbols, "palimpsest_cpu_multiply", multiply));
  }

  @SuppressWarnings("restricted")
  private static <T> T bind(
      Class<T> type, SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
    MemorySegment symbol = symbols.findOrThrow(name);
    return MethodHandleProxies.asInterfaceInstance(
        type, Linker.nativeLinker().downcallHandle(symbol, descriptor));
  }
}
