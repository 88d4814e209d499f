package dev.palimpsest.memory.retention;

import dev.palimpsest.memory.Erased;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An archive that is there or being made, as its row says.
 *
 * @param id names the file too
 * @param policy by which it was begun
 * @param begunAt when
 * @param written what its file is; null: nothing of it was erased yet
 * @param erased what of it was erased until now; {@link Erased#next()} is the last memory of the
 *     file that was dealt with
 * @param finished null while it is being made
 */
public record RetentionArchive(
    ArchiveId id,
    RetentionPolicy policy,
    Instant begunAt,
    @Nullable Written written,
    Erased erased,
    @Nullable Finished finished) {
  /** The same without a file. */
  RetentionArchive unwritten() {
    return new RetentionArchive(id, policy, begunAt, null, erased, finished);
  }

  /**
   * A file that is whole on disk.
   *
   * @param sha256 of its bytes, in hexadecimal digits
   * @param bytes its length
   * @param memories how many it holds
   * @param versions how many these have
   */
  public record Written(String sha256, long bytes, long memories, long versions) {}

  /**
   * That it was finished.
   *
   * @param at when all was erased
   * @param keepUntil when the file goes
   * @param receipt the signed receipt, a JSON object
   */
  public record Finished(Instant at, Instant keepUntil, String receipt) {}
}
