package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.backend.Attention;
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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of snapshots under a quota of bytes, which it never exceeds, the file that is being
 * written included. A file has a name of its owner's, and is found again by salt and tokens, so
 * that whoever begins alike under the same salt finds it. Where room is needed, what has the most
 * bytes times age for the time that it saves goes first.
 *
 * <p>For many threads; one saves at a time. There are two locks. The inner one guards the index and
 * the tickets and is never held across input or output, so that whoever looks a file up does not
 * wait for the disk. The outer one, unlike others, is held while files are renamed or deleted: what
 * is erased must not come back by the renaming that another thread is about to do. Neither is held
 * while files are read or written.
 */
public final class SnapshotStore {
  private static final String SUFFIX = ".kv";
  private static final String UNFINISHED = ".tmp";
  private static final int NAME_DIGITS = 32;
  private static final Pattern FILE = Pattern.compile("[0-9a-f]{" + NAME_DIGITS + "}\\.kv");

  /** More files than this are not kept, however small they are. */
  static final int FILES_MAX = 4096;

  private final Path folder;
  private final long quotaBytes;
  private final InstantSource clock;
  private final ReentrantLock changing = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final SnapshotIndex index = new SnapshotIndex();
  private final Set<Ticket> tickets = new HashSet<>();

  /**
   * Opens a folder and makes it where there is none: deletes what a crash left unfinished, what is
   * no snapshot, and what is beyond the quota. A file that cannot be read now stays, nobody finds
   * it, and it is the first to go where room is needed.
   *
   * @param quotaBytes 0 keeps nothing
   * @throws UncheckedIOException if the folder cannot be used
   */
  public SnapshotStore(Path folder, long quotaBytes, InstantSource clock) {
    this.folder = folder;
    this.quotaBytes = quotaBytes;
    this.clock = clock;
    try {
      if (quotaBytes > 0 || Files.exists(folder)) {
        read();
        makeRoom(0, "");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be used for snapshots", e);
    }
  }

  /** A file that is to be written; says whether its owner still wants it. */
  public static final class Ticket {
    private final String file;
    private final String salt;
    private volatile boolean isErased;

    private Ticket(String file, String salt) {
      this.file = file;
      this.salt = salt;
    }
  }

  /** A file that may hold what somebody needs. */
  public static final class Found {
    private final SnapshotIndex.Entry entry;
    private final TokenIds tokens;

    private Found(SnapshotIndex.Entry entry, TokenIds tokens) {
      this.entry = entry;
      this.tokens = tokens;
    }

    /** The beginning that it holds, whole pages. */
    public TokenIds tokens() {
      return tokens;
    }
  }

  /**
   * Says that a file will be written: from now on an {@link #erase} of it holds, for all tickets of
   * its name. Ends with {@link #save} or {@link #withdraw}.
   *
   * @param salt keeps apart who may not read each other's files
   * @param name unique under the salt
   */
  public Ticket announce(String salt, String name) {
    Ticket ticket = new Ticket(file(salt, name), Digest.of(salt));
    boolean isNew = locked(() -> tickets.add(ticket));
    assert isNew;
    return ticket;
  }

  /** Nothing will be written. */
  public void withdraw(Ticket ticket) {
    boolean ignored = locked(() -> tickets.remove(ticket));
  }

  /**
   * How many of these tokens are in the file already, 0 where there is none or it begins otherwise;
   * the file counts as used.
   */
  public int savedTokens(Ticket ticket, TokenIds tokens) {
    int[] wanted = tokens.copy();
    return locked(() -> {
      SnapshotIndex.Entry entry = index.find(ticket.file);
      if (entry == null || entry.common(wanted) < entry.tokens()) {
        return 0;
      }
      entry.used(clock.millis());
      return entry.tokens();
    });
  }

  /** The file that holds most of a prompt's beginning, at least a page beyond what is known. */
  public Optional<Found> find(String salt, TokenIds prompt, int knownTokens) {
    int most = (prompt.size() - 1) / Attention.PAGE_TOKENS * Attention.PAGE_TOKENS;
    TokenIds usable = prompt.slice(0, most);
    return locked(() -> {
      if (index.files() == 0) {
        return Optional.empty();
      }
      return index
          .longest(Digest.of(salt), usable, knownTokens)
          .map(entry -> new Found(entry, usable.slice(0, entry.common(usable.copy()))));
    });
  }

  /**
   * Writes a file, or none, under its ticket's name; on the caller's thread.
   *
   * @param tokens whole pages of them
   * @param source their pages, which nobody changes meanwhile
   * @param costNanos what computing them took
   * @param isUnwanted asked again and again; true ends it
   */
  public SnapshotNews save(
      Ticket ticket,
      SnapshotKind kind,
      TokenIds tokens,
      PageMemory source,
      long costNanos,
      BooleanSupplier isUnwanted) {
    SnapshotHeader header = SnapshotHeader.of(kind, ticket.salt, tokens, Math.max(1, costNanos));
    Path unfinished = folder.resolve(ticket.file + UNFINISHED);
    try {
      if (header.fileBytes() > quotaBytes) {
        return new SnapshotNews.Dropped("it needs " + header.fileBytes() + " bytes, beyond quota");
      }
      makeRoom(header.fileBytes(), ticket.file);
      boolean isDone =
          new SnapshotWriter(header, source)
              .write(unfinished, () -> ticket.isErased || isUnwanted.getAsBoolean());
      if (isDone && commit(ticket, header, unfinished)) {
        return new SnapshotNews.Saved(tokens.size(), header.fileBytes());
      }
      Files.deleteIfExists(unfinished);
      return new SnapshotNews.Dropped("nobody wants it any more");
    } catch (IOException e) {
      return failed(ticket, unfinished, e);
    } finally {
      withdraw(ticket);
    }
  }

  /**
   * Fills pages from a file, or none, on the caller's thread and those of helpers; a file that is
   * wrong is deleted, one that cannot be read now stays.
   *
   * @param kind what the pages must be
   * @param from the first page that is not known already
   * @param target all pages of the beginning
   * @param isUnwanted asked again and again, by any of these threads; true ends it
   * @param helpers may be asked for more than they have threads for, and be late
   */
  public SnapshotNews load(
      Found found,
      SnapshotKind kind,
      int from,
      PageMemory target,
      BooleanSupplier isUnwanted,
      Executor helpers) {
    Path path = folder.resolve(found.entry.file());
    int to = found.tokens.size() / Attention.PAGE_TOKENS;
    try (MappedSnapshot file = MappedSnapshot.open(path)) {
      SnapshotHeader header = file.header();
      header.requireKind(kind, found.entry.salt());
      header.requireBeginning(found.tokens);
      if (!file.copy(from, to, target, isUnwanted, helpers)) {
        return new SnapshotNews.Dropped("nobody wants it any more");
      }
      use(found.entry, path);
      return new SnapshotNews.Loaded(
          found.tokens.size(), MappedSnapshot.bytesRead(header, from, to));
    } catch (RefusedException e) {
      return refused(found.entry, e.reason());
    } catch (NoSuchFileException e) {
      SnapshotNews ignored = refused(found.entry, "it is gone");
      return new SnapshotNews.Dropped("it is gone");
    } catch (IOException e) {
      return new SnapshotNews.Failed(found.entry.file(), "it cannot be read: " + e);
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
    changing.lock();
    try {
      boolean isThere = locked(() -> index.has(file));
      erase(List.of(file), ticket -> ticket.file.equals(file));
      return isThere;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Deletes all files under a salt, also what is written of them now, and those of which nobody can
   * say whose they are; they are gone when this returns.
   *
   * @return how many there were
   * @throws UncheckedIOException if one cannot be deleted; the others are
   */
  public int eraseAll(String salt) {
    String digest = Digest.of(salt);
    changing.lock();
    try {
      List<String> files = locked(() -> index.of(digest));
      erase(files, ticket -> ticket.salt.equals(digest));
      return files.size();
    } finally {
      changing.unlock();
    }
  }

  /** Whoever writes one of them goes on with a file that has no name, and then finds it erased. */
  private void erase(List<String> files, Predicate<Ticket> isOfThem) {
    List<Ticket> written = locked(() -> tickets.stream().filter(isOfThem).toList());
    written.forEach(ticket -> ticket.isErased = true);
    Stream<String> unfinished = written.stream().map(ticket -> ticket.file + UNFINISHED).distinct();
    try {
      delete(Stream.concat(files.stream(), unfinished).toList());
    } catch (IOException e) {
      throw new UncheckedIOException("a file in " + folder + " cannot be deleted", e);
    }
  }

  /** Files there are. */
  public int files() {
    return locked(index::files);
  }

  /** Bytes of all of them. */
  public long bytes() {
    return locked(index::bytes);
  }

  private static String file(String salt, String name) {
    return Digest.of(salt, name).substring(0, NAME_DIGITS) + SUFFIX;
  }

  private void read() throws IOException {
    Path made = Files.createDirectories(folder);
    List<Path> paths;
    try (Stream<Path> all = Files.list(made)) {
      paths = all.filter(Files::isRegularFile).toList();
    }
    for (Path path : paths) {
      String name = String.valueOf(path.getFileName());
      if (name.endsWith(SUFFIX + UNFINISHED)) {
        Files.delete(path);
      } else if (FILE.matcher(name).matches()) {
        read(path, name);
      }
    }
  }

  private void read(Path path, String name) throws IOException {
    try (MappedSnapshot file = MappedSnapshot.open(path)) {
      index.put(
          new SnapshotIndex.Entry(name, file.header(), Files.getLastModifiedTime(path).toMillis()));
    } catch (RefusedException e) {
      Files.delete(path);
    } catch (IOException e) {
      // It takes room, and may hold what is to be erased, whether or not anybody can read it.
      index.putUnread(name, path.toFile().length());
    }
  }

  /** Gives up files until there is room; first the one that is to be replaced. */
  private void makeRoom(long bytes, String replaced) throws IOException {
    changing.lock();
    try {
      Optional<String> victim = victim(bytes, replaced);
      while (victim.isPresent()) {
        delete(List.of(victim.get()));
        victim = victim(bytes, replaced);
      }
    } finally {
      changing.unlock();
    }
  }

  private Optional<String> victim(long bytes, String replaced) {
    return locked(() -> {
      boolean isRoom = index.bytes() + bytes <= quotaBytes && index.files() < FILES_MAX;
      if (isRoom) {
        return Optional.empty();
      }
      return Optional.of(
          index.has(replaced) ? replaced : index.leastWorth(clock.millis()).orElseThrow());
    });
  }

  /** Deletes as many as can be, by whoever changes the folder now; the others stay known. */
  private void delete(List<String> files) throws IOException {
    IOException trouble = null;
    for (String file : files) {
      try {
        boolean ignored = Files.deleteIfExists(folder.resolve(file));
        guarded(() -> index.remove(file));
      } catch (IOException e) {
        if (trouble != null) {
          e.addSuppressed(trouble);
        }
        trouble = e;
      }
    }
    if (trouble != null) {
      throw trouble;
    }
  }

  private boolean commit(Ticket ticket, SnapshotHeader header, Path unfinished) throws IOException {
    changing.lock();
    try {
      if (ticket.isErased) {
        return false;
      }
      long now = clock.millis();
      Path used = Files.setLastModifiedTime(unfinished, FileTime.fromMillis(now));
      Path moved = Files.move(used, folder.resolve(ticket.file), StandardCopyOption.ATOMIC_MOVE);
      String file = String.valueOf(moved.getFileName());
      guarded(() -> index.put(new SnapshotIndex.Entry(file, header, now)));
    } finally {
      changing.unlock();
    }
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
    return true;
  }

  private SnapshotNews failed(Ticket ticket, Path unfinished, IOException cause) {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      // The next start deletes it.
      cause.addSuppressed(e);
    }
    return new SnapshotNews.Failed(ticket.file, cause.toString());
  }

  private SnapshotNews refused(SnapshotIndex.Entry entry, String reason) {
    String file = entry.file();
    changing.lock();
    try {
      if (locked(() -> entry.equals(index.find(file)))) {
        delete(List.of(file));
      }
      return new SnapshotNews.Refused(file, reason);
    } catch (IOException e) {
      guarded(() -> index.putUnread(file, entry.bytes()));
      return new SnapshotNews.Refused(file, reason + "; it cannot be deleted: " + e);
    } finally {
      changing.unlock();
    }
  }

  private void use(SnapshotIndex.Entry entry, Path path) {
    long now = clock.millis();
    guarded(() -> entry.used(now));
    try {
      Path touched = Files.setLastModifiedTime(path, FileTime.fromMillis(now));
      assert touched.equals(path);
    } catch (IOException e) {
      // It was erased meanwhile, or the next start will take it to be older than it is.
      return;
    }
  }

  private void guarded(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  private <T extends @Nullable Object> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }
}
