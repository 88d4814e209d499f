package dev.palimpsest.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The bytes of a file as they were when the import began: its length is taken once, and its sum is
 * built from what is read, so that a file that changes on the way is noticed by the service.
 * Belongs to one thread.
 */
final class ImportFile implements AutoCloseable {
  private static final int SUM_CHUNK_BYTES = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final MessageDigest sum;
  private long summed;

  private ImportFile(Path path, FileChannel channel, long size, MessageDigest sum) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    this.sum = sum;
  }

  /**
   * Opens it for reading.
   *
   * @throws CliException (wrong use) when there is no such file or it cannot be read
   */
  static ImportFile open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw wrongUse(Files.exists(path) ? path + " is not a file." : "There is no file " + path);
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new ImportFile(path, channel, channel.size(), MessageDigest.getInstance("SHA-256"));
    } catch (IOException e) {
      throw wrongUse("The file " + path + " cannot be read: " + Reasons.of(e));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  long size() {
    return size;
  }

  /** Up to {@code bytesMax} bytes from {@code offset} on, at least one. */
  ByteBuffer read(long offset, int bytesMax) {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(bytesMax, size - offset));
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw CliException.couldNotRun("The file " + path + " became shorter while it was read.");
        }
      }
    } catch (IOException e) {
      throw CliException.couldNotRun("The file " + path + " cannot be read: " + Reasons.of(e));
    }
    bytes.flip();
    addToSum(offset, bytes.duplicate());
    return bytes;
  }

  /** The SHA-256 of the whole file in hexadecimal; reads what was not read yet. Called once. */
  String sha256() {
    while (summed < size) {
      ByteBuffer ignored = read(summed, SUM_CHUNK_BYTES);
    }
    return HexFormat.of().formatHex(sum.digest());
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw CliException.couldNotRun("The file " + path + " cannot be closed: " + Reasons.of(e));
    }
  }

  /** What is read again after a cut is already in the sum. */
  private void addToSum(long offset, ByteBuffer bytes) {
    long end = offset + bytes.remaining();
    if (offset <= summed && summed < end) {
      bytes.position(bytes.position() + (int) (summed - offset));
      sum.update(bytes);
      summed = end;
    }
  }

  private static CliException wrongUse(String line) {
    return new CliException(CliException.WRONG_USE, List.of(line));
  }
}
