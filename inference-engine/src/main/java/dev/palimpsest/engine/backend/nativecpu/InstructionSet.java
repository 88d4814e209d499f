package dev.palimpsest.engine.backend.nativecpu;

import java.util.Locale;

/** What kernels are compiled for; each set includes those before it. */
public enum InstructionSet {
  /** Plain C++. */
  SCALAR(0),
  /** 256 bits, with FMA and F16C. */
  AVX2(1),
  /** 512 bits: F, BW, DQ and VL. */
  AVX512(2);

  private final int number;

  InstructionSet(int number) {
    this.number = number;
  }

  /** The number that the library's header gives it. */
  int number() {
    return number;
  }

  static InstructionSet of(int number) {
    for (InstructionSet set : values()) {
      if (set.number == number) {
        return set;
      }
    }
    throw new IllegalArgumentException("no instruction set has number " + number);
  }

  /** How the set is written in a choice of a backend. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
