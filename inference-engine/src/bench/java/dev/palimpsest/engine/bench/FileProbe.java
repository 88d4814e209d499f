package dev.palimpsest.engine.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * How fast one thread reads a file through a channel, as far as the system has it in memory: into
 * memory of the file's size that was touched before, where a reader has the whole file in the end,
 * and into one small buffer again and again, where it has nothing but has not left the processor's
 * cache. Owns the memory.
 */
final class FileProbe implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Arena arena = Arena.ofConfined();
  private MemorySegment memory = MemorySegment.NULL;

  /** What was read in a second, 10⁶ bytes. */
  record Rates(double intoMemory, double intoBuffer) {}

  /** Reads the file in both ways. */
  Rates read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      if (memory.byteSize() < channel.size()) {
        memory = arena.allocate(channel.size());
      }
      return new Rates(intoMemory(channel), intoBuffer(channel));
    }
  }

  private double intoMemory(FileChannel channel) throws IOException {
    long begun = System.nanoTime();
    long at = 0;
    while (at < channel.size()) {
      long length = Math.min(BUFFER_BYTES, channel.size() - at);
      at += channel.read(memory.asSlice(at, length).asByteBuffer(), at);
    }
    return rate(at, begun);
  }

  private double intoBuffer(FileChannel channel) throws IOException {
    ByteBuffer buffer = memory.asSlice(0, Math.min(BUFFER_BYTES, memory.byteSize())).asByteBuffer();
    long begun = System.nanoTime();
    long at = 0;
    while (at < channel.size()) {
      at += channel.read(buffer.clear(), at);
    }
    return rate(at, begun);
  }

  private static double rate(long bytes, long begun) {
    return bytes / ((System.nanoTime() - begun) / 1e9) / 1e6;
  }

  @Override
  public void close() {
    arena.close();
  }
}
