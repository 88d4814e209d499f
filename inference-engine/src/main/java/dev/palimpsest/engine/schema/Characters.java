package dev.palimpsest.engine.schema;

/**
 * The characters of a JSON string as sequences of bytes: well-formed UTF-8 without control
 * characters, and escapes but those of halves of surrogate pairs.
 */
final class Characters {
  private static final int[] TAIL = {0x80, 0xBF};
  private static final int[] HEX = {'0', '9', 'a', 'f', 'A', 'F'};

  /** By kind of character a number of {@link #RANGES}, one for each byte. */
  static final int[][] SEQUENCES = {
    {0},
    {1, 2},
    {3, 4, 2},
    {5, 2, 2},
    {6, 7, 2},
    {8, 9, 2, 2},
    {10, 2, 2, 2},
    {11, 12, 2, 2},
    {13, 14},
    {13, 15, 16, 17, 17, 17},
    {13, 15, 18, 19, 17, 17}
  };

  private static final int[][] RANGES = {
    {0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F},
    {0xC2, 0xDF},
    TAIL,
    {0xE0, 0xE0},
    {0xA0, 0xBF},
    {0xE1, 0xEC, 0xEE, 0xEF},
    {0xED, 0xED},
    {0x80, 0x9F},
    {0xF0, 0xF0},
    {0x90, 0xBF},
    {0xF1, 0xF3},
    {0xF4, 0xF4},
    {0x80, 0x8F},
    {'\\', '\\'},
    {'"', '"', '\\', '\\', '/', '/', 'b', 'b', 'f', 'f', 'n', 'n', 'r', 'r', 't', 't'},
    {'u', 'u'},
    {'0', '9', 'a', 'c', 'e', 'f', 'A', 'C', 'E', 'F'},
    HEX,
    {'d', 'd', 'D', 'D'},
    {'0', '7'}
  };

  private Characters() {}

  static void write(Program program, int[] sequence) {
    for (int range : sequence) {
      program.readRanges(RANGES[range]);
    }
  }
}
