package dev.palimpsest.engine.backend.nativecpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;

/** Skips a test, saying why, where the native library is not built. */
public final class NativeHere {
  private NativeHere() {}

  /** Goes on if the backend is not a native one, or can be opened. */
  public static void orSkip(String backend) {
    if (backend.startsWith("native")) {
      try (Arena arena = Arena.ofShared()) {
        orSkip(arena);
      }
    }
  }

  static NativeCpu.Present orSkip(Arena arena) {
    NativeCpu library = NativeCpu.load(arena);
    assumeTrue(
        library instanceof NativeCpu.Present,
        () -> "no native kernels here: " + ((NativeCpu.Absent) library).reason());
    return (NativeCpu.Present) library;
  }
}
