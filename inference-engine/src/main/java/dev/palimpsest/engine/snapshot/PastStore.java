package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of compacted beginnings under a quota of bytes, of which the longest unused goes first.
 * A file has a name of its owner's, which a later beginning takes over, and is found by the name of
 * the compaction, so that whoever shares the compaction finds it under another owner's name too.
 * {@link PastFile} says what is in it; like any snapshot it may be missing at any time.
 *
 * <p>For many threads. One lock guards the index and the tickets, and is held while files are
 * renamed or deleted, unlike others: what is erased must not come back by the renaming that another
 * thread is about to do. It is not held while files are read or written.
 */
public final class PastStore {
  private static final String SUFFIX = ".past";
  private static final String UNFINISHED = ".tmp";
  private static final int NAME_DIGITS = 32;
  private static final Pattern FILE = Pattern.compile("[0-9a-f]{" + NAME_DIGITS + "}\\.past");

  /** More files than this are not kept, however small they are. */
  static final int FILES_MAX = 4096;

  private final Path folder;
  private final long quotaBytes;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Entry> entries = new HashMap<>();
  private final Set<Ticket> tickets = new HashSet<>();

  /**
   * A file that is there.
   *
   * @param label null where it could not be read
   */
  private record Entry(String file, PastFile.@Nullable Label label, long bytes, long usedMillis) {
    boolean isOwnedBy(String owner) {
      return label == null || label.owner().equals(owner);
    }

    boolean isMarked(String mark) {
      return label != null && label.mark().equals(mark);
    }
  }

  /**
   * What is in a file.
   *
   * @param kind of the cache from which it was made
   * @param tokens for which it stands
   * @param heads of each head of each layer in turn, what is left of it
   */
  public record Past(SnapshotKind kind, TokenIds tokens, List<HeadKeys> heads) {
    /** Copies the list. */
    public Past {
      heads = List.copyOf(heads);
    }
  }

  /**
   * What came of looking for one.
   *
   * @param past null where there is none that can be used
   */
  public record Loading(SnapshotNews news, @Nullable Past past) {}

  /** A file that is to be written; says whether its owner still wants it. */
  public static final class Ticket {
    private final String file;
    private final String owner;
    private volatile boolean isErased;

    private Ticket(String file, String owner) {
      this.file = file;
      this.owner = owner;
    }
  }

  /**
   * Opens a folder and makes it where there is none; deletes what a crash left unfinished, what is
   * no compacted beginning, and what is beyond the quota.
   *
   * @param quotaBytes 0 keeps nothing
   * @throws UncheckedIOException if the folder cannot be used
   */
  public PastStore(Path folder, long quotaBytes, InstantSource clock) {
    this.folder = folder;
    this.quotaBytes = quotaBytes;
    this.clock = clock;
    try {
      if (quotaBytes > 0 || Files.exists(folder)) {
        readFolder();
        makeRoom(0, "");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be used for compacted beginnings", e);
    }
  }

  /**
   * Says that a file may be written: from now on an {@link #erase} of it holds. Ends with {@link
   * #withdraw}.
   *
   * @param salt whose it is
   * @param name unique under the salt
   */
  public Ticket announce(String salt, String name) {
    Ticket ticket = new Ticket(file(salt, name), Digest.of(salt));
    lock.lock();
    try {
      boolean isNew = tickets.add(ticket);
      assert isNew;
    } finally {
      lock.unlock();
    }
    return ticket;
  }

  /** Nothing more will be written. */
  public void withdraw(Ticket ticket) {
    lock.lock();
    try {
      boolean ignored = tickets.remove(ticket);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes a file, or none, in the place of an earlier one of its name; on the caller's thread.
   *
   * @param salt of its cache
   * @param compaction by which it is found
   */
  public SnapshotNews save(Ticket ticket, String salt, String compaction, Past past) {
    PastFile.Label label = new PastFile.Label(ticket.owner, Digest.of(salt, compaction));
    long bytes = PastFile.bytes(past.tokens(), past.heads());
    Path unfinished = folder.resolve(ticket.file + UNFINISHED);
    try {
      if (bytes > quotaBytes) {
        return new SnapshotNews.Dropped("it needs " + bytes + " bytes, beyond quota");
      }
      makeRoom(bytes, ticket.file);
      if (PastFile.write(unfinished, label, past, () -> ticket.isErased)
          && commit(ticket, label, bytes, unfinished)) {
        return new SnapshotNews.Saved(past.tokens().size(), bytes);
      }
      Files.deleteIfExists(unfinished);
      return new SnapshotNews.Dropped("nobody wants it any more");
    } catch (IOException e) {
      return failed(ticket, unfinished, e);
    }
  }

  /**
   * Bytes of the file with a compaction, 0 where there is none.
   *
   * @param salt of its cache
   */
  public long bytesOf(String salt, String compaction) {
    return find(Digest.of(salt, compaction)).map(Entry::bytes).orElse(0L);
  }

  /**
   * Reads the file with a compaction; one that is wrong is deleted, one that cannot be read now
   * stays.
   *
   * @param salt of its cache
   * @param kind what it must be of
   */
  public Loading load(String salt, String compaction, SnapshotKind kind) {
    Entry entry = find(Digest.of(salt, compaction)).orElse(null);
    if (entry == null) {
      return new Loading(new SnapshotNews.Dropped("there is none"), null);
    }
    Path path = folder.resolve(entry.file);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      Past past = PastFile.read(file, kind);
      use(entry, path);
      return new Loading(new SnapshotNews.Loaded(past.tokens().size(), entry.bytes), past);
    } catch (RefusedException e) {
      return new Loading(refused(entry, e.reason()), null);
    } catch (NoSuchFileException e) {
      SnapshotNews ignored = refused(entry, "it is gone");
      return new Loading(new SnapshotNews.Dropped("it is gone"), null);
    } catch (IOException e) {
      return new Loading(new SnapshotNews.Failed(entry.file, "it cannot be read: " + e), null);
    }
  }

  /**
   * Deletes a file, also what is written of it now; it is gone when this returns.
   *
   * @return whether there was one
   * @throws UncheckedIOException if it cannot be deleted
   */
  public boolean erase(String salt, String name) {
    String file = file(salt, name);
    return erase(ticket -> ticket.file.equals(file), entry -> entry.file.equals(file)) > 0;
  }

  /**
   * Deletes all files under a salt, also what is written of them now, and those of which nobody can
   * say whose they are; they are gone when this returns.
   *
   * @return how many there were
   * @throws UncheckedIOException if one cannot be deleted
   */
  public int eraseAll(String salt) {
    String owner = Digest.of(salt);
    return erase(ticket -> ticket.owner.equals(owner), entry -> entry.isOwnedBy(owner));
  }

  private int erase(Predicate<Ticket> written, Predicate<Entry> there) {
    lock.lock();
    try {
      for (Ticket ticket : tickets.stream().filter(written).toList()) {
        ticket.isErased = true;
        boolean ignored = Files.deleteIfExists(folder.resolve(ticket.file + UNFINISHED));
      }
      List<String> files = entries.values().stream().filter(there).map(Entry::file).toList();
      for (String file : files) {
        delete(file);
      }
      return files.size();
    } catch (IOException e) {
      throw new UncheckedIOException("a file in " + folder + " cannot be deleted", e);
    } finally {
      lock.unlock();
    }
  }

  /** Files there are. */
  public int files() {
    lock.lock();
    try {
      return entries.size();
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of all of them. */
  public long bytes() {
    lock.lock();
    try {
      return entries.values().stream().mapToLong(Entry::bytes).sum();
    } finally {
      lock.unlock();
    }
  }

  private static String file(String salt, String name) {
    return Digest.of(salt, name).substring(0, NAME_DIGITS) + SUFFIX;
  }

  private Optional<Entry> find(String mark) {
    lock.lock();
    try {
      return entries.values().stream().filter(entry -> entry.isMarked(mark)).findFirst();
    } finally {
      lock.unlock();
    }
  }

  private void readFolder() throws IOException {
    List<Path> paths = new ArrayList<>();
    try (Stream<Path> all = Files.list(Files.createDirectories(folder))) {
      all.filter(Files::isRegularFile).forEach(paths::add);
    }
    for (Path path : paths) {
      String name = String.valueOf(path.getFileName());
      if (name.endsWith(SUFFIX + UNFINISHED)) {
        Files.delete(path);
      } else if (FILE.matcher(name).matches()) {
        readFile(path, name);
      }
    }
  }

  private void readFile(Path path, String name) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      PastFile.Label label = PastFile.header(file).label();
      put(new Entry(name, label, file.size(), Files.getLastModifiedTime(path).toMillis()));
    } catch (RefusedException e) {
      Files.delete(path);
    } catch (IOException e) {
      // It takes room, and may hold what is to be erased, whether or not anybody can read it.
      put(new Entry(name, null, path.toFile().length(), 0));
    }
  }

  private void put(Entry entry) {
    Entry ignored = entries.put(entry.file, entry);
  }

  private void delete(String file) throws IOException {
    boolean ignored = Files.deleteIfExists(folder.resolve(file));
    Entry removed = entries.remove(file);
    assert removed == null || removed.file.equals(file);
  }

  /** Gives up files until there is room; first the one that is to be replaced. */
  private void makeRoom(long bytes, String replaced) throws IOException {
    lock.lock();
    try {
      while (bytes() + bytes > quotaBytes || entries.size() > FILES_MAX - 1) {
        String victim =
            entries.containsKey(replaced)
                ? replaced
                : entries.values().stream()
                    .min(Comparator.comparingLong(Entry::usedMillis).thenComparing(Entry::file))
                    .orElseThrow()
                    .file();
        delete(victim);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean commit(Ticket ticket, PastFile.Label label, long bytes, Path unfinished)
      throws IOException {
    lock.lock();
    try {
      if (ticket.isErased) {
        return false;
      }
      long now = clock.millis();
      Path used = Files.setLastModifiedTime(unfinished, FileTime.fromMillis(now));
      Path moved = Files.move(used, folder.resolve(ticket.file), StandardCopyOption.ATOMIC_MOVE);
      put(new Entry(String.valueOf(moved.getFileName()), label, bytes, now));
    } finally {
      lock.unlock();
    }
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
    return true;
  }

  private static SnapshotNews failed(Ticket ticket, Path unfinished, IOException cause) {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      // The next start deletes it.
      cause.addSuppressed(e);
    }
    return new SnapshotNews.Failed(ticket.file, cause.toString());
  }

  private SnapshotNews refused(Entry entry, String reason) {
    lock.lock();
    try {
      if (entry.equals(entries.get(entry.file))) {
        delete(entry.file);
      }
      return new SnapshotNews.Refused(entry.file, reason);
    } catch (IOException e) {
      put(new Entry(entry.file, null, entry.bytes, entry.usedMillis));
      return new SnapshotNews.Refused(entry.file, reason + "; it cannot be deleted: " + e);
    } finally {
      lock.unlock();
    }
  }

  private void use(Entry entry, Path path) {
    long now = clock.millis();
    lock.lock();
    try {
      if (entry.equals(entries.get(entry.file))) {
        put(new Entry(entry.file, entry.label, entry.bytes, now));
        Path touched = Files.setLastModifiedTime(path, FileTime.fromMillis(now));
        assert touched.equals(path);
      }
    } catch (IOException e) {
      // The next start will take it to be older than it is.
      return;
    } finally {
      lock.unlock();
    }
  }
}
