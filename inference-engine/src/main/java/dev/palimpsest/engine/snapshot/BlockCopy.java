package dev.palimpsest.engine.snapshot;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Copies the blocks of one file to where their pages lie and checks them, block after block: the
 * thread that wants them, and helpers beside it. One thread alone cannot do both at the speed at
 * which it could read. A lock guards who is at it; nobody is when {@link #run} returns.
 */
final class BlockCopy {
  /** Helpers that are asked; who has no thread for it comes too late and does nothing. */
  private static final int HELPERS = 3;

  /** So much is copied and then checked, while it is in the cache next to the processor. */
  private static final int PIECE_BYTES = 1 << 16;

  private final MemorySegment file;
  private final SnapshotHeader header;
  private final int from;
  private final int to;
  private final PageMemory target;
  private final int firstBlock;
  private final int blocksOfLayer;
  private final int blocks;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger copied = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();
  private int working;
  private boolean isOver;
  private volatile @Nullable RefusedException refusal;
  private volatile boolean isStopped;

  /** Of pages {@code [from, to)}, and of the state behind the file's last page. */
  BlockCopy(MemorySegment file, SnapshotHeader header, int from, int to, PageMemory target) {
    this.file = file;
    this.header = header;
    this.from = from;
    this.to = to;
    this.target = target;
    this.firstBlock = from / SnapshotHeader.BLOCK_PAGES;
    this.blocksOfLayer = SnapshotHeader.blocksOfLayer(to) - firstBlock;
    this.blocks =
        blocksOfLayer * header.kind().layout().layers()
            + (int) SnapshotHeader.stateBlocks(header.kind().stateBytes());
  }

  /** As {@link MappedSnapshot#copy} says; nobody is at it any more, also where this throws. */
  boolean run(BooleanSupplier isUnwanted, Executor helpers) throws RefusedException {
    try {
      for (int i = 0; i < Math.min(HELPERS, blocks - 1); i++) {
        helpers.execute(() -> help(isUnwanted));
      }
      work(isUnwanted);
    } finally {
      end();
    }
    RefusedException refused = refusal;
    if (refused != null) {
      throw refused;
    }
    if (!isStopped && copied.get() < blocks) {
      throw new IllegalStateException("a helper failed; its thread's handler was told why");
    }
    return !isStopped;
  }

  private void help(BooleanSupplier isUnwanted) {
    lock.lock();
    try {
      if (isOver) {
        return;
      }
      working++;
    } finally {
      lock.unlock();
    }
    try {
      work(isUnwanted);
    } finally {
      leave();
    }
  }

  private void leave() {
    lock.lock();
    try {
      working--;
      left.signal();
    } finally {
      lock.unlock();
    }
  }

  /** From now on nobody begins; waits for those who have. */
  private void end() {
    lock.lock();
    try {
      isOver = true;
      while (working > 0) {
        left.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void work(BooleanSupplier isUnwanted) {
    MemorySegment spare = MemorySegment.NULL;
    int block = next.getAndIncrement();
    while (block < blocks && refusal == null && !isStopped) {
      if (isUnwanted.getAsBoolean()) {
        isStopped = true;
        return;
      }
      if (spare.byteSize() == 0 && isPartWanted()) {
        spare = MemorySegment.ofArray(new byte[(int) header.kind().layout().layerBytes()]);
      }
      copy(block, spare);
      block = next.getAndIncrement();
    }
  }

  /** Whether a block has pages that nobody wants, which are read for its checksum only. */
  private boolean isPartWanted() {
    boolean endsWithin = to < header.pages() && to % SnapshotHeader.BLOCK_PAGES != 0;
    return endsWithin || from % SnapshotHeader.BLOCK_PAGES != 0;
  }

  private void copy(int block, MemorySegment spare) {
    try {
      int layers = header.kind().layout().layers();
      if (block < blocksOfLayer * layers) {
        copyPages(block / blocksOfLayer, firstBlock + block % blocksOfLayer, spare);
      } else {
        copyState(block - blocksOfLayer * layers);
      }
      copied.incrementAndGet();
    } catch (RefusedException e) {
      refusal = e;
    } catch (InternalError e) {
      refusal = MappedSnapshot.changed(e);
    }
  }

  private void copyPages(int layer, int block, MemorySegment spare) throws RefusedException {
    int pages = header.pages();
    int first = block * SnapshotHeader.BLOCK_PAGES;
    long layerBytes = header.kind().layout().layerBytes();
    CRC32C crc = new CRC32C();
    for (int page = first; page < Math.min(pages, first + SnapshotHeader.BLOCK_PAGES); page++) {
      long at = header.bytes() + ((long) layer * pages + page) * layerBytes;
      boolean isWanted = page >= from && page < to;
      copyPieces(at, isWanted ? target.layer(page, layer) : spare, layerBytes, crc);
    }
    int checksum = header.checksum(layer * SnapshotHeader.blocksOfLayer(pages) + block);
    if ((int) crc.getValue() != checksum) {
      throw new RefusedException(
          "the checksum of layer " + layer + " from page " + first + " on is wrong");
    }
  }

  private void copyState(int block) throws RefusedException {
    long at = (long) block * SnapshotHeader.STATE_BLOCK_BYTES;
    long bytes = Math.min(SnapshotHeader.STATE_BLOCK_BYTES, header.kind().stateBytes() - at);
    CRC32C crc = new CRC32C();
    copyPieces(header.stateOffset() + at, target.state().asSlice(at, bytes), bytes, crc);
    if ((int) crc.getValue() != header.checksum(header.pageBlocks() + block)) {
      throw new RefusedException("the checksum of block " + block + " of the state is wrong");
    }
  }

  /**
   * All is copied before anything looks at it, what nobody wants into the spare page: what is
   * checked cannot change after, and a copy of what the file has lost fails as an error, while
   * looking at it would end the process.
   */
  private void copyPieces(long at, MemorySegment copy, long bytes, CRC32C crc) {
    for (long piece = 0; piece < bytes; piece += PIECE_BYTES) {
      long length = Math.min(PIECE_BYTES, bytes - piece);
      MemorySegment.copy(file, at + piece, copy, piece, length);
      crc.update(copy.asSlice(piece, length).asByteBuffer());
    }
  }
}
