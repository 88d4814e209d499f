package dev.palimpsest.engine.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Changes bytes anyhow: flips, cuts, copies, repeats, words of the format, numbers at edges. */
public final class ByteMutator implements Mutator {
  private static final int BYTES_MAX = 1 << 18;
  private static final int REPEATS_BITS = 13;
  private static final int PART_MAX = 64;
  private static final long[] EDGES = {
    0,
    1,
    2,
    31,
    32,
    127,
    255,
    256,
    65_535,
    65_537,
    1L << 20,
    Integer.MAX_VALUE,
    1L << 31,
    0xFFFFFFFFL,
    1L << 32,
    1L << 61,
    Long.MAX_VALUE - 7,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2
  };

  private final List<byte[]> words;

  /** With words that mean something in the format. */
  public ByteMutator(String... words) {
    this.words = Arrays.stream(words).map(w -> w.getBytes(StandardCharsets.UTF_8)).toList();
  }

  @Override
  public byte[] mutant(byte[] input, byte[] other, RandomGenerator random) {
    byte[] bytes = input;
    for (int i = random.nextInt(1, 2 + random.nextInt(5)); i > 0; i--) {
      bytes = once(bytes, other, random);
    }
    return bytes.length <= BYTES_MAX ? bytes : Arrays.copyOf(bytes, BYTES_MAX);
  }

  private byte[] once(byte[] bytes, byte[] other, RandomGenerator random) {
    int at = random.nextInt(bytes.length + 1);
    int end = Math.min(bytes.length, at + part(random));
    return switch (random.nextInt(12)) {
      case 0 -> flipped(bytes, random);
      case 1 -> replaced(bytes, at, end, new byte[0]);
      case 2, 3 -> replaced(bytes, at, at, word(bytes, random));
      case 4 -> replaced(bytes, at, end, word(bytes, random));
      case 5 -> replaced(bytes, at, at, cut(other, random));
      case 6 -> replaced(bytes, at, end, cut(other, random));
      case 7 -> replaced(bytes, at, at, repeated(word(bytes, random), random));
      case 8 -> replaced(bytes, at, end, repeated(cut(bytes, random), random));
      case 9 -> random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at) : flipped(bytes, random);
      default -> number(bytes, random);
    };
  }

  /** Mostly short. */
  private static int part(RandomGenerator random) {
    return 1 + random.nextInt(random.nextInt(8) == 0 ? 16 * PART_MAX : PART_MAX / 4);
  }

  private static byte[] flipped(byte[] bytes, RandomGenerator random) {
    byte[] changed = bytes.clone();
    if (changed.length > 0) {
      int at = random.nextInt(changed.length);
      changed[at] =
          (byte) (random.nextBoolean() ? random.nextInt() : changed[at] ^ 1 << random.nextInt(8));
    }
    return changed;
  }

  private static byte[] number(byte[] bytes, RandomGenerator random) {
    int length = 1 << random.nextInt(4);
    if (bytes.length < length) {
      return flipped(bytes, random);
    }
    byte[] changed = bytes.clone();
    int at = random.nextInt(bytes.length - length + 1);
    long value = EDGES[random.nextInt(EDGES.length)];
    byte[] written = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    System.arraycopy(written, 0, changed, at, length);
    return changed;
  }

  private byte[] word(byte[] bytes, RandomGenerator random) {
    return words.isEmpty() ? cut(bytes, random) : words.get(random.nextInt(words.size()));
  }

  private static byte[] cut(byte[] bytes, RandomGenerator random) {
    int from = random.nextInt(bytes.length + 1);
    return Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + part(random)));
  }

  private static byte[] repeated(byte[] part, RandomGenerator random) {
    int most = BYTES_MAX / Math.max(1, part.length);
    int times = Math.min(most, 1 + random.nextInt(1 << random.nextInt(1, REPEATS_BITS)));
    byte[] all = new byte[part.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(part, 0, all, i * part.length, part.length);
    }
    return all;
  }

  private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
    byte[] changed = Arrays.copyOf(bytes, bytes.length - (to - from) + by.length);
    System.arraycopy(by, 0, changed, from, by.length);
    System.arraycopy(bytes, to, changed, from + by.length, bytes.length - to);
    return changed;
  }
}
