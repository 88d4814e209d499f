package dev.palimpsest.engine.backend.nativecpu;

import java.util.Locale;

/**
 * What kernels are compiled for, numbered as in the library's header; each includes those before
 * it.
 */
public enum InstructionSet {
  /** Plain C++. */
  SCALAR,
  /** 256 bits, with FMA and F16C. */
  AVX2,
  /** 512 bits: F, BW, DQ and VL. */
  AVX512;

  /** How the set is written in a choice of a backend. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
