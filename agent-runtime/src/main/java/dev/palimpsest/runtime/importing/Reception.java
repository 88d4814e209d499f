package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.importing.Spool;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of an import, from one sender at a time: whoever came last. Bytes are taken as
 * far as there is credit, which is a window beyond what the importer has read, so that no sender
 * fills the disk faster than its file is worked off. The semaphore lets one sender write at a time.
 */
final class Reception {
  /** Bytes that may wait on the disk. */
  static final long WINDOW_BYTES = 4 << 20;

  private final Spool spool;
  private final Semaphore writing = new Semaphore(1);
  private final AtomicLong granted = new AtomicLong();
  private volatile @Nullable Object sender;

  Reception(Spool spool) {
    this.spool = spool;
  }

  /**
   * From now on only this sender's bytes are taken.
   *
   * @return how many bytes there are, from which on it goes on
   */
  long attach(Object newSender) {
    writing.acquireUninterruptibly();
    try {
      sender = newSender;
      long grant = grant();
      assert grant >= 0;
      return spool.length();
    } finally {
      writing.release();
    }
  }

  /** Up to which byte may be sent; told to the sender by whoever asks. */
  long grant() {
    if (spool.isFinished()) {
      return spool.length();
    }
    return granted.accumulateAndGet(spool.followed() + WINDOW_BYTES, Math::max);
  }

  /** Up to which byte may be sent, as it was told last. */
  long grantedUpTo() {
    return granted.get();
  }

  boolean isFinished() {
    return spool.isFinished();
  }

  /**
   * Takes bytes; they are on the disk when this returns.
   *
   * @throws ProblemException when none of them was taken
   */
  void append(Object from, ByteBuffer bytes) {
    writing.acquireUninterruptibly();
    try {
      requireSender(from);
      if (spool.isFinished()) {
        throw new ProblemException(
            ProblemKind.CONFLICT, "The end of the file was announced; no more bytes are taken.");
      }
      long end = spool.length() + bytes.remaining();
      if (end > granted.get()) {
        throw new ProblemException(
            ProblemKind.NO_CREDIT,
            "There is credit up to byte " + granted.get() + ", not to byte " + end + ".");
      }
      spool.append(bytes);
    } catch (IOException e) {
      throw diskTrouble(e);
    } finally {
      writing.release();
    }
  }

  /**
   * Ends the file, if its sum is right.
   *
   * @param sha256 in lower-case hexadecimal
   * @return what is wrong with the sum; empty when it is right
   * @throws ProblemException when another sender has taken over, or the disk fails
   */
  Optional<Problem> finish(Object from, String sha256) {
    writing.acquireUninterruptibly();
    try {
      requireSender(from);
      String sum = spool.sha256();
      if (!sum.equals(sha256)) {
        return Optional.of(
            Problem.of(
                ProblemKind.IMPORT_FAILED,
                "The "
                    + spool.length()
                    + " bytes received have the SHA-256 "
                    + sum
                    + ", not the one that was announced."));
      }
      if (!spool.isFinished()) {
        spool.finish(sum);
      }
      return Optional.empty();
    } catch (IOException e) {
      throw diskTrouble(e);
    } finally {
      writing.release();
    }
  }

  private void requireSender(Object from) {
    if (sender != from) {
      throw new ProblemException(
          ProblemKind.CONFLICT, "Another connection goes on with this import.");
    }
  }

  private static ProblemException diskTrouble(IOException e) {
    return new ProblemException(
        ProblemKind.DISK_FULL,
        "The service could not write to its disk ("
            + e.getClass().getSimpleName()
            + "); nothing of the frame was taken, and it may be sent again.");
  }
}
