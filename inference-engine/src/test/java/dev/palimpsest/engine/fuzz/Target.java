package dev.palimpsest.engine.fuzz;

import java.io.IOException;

/** A parser, as the fuzzer sees it. */
@FunctionalInterface
public interface Target {
  /** Reads an input, whatever it is. Whatever this throws is a fault of the parser. */
  Outcome read(byte[] input) throws IOException;

  /** How an input was read. */
  sealed interface Outcome {
    /** Not, as the parser declares it, and in which words. */
    record Refused(String reason) implements Outcome {}

    /** And now it can be used. */
    record Taken(Use use) implements Outcome {}
  }

  /** What is done with an input that was taken; measured for itself. */
  @FunctionalInterface
  interface Use {
    /** How it went, in a few words. */
    String run() throws IOException;
  }

  /**
   * What one input may cost.
   *
   * @param readBytes allocated by reading, besides {@code perByte} for each byte of the input
   * @param perByte bytes allocated for each byte of the input
   * @param useBytes allocated by using it
   * @param cpuSeconds of processor time for both
   */
  record Bounds(long readBytes, long perByte, long useBytes, int cpuSeconds) {}
}
