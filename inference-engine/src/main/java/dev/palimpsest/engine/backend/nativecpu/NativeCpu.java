package dev.palimpsest.engine.backend.nativecpu;

import dev.palimpsest.engine.backend.Kernels;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The native library: loaded and tested, or not, and why. It is looked for in the folders of {@code
 * java.library.path}; who built it, or could not, leaves the reason there in a file that has the
 * library's name with {@code .absent} behind it.
 */
public sealed interface NativeCpu {
  /**
   * It is not used.
   *
   * @param reason half a sentence
   */
  record Absent(String reason) implements NativeCpu {}

  /** It was loaded, has the right version and passed its test. */
  final class Present implements NativeCpu {
    private final NativeLibrary library;
    private final InstructionSet set;

    private Present(NativeLibrary library, InstructionSet set) {
      this.library = library;
      this.set = set;
    }

    /** What its kernels run on. */
    public InstructionSet set() {
      return set;
    }

    /**
     * Kernels for one thread.
     *
     * @param others do what the library does not
     * @param scratch gives memory off the heap that lives at least as long as they do
     */
    public Kernels kernels(Kernels others, SegmentAllocator scratch) {
      return new NativeKernels(library, set, others, scratch);
    }
  }

  /**
   * Loads the library for the best instruction set of this CPU, and tests it: some milliseconds.
   *
   * @param arena the library stays as long as it is open
   */
  static NativeCpu load(Arena arena) {
    return find(arena, null);
  }

  /** As the other, for one instruction set. */
  static NativeCpu load(Arena arena, InstructionSet set) {
    return find(arena, set);
  }

  private static NativeCpu find(Arena arena, @Nullable InstructionSet set) {
    String name = System.mapLibraryName("palimpsest_cpu");
    String folders = System.getProperty("java.library.path", "");
    for (String folder : folders.split(File.pathSeparator, -1)) {
      Path file = Path.of(folder).toAbsolutePath().resolve(name);
      Path why = file.resolveSibling(name + ".absent");
      if (Files.isRegularFile(file)) {
        return open(file, arena, set);
      }
      if (Files.isRegularFile(why)) {
        return new Absent("it was not built: " + firstLine(why));
      }
    }
    return new Absent("there is no " + name + " in java.library.path");
  }

  private static String firstLine(Path file) {
    try {
      return Files.readString(file).lines().findFirst().orElse("nobody said why");
    } catch (IOException e) {
      return file + " cannot be read: " + e.getMessage();
    }
  }

  private static NativeCpu open(Path file, Arena arena, @Nullable InstructionSet set) {
    NativeLibrary library;
    try {
      library = NativeLibrary.load(file, arena);
    } catch (IllegalArgumentException | NoSuchElementException e) {
      return new Absent(file + " cannot be loaded: " + e.getMessage());
    }
    int abi = library.abi().get();
    if (abi != NativeLibrary.ABI) {
      return new Absent(file + " has version " + abi + ", not " + NativeLibrary.ABI);
    }
    InstructionSet best = InstructionSet.of(library.bestSet().get());
    InstructionSet chosen = set == null ? best : set;
    if (chosen.compareTo(best) > 0) {
      return new Absent("this CPU has no " + chosen.word() + ", only " + best.word());
    }
    int differs = library.selfTest().of(chosen.number());
    return differs == 0
        ? new Present(library, chosen)
        : new Absent(
            "its kernels for " + chosen.word() + " failed their test with type " + differs);
  }
}
