package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexWriterConfig.OpenMode;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.IOUtils;

/**
 * The word index of one tenant in its folder. One thread writes, many search; a search sees what
 * the last {@link #apply} brought. What is not committed is lost with the process and read from the
 * store again, for the checkpoint is lost with it.
 */
final class MemoryIndex implements AutoCloseable {
  private static final double BUFFER_MEGABYTES = 16;
  private static final Analyzer ANALYZER =
      new PerFieldAnalyzerWrapper(
          WordAnalysis.EXACT, Map.of(IndexFields.STEM, WordAnalysis.STEMMED));

  private final Path folder;
  private final Directory directory;
  private final IndexWriter writer;
  private final SearcherManager searchers;
  private volatile Checkpoint checkpoint;
  private boolean isDirty;

  private MemoryIndex(
      Path folder, Directory directory, IndexWriter writer, Optional<Checkpoint> found)
      throws IOException {
    this.folder = folder;
    this.directory = directory;
    this.writer = writer;
    this.checkpoint = found.orElse(Checkpoint.ZERO);
    if (found.isEmpty()) {
      isDirty = true;
      commit();
    }
    this.searchers = new SearcherManager(writer, null);
  }

  /**
   * Opens the folder's index; one that is missing, broken or of another format begins empty.
   *
   * @throws IndexException when the folder cannot be used at all, or another process holds it
   */
  static MemoryIndex open(Path folder) {
    Directory directory = null;
    IndexWriter writer = null;
    MemoryIndex opened = null;
    try {
      Files.createDirectories(folder);
      directory = FSDirectory.open(folder);
      requireFree(directory);
      Optional<Checkpoint> found = read(directory);
      if (found.isEmpty()) {
        clear(directory);
      }
      writer = new IndexWriter(directory, config(found.isPresent()));
      opened = new MemoryIndex(folder, directory, writer, found);
      return opened;
    } catch (IOException e) {
      throw new IndexException("open the word index", folder, e);
    } finally {
      if (opened == null) {
        // Frees the lock, so that the next attempt is not refused for the sake of this one.
        IOUtils.closeWhileHandlingException(writer, directory);
      }
    }
  }

  /** False once a write failed for good: to be closed and opened again. */
  boolean isOpen() {
    return writer.isOpen();
  }

  /** How far a search that begins now sees. */
  Checkpoint checkpoint() {
    return checkpoint;
  }

  /**
   * Takes what was written, and makes it visible.
   *
   * @param complete change number up to which the index is complete with these
   */
  void apply(List<MemoryChange> changes, long complete) {
    try {
      for (MemoryChange change : changes) {
        replace(change);
      }
      if (!changes.isEmpty()) {
        isDirty = true;
        searchers.maybeRefreshBlocking();
      }
      long memoryChange =
          changes.isEmpty() ? checkpoint.memoryChange() : changes.getLast().number();
      checkpoint = new Checkpoint(Math.max(complete, memoryChange), memoryChange);
    } catch (IOException e) {
      throw new IndexException("write", folder, e);
    } catch (AlreadyClosedException e) {
      throw new IndexException("write", folder, "closed after an earlier failure");
    }
  }

  /** Begins again with nothing. */
  void clear() {
    try {
      checkpoint = Checkpoint.ZERO;
      writer.deleteAll();
      isDirty = true;
      searchers.maybeRefreshBlocking();
    } catch (IOException e) {
      throw new IndexException("empty the word index", folder, e);
    }
  }

  /** Writes to disk what is not there yet; true when there was anything. */
  boolean commit() {
    if (!isDirty) {
      return false;
    }
    try {
      writer.setLiveCommitData(checkpoint.userData().entrySet());
      writer.commit();
      isDirty = false;
      return true;
    } catch (IOException e) {
      throw new IndexException("commit", folder, e);
    } catch (AlreadyClosedException e) {
      throw new IndexException("commit", folder, "closed after an earlier failure");
    }
  }

  /** Asks what is visible now. */
  IndexView view(String question, MemoryFilter filter) {
    try {
      return new IndexView(searchers, folder, question, filter);
    } catch (IOException e) {
      throw new IndexException("search", folder, e);
    } catch (AlreadyClosedException e) {
      throw new IndexException("search", folder, "the index is closed");
    }
  }

  /** Leaves what was committed. */
  @Override
  public void close() {
    try (directory;
        writer;
        searchers) {
      checkpoint = Checkpoint.ZERO;
    } catch (IOException e) {
      throw new IndexException("close", folder, e);
    }
  }

  private void replace(MemoryChange change) throws IOException {
    Term id = new Term(IndexFields.ID, change.id().value());
    if (change.versions().isEmpty()) {
      writer.deleteDocuments(id);
      return;
    }
    List<Document> documents = change.versions().stream().map(IndexFields::document).toList();
    writer.updateDocuments(id, documents);
  }

  private static void requireFree(Directory directory) throws IOException {
    try {
      directory.obtainLock(IndexWriter.WRITE_LOCK_NAME).close();
    } catch (LockObtainFailedException e) {
      throw new IOException("another process or index holds the folder", e);
    }
  }

  /**
   * The checkpoint of a sound index. Reads every file once, since a projection is cheap to make
   * anew and wrong answers are not.
   */
  private static Optional<Checkpoint> read(Directory directory) {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      for (LeafReaderContext leaf : reader.leaves()) {
        leaf.reader().checkIntegrity();
      }
      return Checkpoint.of(reader.getIndexCommit().getUserData());
    } catch (IOException missingOrBroken) {
      return Optional.empty();
    } catch (IllegalArgumentException unknownCodec) {
      // Written by another Lucene: it names a format that is not on the class path.
      return Optional.empty();
    }
  }

  /** Lucene would stumble over what is left of a broken index. Touches files of an index alone. */
  private static void clear(Directory directory) throws IOException {
    for (String file : directory.listAll()) {
      if (file.startsWith("_") || file.contains(IndexFileNames.SEGMENTS)) {
        directory.deleteFile(file);
      }
    }
  }

  private static IndexWriterConfig config(boolean exists) {
    IndexWriterConfig config = new IndexWriterConfig(ANALYZER);
    config.setOpenMode(exists ? OpenMode.APPEND : OpenMode.CREATE);
    config.setRAMBufferSizeMB(BUFFER_MEGABYTES);
    config.setCommitOnClose(false);
    return config;
  }
}
