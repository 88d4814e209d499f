package dev.palimpsest.memory.importing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a zip or gzip file as it comes, without its directory at the end and without writing
 * anything under a name that stands in it. Of a zip, those files are read that look like something
 * to import; others, archives within the archive among them, are passed over. The place of an item
 * is where the archive had been read to.
 */
final class Archive implements ItemReader {
  /** Bytes by which an archive is known. */
  static final int MAGIC_BYTES = 4;

  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] GZIP = {0x1F, (byte) 0x8B};
  private static final List<String> ENDINGS = List.of(".json", ".jsonl", ".ndjson", ".af");
  private static final Pattern UNSAFE =
      Pattern.compile(
          "[/\\\\].*|[A-Za-z]:.*|(.*[/\\\\])?\\.\\.([/\\\\].*)?|.*[\\\\\\x00].*", Pattern.DOTALL);

  private final NewImport request;
  private final ArchiveLimits limits;
  private final CountedBytes packed;
  private final Unpacked.Budget budget;
  private final @Nullable ZipInputStream zip;
  private @Nullable Part part;
  private int entries;
  private boolean isAtEnd;

  /** A packed file that is being read. */
  private record Part(int number, Unpacked bytes, ItemReader items) {}

  private Archive(NewImport request, ArchiveLimits limits, CountedBytes packed, boolean isZip) {
    this.request = request;
    this.limits = limits;
    this.packed = packed;
    this.budget = new Unpacked.Budget(limits, packed);
    this.zip = isZip ? new ZipInputStream(packed) : null;
  }

  /** Whether a file that begins so is an archive. */
  static boolean isOne(byte[] beginning) {
    return begins(beginning, ZIP) || begins(beginning, GZIP);
  }

  /**
   * Reads an archive.
   *
   * @param beginning of the file, which {@code bytes} begins with too
   */
  static Archive open(
      NewImport request, byte[] beginning, InputStream bytes, ArchiveLimits limits) {
    return new Archive(request, limits, new CountedBytes(bytes), begins(beginning, ZIP));
  }

  @Override
  public @Nullable ImportItem next() throws IOException, UnusableFileException {
    try {
      ImportItem item = null;
      while (item == null && !isAtEnd) {
        item = part == null ? nextPart() : nextOf(part);
      }
      return item;
    } catch (Unpacked.TooLargeException e) {
      throw new UnusableFileException(
          "archive_too_large: unpacked, it is far larger than the archive explains.");
    }
  }

  @Override
  public long position() {
    return packed.count();
  }

  /** An item that stands for the next file of the archive, or null and the file can be read. */
  private @Nullable ImportItem nextPart() throws IOException, UnusableFileException {
    try {
      return zip == null ? onlyPart() : nextEntry(zip);
    } catch (Unpacked.TooLargeException e) {
      throw e;
    } catch (EOFException e) {
      packed.passOn(e);
      return end(broken(RejectionReason.TRUNCATED, "The archive ends in the middle."));
    } catch (IOException e) {
      // Not always a ZipException: the library's own buffers overflow on some broken archives.
      packed.passOn(e);
      return end(broken(RejectionReason.UNKNOWN_SHAPE, "The archive cannot be read any further."));
    }
  }

  private @Nullable ImportItem onlyPart() throws IOException, UnusableFileException {
    if (entries++ > 0) {
      return end(null);
    }
    Unpacked bytes = new Unpacked(new GZIPInputStream(packed), budget);
    part = new Part(entries, bytes, ImportParser.plain(request, bytes));
    return null;
  }

  private @Nullable ImportItem nextEntry(ZipInputStream in)
      throws IOException, UnusableFileException {
    ZipEntry entry = in.getNextEntry();
    if (entry == null) {
      return end(null);
    }
    if (++entries > limits.entries()) {
      throw new UnusableFileException(
          "too_many_entries: the archive has more than " + limits.entries() + " files.");
    }
    String name = entry.getName();
    if (UNSAFE.matcher(name).matches()) {
      return broken(RejectionReason.UNSAFE_PATH, "The name of a file leads out of the archive.");
    }
    Unpacked bytes = new Unpacked(in, budget);
    Optional<FormatFinder.Found> found =
        entry.isDirectory() ? Optional.empty() : format(name, bytes);
    if (found.isPresent()) {
      part = new Part(entries, bytes, ImportParser.of(found.get(), request));
    } else {
      skip(bytes);
    }
    return null;
  }

  /** Files are known by what is in them; a name alone says only where it is worth looking. */
  private Optional<FormatFinder.Found> format(String name, Unpacked bytes) throws IOException {
    String lower = name.toLowerCase(Locale.ROOT);
    if (ENDINGS.stream().noneMatch(lower::endsWith)) {
      return Optional.empty();
    }
    return FormatFinder.certain(bytes)
        .filter(found -> request.format() == null || request.format() == found.format());
  }

  private @Nullable ImportItem nextOf(Part reading) throws IOException, UnusableFileException {
    ImportItem item = reading.items().next();
    if (item != null) {
      return placed(item, reading);
    }
    part = null;
    if (!reading.bytes().isCut()) {
      return null;
    }
    // A file of lines may have been cut between two of them.
    return end(broken(RejectionReason.TRUNCATED, "The archive ends within" + named(reading)));
  }

  /** A cut is told once. */
  private @Nullable ImportItem placed(ImportItem item, Part reading) throws IOException {
    long here = packed.count();
    return switch (item) {
      case ImportItem.Found(var memory, boolean isSanitised, long start, long end) ->
          new ImportItem.Found(memory, isSanitised, here, here);
      case ImportItem.Kept(var version, long start, long end) ->
          new ImportItem.Kept(version, here, here);
      case ImportItem.Skipped(String why, long start, long end) ->
          new ImportItem.Skipped(why, here, here);
      case ImportItem.Bad(var reason, String detail, long start, long end) -> {
        String where = detail + " It begins at byte " + start + " of" + named(reading);
        ImportItem told = new ImportItem.Bad(reason, where, here, here);
        if (reason != RejectionReason.TRUNCATED || !reading.bytes().isCut()) {
          yield told;
        }
        part = null;
        yield end(told);
      }
    };
  }

  private static String named(Part reading) {
    return " file " + reading.number() + " of the archive.";
  }

  private @Nullable ImportItem end(@Nullable ImportItem last) throws IOException {
    isAtEnd = true;
    packed.drain();
    return last;
  }

  private ImportItem broken(RejectionReason reason, String detail) {
    return new ImportItem.Bad(reason, detail, packed.count(), packed.count());
  }

  private static void skip(InputStream bytes) throws IOException {
    byte[] buffer = new byte[1 << 13];
    int read = 0;
    while (read >= 0) {
      read = bytes.read(buffer);
    }
  }

  private static boolean begins(byte[] file, byte[] magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= file.length || file[i] != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
