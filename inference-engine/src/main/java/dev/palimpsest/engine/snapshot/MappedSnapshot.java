package dev.palimpsest.engine.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read, mapped. Owns its mapping; for the thread that opened it. The file may be
 * anything and may change under the mapping; both end in a refusal.
 */
final class MappedSnapshot implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment file;
  private final SnapshotHeader header;
  private @Nullable MemorySegment spare;

  private MappedSnapshot(Arena arena, MemorySegment file) throws RefusedException {
    this.arena = arena;
    this.file = file;
    this.header = header(file);
  }

  private static SnapshotHeader header(MemorySegment file) throws RefusedException {
    long size = file.byteSize();
    if (size < SnapshotHeader.FIXED_BYTES) {
      throw new RefusedException("it ends in its header");
    }
    try {
      byte[] start = file.asSlice(0, SnapshotHeader.FIXED_BYTES).toArray(JAVA_BYTE);
      int bytes = SnapshotHeader.bytes(start, size);
      return SnapshotHeader.decode(file.asSlice(0, bytes).toArray(JAVA_BYTE), size);
    } catch (InternalError e) {
      throw changed(e);
    }
  }

  /** Maps a file and reads its header. */
  static MappedSnapshot open(Path path) throws IOException, RefusedException {
    Arena arena = Arena.ofConfined();
    boolean isOk = false;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      MappedSnapshot opened = new MappedSnapshot(arena, file);
      isOk = true;
      return opened;
    } finally {
      if (!isOk) {
        arena.close();
      }
    }
  }

  SnapshotHeader header() {
    return header;
  }

  /** Bytes that {@link #copy} reads. */
  static long bytesRead(SnapshotHeader header, int from, int to) {
    long pages = (lastOf(header, to) - firstOf(from)) * header.kind().layout().pageBytes();
    return pages + header.kind().stateBytes();
  }

  /**
   * Copies pages {@code [from, to)} layer by layer, and the state that comes after the last page of
   * the file. Where this throws or returns false the target holds anything.
   *
   * @param isUnwanted asked before every block
   * @return whether it came to the end
   */
  boolean copy(int from, int to, PageMemory target, BooleanSupplier isUnwanted)
      throws RefusedException {
    try {
      int ofLayer = SnapshotHeader.blocksOfLayer(header.pages());
      int begin = from / SnapshotHeader.BLOCK_PAGES;
      int wanted = SnapshotHeader.blocksOfLayer(to) - begin;
      for (int i = 0; i < wanted * header.kind().layout().layers(); i++) {
        if (isUnwanted.getAsBoolean()) {
          return false;
        }
        int block = i / wanted * ofLayer + begin + i % wanted;
        copyBlock(block, from, to, target);
      }
      return copyState(target.state(), isUnwanted);
    } catch (InternalError e) {
      throw changed(e);
    }
  }

  private static int firstOf(int page) {
    return page / SnapshotHeader.BLOCK_PAGES * SnapshotHeader.BLOCK_PAGES;
  }

  private static int lastOf(SnapshotHeader header, int to) {
    int blocks = SnapshotHeader.blocksOfLayer(to);
    return Math.min(header.pages(), blocks * SnapshotHeader.BLOCK_PAGES);
  }

  /**
   * All is copied before anything looks at it, what nobody wants into the spare page: what is
   * checked cannot change after, and a copy of what the file has lost fails as an error, while
   * looking at it would end the process.
   */
  private void copyBlock(int block, int from, int to, PageMemory target) throws RefusedException {
    int pages = header.pages();
    int ofLayer = SnapshotHeader.blocksOfLayer(pages);
    int layer = block / ofLayer;
    int first = block % ofLayer * SnapshotHeader.BLOCK_PAGES;
    long layerBytes = header.kind().layout().layerBytes();
    CRC32C crc = new CRC32C();
    for (int page = first; page < Math.min(pages, first + SnapshotHeader.BLOCK_PAGES); page++) {
      long at = header.bytes() + ((long) layer * pages + page) * layerBytes;
      boolean isWanted = page >= from && page < to;
      MemorySegment copy = isWanted ? target.layer(page, layer) : spare(layerBytes);
      MemorySegment.copy(file, at, copy, 0, layerBytes);
      crc.update(copy.asByteBuffer());
    }
    if ((int) crc.getValue() != header.checksum(block)) {
      throw new RefusedException(
          "the checksum of layer " + layer + " from page " + first + " on is wrong");
    }
  }

  private boolean copyState(MemorySegment target, BooleanSupplier isUnwanted)
      throws RefusedException {
    long bytes = header.kind().stateBytes();
    for (int i = 0; i < SnapshotHeader.stateBlocks(bytes); i++) {
      if (isUnwanted.getAsBoolean()) {
        return false;
      }
      long at = (long) i * SnapshotHeader.STATE_BLOCK_BYTES;
      long length = Math.min(SnapshotHeader.STATE_BLOCK_BYTES, bytes - at);
      MemorySegment copy = target.asSlice(at, length);
      MemorySegment.copy(file, header.stateOffset() + at, copy, 0, length);
      CRC32C crc = new CRC32C();
      crc.update(copy.asByteBuffer());
      if ((int) crc.getValue() != header.checksum(header.pageBlocks() + i)) {
        throw new RefusedException("the checksum of block " + i + " of the state is wrong");
      }
    }
    return true;
  }

  private MemorySegment spare(long bytes) {
    if (spare == null) {
      spare = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
    }
    return spare;
  }

  /** Reading what a file has lost is an error of the virtual machine. */
  private static RefusedException changed(InternalError cause) {
    return new RefusedException("it became shorter while it was read", cause);
  }

  @Override
  public void close() {
    arena.close();
  }
}
