package dev.palimpsest.engine.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * A file that is read, mapped. Owns its mapping; for one thread, which may have others help it to
 * copy. The file may be anything and may change under the mapping; both end in a refusal.
 */
final class MappedSnapshot implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment file;
  private final SnapshotHeader header;

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
    Arena arena = Arena.ofShared();
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
   * @param helpers take a part of the blocks, as far as they have a thread at once
   * @return whether it came to the end
   */
  boolean copy(int from, int to, PageMemory target, BooleanSupplier isUnwanted, Executor helpers)
      throws RefusedException {
    return new BlockCopy(file, header, from, to, target).run(isUnwanted, helpers);
  }

  private static int firstOf(int page) {
    return page / SnapshotHeader.BLOCK_PAGES * SnapshotHeader.BLOCK_PAGES;
  }

  private static int lastOf(SnapshotHeader header, int to) {
    int blocks = SnapshotHeader.blocksOfLayer(to);
    return Math.min(header.pages(), blocks * SnapshotHeader.BLOCK_PAGES);
  }

  /** Reading what a file has lost is an error of the virtual machine. */
  static RefusedException changed(InternalError cause) {
    return new RefusedException("it became shorter while it was read", cause);
  }

  @Override
  public void close() {
    arena.close();
  }
}
