package dev.palimpsest.engine.snapshot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Spoils files; what comes out has room for a header still. */
final class SnapshotMutator {
  private static final int[] EDGES = {0, 1, -1, 31, 32, 64, 1 << 16, 1 << 22, 1 << 30, 0x7fffffff};

  private SnapshotMutator() {}

  static byte[] mutated(byte[] file, int headerBytes, RandomGenerator random) {
    byte[] changed = file.clone();
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      changed = once(changed, headerBytes, random);
    }
    return changed;
  }

  private static byte[] once(byte[] file, int headerBytes, RandomGenerator random) {
    byte[] changed = file.clone();
    int at = random.nextInt(random.nextBoolean() ? headerBytes : file.length);
    switch (random.nextInt(5)) {
      case 0 -> changed[at] = (byte) random.nextInt();
      case 1 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 2 ->
          ByteBuffer.wrap(changed)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(random.nextInt(headerBytes / 4) * 4, EDGES[random.nextInt(EDGES.length)]);
      case 3 -> {
        int length = random.nextInt(1, 65);
        int from = random.nextInt(file.length - length);
        System.arraycopy(file, from, changed, random.nextInt(file.length - length), length);
      }
      default -> {
        int length = random.nextInt(headerBytes, 2 * file.length);
        return Arrays.copyOf(changed, length);
      }
    }
    return changed;
  }
}
