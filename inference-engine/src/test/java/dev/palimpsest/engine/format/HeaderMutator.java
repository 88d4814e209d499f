package dev.palimpsest.engine.format;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Breaks the header of a small model file in a random way. */
public final class HeaderMutator {
  private static final long[] HUGE = {
    0,
    1,
    255,
    65_537,
    Integer.MAX_VALUE,
    1L << 32,
    1L << 61,
    Long.MAX_VALUE - 7,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1
  };

  private final byte[] file;
  private final List<GgufWriter.Field> fields;
  private final int headerEnd;

  /** Breaks what this writer writes. */
  public HeaderMutator(GgufWriter writer) {
    file = writer.bytes();
    fields = writer.fields();
    headerEnd = fields.getLast().offset() + fields.getLast().length();
  }

  /** A broken copy of the file. */
  public byte[] mutant(RandomGenerator random) {
    return switch (random.nextInt(5)) {
      case 0 -> flipped(random);
      case 1 -> Arrays.copyOf(file, any(random).offset() + random.nextInt(2));
      case 2 -> overwritten(random, 8, HUGE[random.nextInt(HUGE.length)]);
      case 3 -> overwritten(random, 4, random.nextInt(-1, 42));
      default -> spliced(random);
    };
  }

  private byte[] flipped(RandomGenerator random) {
    byte[] bytes = file.clone();
    for (int n = random.nextInt(1, 9); n > 0; n--) {
      bytes[random.nextInt(headerEnd)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  /** A number of this size becomes another: a count, a length, an offset, a type. */
  private byte[] overwritten(RandomGenerator random, int length, long value) {
    List<GgufWriter.Field> numbers = fields.stream().filter(f -> f.length() == length).toList();
    GgufWriter.Field field = numbers.get(random.nextInt(numbers.size()));
    byte[] bytes = file.clone();
    for (int i = 0; i < length; i++) {
      bytes[field.offset() + i] = (byte) (value >>> (8 * i));
    }
    return bytes;
  }

  /** What lies between two fields is put over, or in place of, what lies between two others. */
  private byte[] spliced(RandomGenerator random) {
    int from = any(random).offset();
    int length = random.nextInt(1, 1 + Math.min(64, file.length - from));
    int to = any(random).offset();
    int replaced = random.nextBoolean() ? Math.min(length, file.length - to) : 0;
    byte[] bytes = Arrays.copyOf(file, file.length + length - replaced);
    System.arraycopy(file, from, bytes, to, length);
    System.arraycopy(file, to + replaced, bytes, to + length, file.length - to - replaced);
    return bytes;
  }

  private GgufWriter.Field any(RandomGenerator random) {
    return fields.get(random.nextInt(fields.size()));
  }
}
