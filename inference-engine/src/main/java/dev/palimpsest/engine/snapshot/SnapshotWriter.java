package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.kv.KvLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;

/** Writes one file to the disk, the header last, because the blocks' checksums stand in it. */
final class SnapshotWriter {
  private final SnapshotHeader header;
  private final int pages;
  private final PageMemory source;

  /**
   * @param header its checksums are not known yet
   */
  SnapshotWriter(SnapshotHeader header, PageMemory source) {
    this.header = header;
    this.pages = header.pages();
    this.source = source;
  }

  /**
   * Writes and forces; what is there before is written over.
   *
   * @param isUnwanted asked before every block
   * @return whether it came to the end
   */
  boolean write(Path path, BooleanSupplier isUnwanted) throws IOException {
    KvLayout layout = header.kind().layout();
    int ofLayer = SnapshotHeader.blocksOfLayer(pages);
    long stateBytes = header.kind().stateBytes();
    int ofPages = layout.layers() * ofLayer;
    int[] checksums = new int[ofPages + (int) SnapshotHeader.stateBlocks(stateBytes)];
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.position(header.bytes());
      for (int block = 0; block < checksums.length; block++) {
        if (isUnwanted.getAsBoolean()) {
          return false;
        }
        int first = block % ofLayer * SnapshotHeader.BLOCK_PAGES;
        checksums[block] =
            block < ofPages
                ? writeBlock(channel, block / ofLayer, first)
                : writeState(channel, block - ofPages, stateBytes);
      }
      writeAll(channel.position(0), header.withChecksums(checksums).encode());
      channel.force(true);
      return true;
    }
  }

  private int writeBlock(FileChannel channel, int layer, int first) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer[] parts = new ByteBuffer[Math.min(SnapshotHeader.BLOCK_PAGES, pages - first)];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = source.layer(first + i, layer).asByteBuffer();
      crc.update(parts[i]);
    }
    writeAll(channel, parts);
    return (int) crc.getValue();
  }

  private int writeState(FileChannel channel, int block, long bytes) throws IOException {
    long at = (long) block * SnapshotHeader.STATE_BLOCK_BYTES;
    long length = Math.min(SnapshotHeader.STATE_BLOCK_BYTES, bytes - at);
    ByteBuffer part = source.state().asSlice(at, length).asByteBuffer();
    CRC32C crc = new CRC32C();
    crc.update(part);
    writeAll(channel, part);
    return (int) crc.getValue();
  }

  private static void writeAll(FileChannel channel, ByteBuffer... parts) throws IOException {
    for (ByteBuffer part : parts) {
      part.rewind();
    }
    while (parts[parts.length - 1].hasRemaining()) {
      long written = channel.write(parts);
      assert written > 0;
    }
  }
}
