package dev.palimpsest.memory.retention;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportItem;
import dev.palimpsest.memory.importing.ImportParser;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.memory.importing.PalimpsestWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Archives as files, {@code archives/TENANT/ID.jsonl.gz} of the data folder: what {@link
 * PalimpsestWriter} writes, packed, as {@code GET /v1/export} gives it out and an import takes it.
 * A file has its name only when it is whole and synced. Immutable; two threads do not write the
 * same archive at once.
 */
public final class ArchiveFolder {
  private static final String FOLDER = "archives";
  private static final String SUFFIX = ".jsonl.gz";
  private static final String UNFINISHED = ".new";

  private final Path folder;
  private final Disk disk;

  /** Where the bytes go; a test's may be full. */
  interface Disk {
    /** All bytes that are written to a file from here on. */
    OutputStream over(OutputStream file);
  }

  /** What is written into an archive, part by part. */
  interface Parts {
    /** The next part; empty when there are no more. */
    List<KeptVersion> next();
  }

  /** Is told what is read out of an archive. */
  interface Taker {
    /** All versions of some memories. */
    void take(List<KeptVersion> part);
  }

  /**
   * Archives below the data folder.
   *
   * @param data the data folder
   */
  public ArchiveFolder(Path data) {
    this(data, file -> file);
  }

  ArchiveFolder(Path data, Disk disk) {
    this.folder = data.resolve(FOLDER);
    this.disk = disk;
  }

  /** Where an archive's file is. */
  public Path file(TenantId tenant, ArchiveId id) {
    return folder.resolve(tenant.value()).resolve(id.value() + SUFFIX);
  }

  /**
   * Writes an archive, reads it back, and only then gives it its name. What was there under the
   * name is replaced at that moment.
   *
   * @param bytesMax no part is begun behind so many bytes
   * @return what it is; null where there was nothing to write
   * @throws IOException when it cannot be written or read back; the name is as it was then
   */
  RetentionArchive.@Nullable Written write(
      TenantId tenant, ArchiveId id, Parts parts, long bytesMax) throws IOException {
    Path file = file(tenant, id);
    Path made = unfinished(file);
    Path own = Files.createDirectories(file.resolveSibling("."));
    try {
      Counts counts = fill(made, parts, bytesMax);
      if (counts.versions == 0) {
        return null;
      }
      String sha256 = sha256(made);
      if (!take(made, 1, part -> {}).equals(counts)) {
        throw new IOException(made + " does not hold what was written into it");
      }
      RetentionArchive.Written written =
          new RetentionArchive.Written(sha256, Files.size(made), counts.memories, counts.versions);
      Path moved = Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
      assert moved.equals(file);
      sync(own);
      sync(folder);
      sync(folder.resolveSibling("."));
      return written;
    } finally {
      boolean ignored = Files.deleteIfExists(made);
    }
  }

  private static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + UNFINISHED);
  }

  /** The writer's sum over its lines stands in the last one, and is checked by who reads them. */
  private Counts fill(Path made, Parts parts, long bytesMax) throws IOException {
    Counts counts = new Counts(0, 0);
    try (FileChannel channel =
            FileChannel.open(
                made,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING);
        GZIPOutputStream packed =
            new GZIPOutputStream(
                new BufferedOutputStream(disk.over(Channels.newOutputStream(channel))))) {
      PalimpsestWriter writer = new PalimpsestWriter(packed);
      List<KeptVersion> part = parts.next();
      while (!part.isEmpty()) {
        for (KeptVersion version : part) {
          writer.add(version);
        }
        counts = counts.and(part);
        part = channel.position() < bytesMax ? parts.next() : List.of();
      }
      writer.end();
      packed.finish();
      packed.flush();
      channel.force(true);
    }
    return counts;
  }

  /** Whether an archive's file is there and what was written. */
  boolean isWhole(TenantId tenant, ArchiveId id, RetentionArchive.Written written)
      throws IOException {
    Path file = file(tenant, id);
    return Files.exists(file) && sha256(file).equals(written.sha256());
  }

  /**
   * Reads an archive from its beginning to its end.
   *
   * @param written what it must be
   * @param memories of a part
   * @throws IOException when it is not there, or not what was written; nothing was taken then,
   *     unless the disk changed it meanwhile
   */
  void read(
      TenantId tenant, ArchiveId id, RetentionArchive.Written written, int memories, Taker taker)
      throws IOException {
    Path file = file(tenant, id);
    if (!isWhole(tenant, id, written)) {
      throw new IOException(file + " is not there, or not what was written");
    }
    Counts counts = take(file, memories, taker);
    assert counts.versions == written.versions();
  }

  private static Counts take(Path file, int memories, Taker taker) throws IOException {
    NewImport request =
        new NewImport(ImportFormat.PALIMPSEST, FOLDER, null, Scope.NONE, false, true, null);
    Counts counts = new Counts(0, 0);
    List<KeptVersion> part = new ArrayList<>();
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      ImportParser parser = ImportParser.open(ImportFormat.PALIMPSEST, request, in);
      for (ImportItem item = parser.next(); item != null; item = parser.next()) {
        Optional<KeptVersion> found = version(file, item);
        boolean isNext = found.isPresent() && found.get().version() == 1;
        if (isNext && Counts.memories(part) == memories) {
          counts = counts.and(part);
          taker.take(List.copyOf(part));
          part.clear();
        }
        found.ifPresent(part::add);
      }
    }
    if (!part.isEmpty()) {
      counts = counts.and(part);
      taker.take(List.copyOf(part));
    }
    return counts;
  }

  private static Optional<KeptVersion> version(Path file, ImportItem item) throws IOException {
    return switch (item) {
      case ImportItem.Kept kept -> Optional.of(kept.version());
      case ImportItem.Skipped skipped -> Optional.empty();
      case ImportItem.Bad bad ->
          throw new IOException(
              file + " is damaged from byte " + bad.start() + " on: " + bad.detail());
      case ImportItem.Found found -> throw new IOException(file + " is no archive");
    };
  }

  /** Removes an archive, and what was begun of it. Idempotent. */
  void remove(TenantId tenant, ArchiveId id) throws IOException {
    Path file = file(tenant, id);
    boolean wasThere = Files.deleteIfExists(file);
    wasThere |= Files.deleteIfExists(unfinished(file));
    if (wasThere) {
      sync(file.resolveSibling("."));
    }
  }

  private static void sync(Path entries) throws IOException {
    try (FileChannel channel = FileChannel.open(entries)) {
      channel.force(true);
    }
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest sum = digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), sum)) {
      long bytes = in.transferTo(OutputStream.nullOutputStream());
      assert bytes >= 0;
    }
    return HexFormat.of().formatHex(sum.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** How much an archive holds; of a memory all versions come together, the first one first. */
  private record Counts(long memories, long versions) {
    static long memories(List<KeptVersion> part) {
      return part.stream().filter(version -> version.version() == 1).count();
    }

    Counts and(List<KeptVersion> part) {
      return new Counts(memories + memories(part), versions + part.size());
    }
  }
}
