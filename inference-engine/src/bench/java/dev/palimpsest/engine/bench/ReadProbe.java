package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Work;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/** How fast the threads of a backend together read memory that is in no cache. */
final class ReadProbe implements AutoCloseable {
  /** Far larger than any last-level cache. */
  static final long BYTES = 512L << 20;

  private static final long UNIT_BYTES = 1L << 20;
  private static final int PASSES = 3;
  private static final VectorSpecies<Long> V = LongVector.SPECIES_PREFERRED;

  private final Backend backend;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(BYTES, 4_096);
  private final AtomicLong seen = new AtomicLong();
  private final Work read = this::readUnit;

  ReadProbe(Backend backend) {
    this.backend = backend;
    memory.fill((byte) 1);
    for (int i = 0; i < PASSES; i++) {
      gigabytesPerSecond();
    }
  }

  /** The mean of a few passes, so that neighbours slow it as they slow what is measured. */
  double gigabytesPerSecond() {
    long start = System.nanoTime();
    for (int i = 0; i < PASSES; i++) {
      backend.run(read, (int) (BYTES / UNIT_BYTES));
    }
    return PASSES * BYTES / (double) (System.nanoTime() - start);
  }

  private void readUnit(int unit, Kernels kernels) {
    long from = unit * UNIT_BYTES;
    long step = V.vectorByteSize();
    LongVector a = LongVector.zero(V);
    LongVector b = LongVector.zero(V);
    LongVector c = LongVector.zero(V);
    LongVector d = LongVector.zero(V);
    for (int i = 0; i < UNIT_BYTES; i += (int) (4 * step)) {
      a = a.add(load(from + i));
      b = b.add(load(from + i + step));
      c = c.add(load(from + i + 2 * step));
      d = d.add(load(from + i + 3 * step));
    }
    // The sum is used, so that no compiler may leave the reading out.
    seen.addAndGet(a.add(b).add(c).add(d).lane(0));
  }

  private LongVector load(long offset) {
    return LongVector.fromMemorySegment(V, memory, offset, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    arena.close();
  }
}
