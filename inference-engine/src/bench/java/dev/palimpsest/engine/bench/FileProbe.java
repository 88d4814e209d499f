package dev.palimpsest.engine.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** How fast one thread reads a file through a channel, as far as the system has it in memory. */
final class FileProbe {
  private static final int BUFFER_BYTES = 1 << 20;

  private FileProbe() {}

  static double megabytesPerSecond(Path file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    long read = 0;
    long begun = System.nanoTime();
    try (FileChannel channel = FileChannel.open(file)) {
      for (int n = channel.read(buffer); n >= 0; n = channel.read(buffer.clear())) {
        read += n;
      }
    }
    return read / ((System.nanoTime() - begun) / 1e9) / 1e6;
  }
}
