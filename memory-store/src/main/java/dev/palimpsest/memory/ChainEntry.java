package dev.palimpsest.memory;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;

/**
 * What one write of memories adds to its tenant's chain: a text of one line each, of which the
 * SHA-256 goes into the link.
 *
 * <pre>
 * written            erased                      revoked
 * mem_1/1 HASH       mem_1                       mem_1 2026-11-27T12:00:00Z
 * mem_2/1 HASH       mem_1/1 HASH
 * </pre>
 *
 * <p>The first line is the kind; all others are in order of id and version. {@code HASH} is what
 * {@link VersionHash} says, in hexadecimal. An erased version without a hash has no line.
 *
 * @param kind what was done
 * @param entries how many versions were written, or memories erased or revoked
 * @param text all lines
 */
public record ChainEntry(Kind kind, int entries, String text) {
  private static final int SHA256_BYTES = 32;

  /** What was done; stored and shown in lower case. */
  public enum Kind {
    /** Versions were written. */
    WRITTEN,
    /** Memories were erased. */
    ERASED,
    /** Memories were revoked. */
    REVOKED
  }

  /** That versions were written. */
  public static ChainEntry written(SortedMap<VersionId, String> hashes) {
    StringBuilder text = new StringBuilder("written\n");
    hashes.forEach((version, hash) -> line(text, version, hash));
    return new ChainEntry(Kind.WRITTEN, hashes.size(), text.toString());
  }

  /**
   * That memories were erased.
   *
   * @param memories in order of id
   * @param hashes of their versions, as far as they have one
   */
  public static ChainEntry erased(List<MemoryId> memories, SortedMap<VersionId, String> hashes) {
    StringBuilder text = new StringBuilder("erased\n");
    for (MemoryId memory : memories) {
      text.append(memory).append('\n');
      hashes
          .tailMap(new VersionId(memory, 1))
          .headMap(new VersionId(memory, Integer.MAX_VALUE))
          .forEach((version, hash) -> line(text, version, hash));
    }
    return new ChainEntry(Kind.ERASED, memories.size(), text.toString());
  }

  /**
   * That memories were revoked.
   *
   * @param memories in order of id, with the time since when each is
   */
  public static ChainEntry revoked(SortedMap<String, Instant> memories) {
    StringBuilder text = new StringBuilder("revoked\n");
    memories.forEach((id, at) -> text.append(id).append(' ').append(at).append('\n'));
    return new ChainEntry(Kind.REVOKED, memories.size(), text.toString());
  }

  private static void line(StringBuilder text, VersionId version, String hash) {
    text.append(version).append(' ').append(hash).append('\n');
  }

  /** SHA-256 of the text, in hexadecimal. */
  public String sha256() {
    return HexFormat.of().formatHex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The link: SHA-256 of the link before (32 zero bytes for the first), the change number in eight
   * bytes, the high one first, and the sum of the text.
   *
   * @param before in hexadecimal, empty for the first
   * @param sum {@link #sha256()}
   */
  public static String link(String before, long change, String sum) {
    MessageDigest digest = digest();
    digest.update(before.isEmpty() ? new byte[SHA256_BYTES] : HexFormat.of().parseHex(before));
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(change).flip());
    digest.update(HexFormat.of().parseHex(sum));
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
