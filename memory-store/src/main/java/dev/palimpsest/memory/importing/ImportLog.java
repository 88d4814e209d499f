package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where imports are written down. Blocking and threads as in {@link
 * dev.palimpsest.memory.MemoryStore}.
 */
public interface ImportLog {
  /** Begins an import. */
  ImportState create(TenantId tenant, NewImport request);

  /** As it is now. */
  Optional<ImportState> find(TenantId tenant, ImportId id);

  /** Imports that are {@link ImportState.Status#OPEN}, oldest first, at most 1000. */
  List<ImportState> open(TenantId tenant);

  /**
   * Commits a batch: memories (unless it is a dry run), rejections, counts and offset, in one
   * transaction. Idempotency key: the item number it begins at. A batch already committed changes
   * nothing. A dry run counts as the real one would: against what is stored at that moment and
   * against its own earlier batches. It cannot see what others store or erase afterwards.
   *
   * @param itemsBefore {@link ImportState#items()} on which this batch builds
   * @return the state after it, with what the store refused; that is not said a second time
   * @throws IllegalStateException when the import is not open, or has more items than {@code
   *     itemsBefore} and this batch was not the one that added them
   */
  Committed commit(TenantId tenant, ImportId id, long itemsBefore, ImportBatch batch);

  /**
   * What became of a batch.
   *
   * @param state after it
   * @param refused of {@link ImportBatch#kept()}, what cannot be put back
   */
  record Committed(ImportState state, List<Rejection> refused) {
    /** Copies the list. */
    public Committed {
      refused = List.copyOf(refused);
    }
  }

  /** Ends an import that is open; one that has ended stays as it is. */
  ImportState end(
      TenantId tenant, ImportId id, ImportState.Status status, @Nullable String problem);

  /**
   * Rejected records in order of their number.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   */
  Page<Rejection> rejections(TenantId tenant, ImportId id, int limit, @Nullable String after);
}
