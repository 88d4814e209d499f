package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The bytes of one import as they came, on disk, until the import is done. A folder named after the
 * import with three files: {@code tenant}, whose it is; {@code bytes}, the bytes; and, once all are
 * there, {@code sha256}, their sum in hexadecimal. Bytes count when they have reached the disk.
 *
 * <p>One thread appends and finishes, one follows, any may close. The lock guards how much there is
 * and is never held across I/O.
 */
public final class Spool implements AutoCloseable {
  private static final String TENANT = "tenant";
  private static final String BYTES = "bytes";
  private static final String SUM = "sha256";
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path folder;
  private final FileChannel channel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long length;
  private long followed;
  private boolean isFinished;
  private boolean isClosed;

  private Spool(Path folder, FileChannel channel, long length, boolean isFinished) {
    this.folder = folder;
    this.channel = channel;
    this.length = length;
    this.isFinished = isFinished;
  }

  /**
   * A spool that a service before this one left.
   *
   * @param tenant whose import it is
   * @param id its import
   */
  public record Left(TenantId tenant, ImportId id) {}

  /** Opens the spool of an import, with what is in it; makes it where there is none. */
  public static Spool open(Path root, TenantId tenant, ImportId id) throws IOException {
    Path folder = root.resolve(id.value());
    if (!Files.exists(folder.resolve(TENANT))) {
      Files.createDirectories(folder);
      write(folder, TENANT, tenant.value());
    }
    FileChannel channel =
        FileChannel.open(
            folder.resolve(BYTES),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    return new Spool(folder, channel, channel.size(), Files.exists(folder.resolve(SUM)));
  }

  /** The spools in a folder, in no order; what is none is passed over. */
  public static List<Left> left(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    List<Left> left = new ArrayList<>();
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.toList()) {
        if (Files.isRegularFile(folder.resolve(TENANT))) {
          String tenant = Files.readString(folder.resolve(TENANT));
          left.add(new Left(new TenantId(tenant), new ImportId(folder.getFileName().toString())));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(root + " holds what is no spool: " + e.getMessage(), e);
    }
    return left;
  }

  /** How many bytes it holds. */
  public long length() {
    lock.lock();
    try {
      return length;
    } finally {
      lock.unlock();
    }
  }

  /** How many of them its follower has read. */
  public long followed() {
    lock.lock();
    try {
      return followed;
    } finally {
      lock.unlock();
    }
  }

  /** Whether all bytes are there. */
  public boolean isFinished() {
    lock.lock();
    try {
      return isFinished;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds bytes; they are on the disk when this returns.
   *
   * @throws IOException when they could not be written; none of them counts then
   */
  public void append(ByteBuffer bytes) throws IOException {
    long at = length();
    if (isFinished()) {
      throw new IllegalStateException("the spool is finished");
    }
    long end = at;
    try {
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
      channel.force(false);
    } catch (IOException e) {
      // What was written of it is written over by the next attempt; a shorter file is tidier.
      if (channel.isOpen()) {
        FileChannel ignored = channel.truncate(at);
      }
      throw e;
    }
    grow(end, false);
  }

  /** The SHA-256 of all bytes, in lower-case hexadecimal. Reads the file. */
  public String sha256() throws IOException {
    MessageDigest sum = digest();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long end = length();
    long at = 0;
    while (at < end) {
      int count = channel.read(buffer.clear(), at);
      if (count < 0) {
        throw new IOException(folder + " is shorter than it was");
      }
      sum.update(buffer.array(), 0, (int) Math.min(count, end - at));
      at += count;
    }
    return HexFormat.of().formatHex(sum.digest());
  }

  /** Says that no more bytes come; durable when this returns. */
  public void finish(String sha256) throws IOException {
    write(folder, SUM, sha256);
    grow(length(), true);
  }

  /**
   * Its bytes from the beginning, now and as they come. The stream ends when the spool is finished,
   * and fails with {@link ClosedException} when it is closed. Only one may be in use.
   *
   * @param beforeWaiting is run on the reader's thread each time it has read all there is
   */
  public InputStream follow(Runnable beforeWaiting) {
    return new Follower(beforeWaiting);
  }

  /** Ends the follower; the bytes stay. */
  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Gives back the file. To be called when nobody follows any more. */
  public void release() throws IOException {
    close();
    channel.close();
  }

  /** Removes the bytes from the disk. */
  public void remove() throws IOException {
    release();
    for (String name : List.of(SUM, BYTES, TENANT)) {
      boolean ignored = Files.deleteIfExists(folder.resolve(name));
    }
    boolean ignored = Files.deleteIfExists(folder);
  }

  /** The spool was closed before its end. */
  public static final class ClosedException extends IOException {
    private static final long serialVersionUID = 1L;

    private ClosedException() {
      super("the spool was closed");
    }
  }

  private void grow(long end, boolean finishes) {
    lock.lock();
    try {
      length = end;
      isFinished |= finishes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static void write(Path folder, String name, String content) throws IOException {
    Path made = folder.resolve(name + ".new");
    try (FileChannel file =
        FileChannel.open(
            made,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        int written = file.write(bytes);
        assert written >= 0;
      }
      file.force(true);
    }
    Path moved =
        Files.move(made, folder.resolve(name), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel entries = FileChannel.open(moved.resolveSibling("."))) {
      entries.force(true);
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private final class Follower extends InputStream {
    private final Runnable beforeWaiting;
    private long at;

    Follower(Runnable beforeWaiting) {
      this.beforeWaiting = beforeWaiting;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
      if (count == 0) {
        return 0;
      }
      long end = available(false);
      if (end == at) {
        beforeWaiting.run();
        end = available(true);
      }
      if (end == at) {
        return -1;
      }
      ByteBuffer buffer = ByteBuffer.wrap(into, from, (int) Math.min(count, end - at));
      int read = channel.read(buffer, at);
      if (read < 0) {
        throw new IOException(folder + " is shorter than it was");
      }
      at += read;
      return read;
    }

    /** Up to where can be read; where that is no further than now, the end has come. */
    private long available(boolean waits) throws IOException {
      lock.lock();
      try {
        followed = at;
        while (waits && at == length && !isFinished && !isClosed) {
          changed.awaitUninterruptibly();
        }
        if (isClosed) {
          throw new ClosedException();
        }
        return length;
      } finally {
        lock.unlock();
      }
    }
  }
}
