package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings what is in a spool into the store, batch by batch, while the spool still grows. A batch
 * goes when it is full and whenever there is nothing more to read for now, so that what was sent is
 * acknowledged without waiting for what was not. One import, one thread; stopped by closing the
 * spool.
 */
public final class Importer {
  /** Records of one batch at most. */
  public static final int BATCH_ITEMS_MAX = MemoryStore.BATCH_MAX;

  /** Texts of one batch together, in UTF-16 units, after which it goes. */
  public static final int BATCH_CHARACTERS = 1 << 20;

  private final ImportLog log;
  private final TenantId tenant;
  private final Listener listener;
  private final List<NewMemory> memories = new ArrayList<>();
  private final List<Boolean> sanitised = new ArrayList<>();
  private final List<ImportBatch.Restored> kept = new ArrayList<>();
  private final List<Rejection> rejections = new ArrayList<>();
  private ImportState state;
  private long skipped;
  private long characters;
  private long offset;
  private long recordsMet;
  private long itemsToPass;

  /** Hears what was committed. Called on the importer's thread. */
  public interface Listener {
    /**
     * A batch is in the store.
     *
     * @param state after it
     * @param rejections of the batch
     */
    void committed(ImportState state, List<Rejection> rejections);
  }

  /**
   * Takes up an import.
   *
   * @param from as it is in the log; what it holds already is passed over
   */
  public Importer(ImportLog log, TenantId tenant, ImportState from, Listener listener) {
    this.log = log;
    this.tenant = tenant;
    this.state = from;
    this.listener = listener;
    this.offset = from.offset();
  }

  /**
   * Reads the spool to its end and ends the import in the log.
   *
   * @return the state at the end: done or failed
   * @throws IOException when the spool fails or is closed; what was committed stays, and another
   *     importer may go on
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away; likewise
   */
  public ImportState run(Spool spool) throws IOException {
    return run(spool.follow(this::flush));
  }

  /** The same for a stream that calls {@link #flush} when it has nothing to read for now. */
  ImportState run(InputStream bytes) throws IOException {
    try {
      return read(ImportParser.open(state.request(), bytes));
    } catch (UnusableFileException e) {
      flush();
      return fail(e.getMessage());
    }
  }

  private ImportState read(ItemReader parser) throws IOException, UnusableFileException {
    itemsToPass = state.items();
    for (ImportItem item = parser.next(); item != null; item = parser.next()) {
      take(item);
    }
    if (itemsToPass > 0) {
      return fail("The file is shorter than what was committed of it before.");
    }
    boolean isMoved = parser.position() > offset;
    offset = Math.max(offset, parser.position());
    if (isMoved || pending() > 0) {
      commit();
    }
    return log.end(tenant, state.id(), ImportState.Status.DONE, null);
  }

  private ImportState fail(@Nullable String why) {
    return log.end(tenant, state.id(), ImportState.Status.FAILED, why);
  }

  private void take(ImportItem item) {
    boolean isRecord = !(item instanceof ImportItem.Skipped);
    recordsMet += isRecord ? 1 : 0;
    if (itemsToPass > 0) {
      itemsToPass--;
      return;
    }
    switch (item) {
      case ImportItem.Found(NewMemory memory, boolean isSanitised, long start, long end) -> {
        memories.add(memory.at(start));
        sanitised.add(isSanitised);
        characters += memory.content().text().length() + memory.content().metadata().length();
      }
      case ImportItem.Kept(KeptVersion version, long start, long end) -> {
        kept.add(new ImportBatch.Restored(version, recordsMet, start));
        characters += version.content().text().length() + version.content().metadata().length();
      }
      case ImportItem.Bad(RejectionReason reason, String detail, long start, long end) ->
          rejections.add(new Rejection(recordsMet, start, reason, detail));
      case ImportItem.Skipped ignored -> skipped++;
    }
    offset = Math.max(offset, item.end());
    if (pending() >= BATCH_ITEMS_MAX || characters >= BATCH_CHARACTERS) {
      commit();
    }
  }

  private long pending() {
    return memories.size() + kept.size() + rejections.size() + skipped;
  }

  /** There is nothing to read for now. */
  void flush() {
    if (pending() > 0) {
      commit();
    }
  }

  private void commit() {
    ImportBatch batch = new ImportBatch(memories, sanitised, kept, rejections, skipped, offset);
    ImportLog.Committed committed = log.commit(tenant, state.id(), state.items(), batch);
    state = committed.state();
    rejections.addAll(committed.refused());
    rejections.sort(Comparator.comparingLong(Rejection::record));
    listener.committed(state, List.copyOf(rejections));
    memories.clear();
    sanitised.clear();
    rejections.clear();
    kept.clear();
    skipped = 0;
    characters = 0;
  }
}
