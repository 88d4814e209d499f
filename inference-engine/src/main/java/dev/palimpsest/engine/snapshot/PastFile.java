package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;

/**
 * A compacted beginning in a file. Everything is read to the heap and checked before anybody sees
 * it, head after head; the numbers of a head come out bit for bit as they went in.
 *
 * <p>The file, little-endian, version 1:
 *
 * <pre>
 *   0  8 bytes  PLMPSTKP
 *   8  u32      version, 1
 *  12  u32      bytes of the header, a multiple of 64; the heads begin here
 *  16  32 bytes fingerprint, as in a file of pages
 *  48  32 bytes SHA-256 of the salt of its name
 *  80  32 bytes SHA-256 of the salt of its cache and the name of the compaction
 * 112  u32      layers
 * 116  u32      key/value heads
 * 120  u32      elements of a head
 * 124  u32      type of the pages from which it was made, as GGUF numbers types
 * 128  u32      tokens n, whole pages
 * 132  i32[n]   the tokens
 *      u32[h]   keys of each head of each layer in turn
 *      u32[h]   CRC-32C of each of them
 *      zeros    up to four bytes before the header's end
 *      u32      CRC-32C of the header so far
 *      heads    keys f32[count, elements], values the same, biases f32[count], positions u32[count]
 * </pre>
 */
final class PastFile {
  static final int VERSION = 1;

  /** What stands before the tokens. */
  static final int FIXED_BYTES = 132;

  private static final byte[] MAGIC = "PLMPSTKP".getBytes(StandardCharsets.US_ASCII);
  private static final int PREFIX_BYTES = 16;
  private static final int ALIGNMENT = 64;
  private static final int HEADER_BYTES_MAX = 1 << 26;
  private static final int HEADS_MAX = 1 << 20;

  private PastFile() {}

  /**
   * Whose it is.
   *
   * @param owner SHA-256 of the salt of its name
   * @param mark SHA-256 by which it is found
   */
  record Label(String owner, String mark) {}

  /** A header that was read. */
  record Header(Label label, ByteBuffer rest, int bytes) {}

  /** Bytes of a file with all of this. */
  static long bytes(TokenIds tokens, List<HeadKeys> heads) {
    long all = headerBytes(tokens.size(), heads.size());
    for (HeadKeys head : heads) {
      all += headBytes(head.dim(), head.count());
    }
    return all;
  }

  private static long headBytes(int dim, int count) {
    return (2L * dim + 2) * Float.BYTES * count;
  }

  private static long headerBytes(int tokens, int heads) {
    long bytes = FIXED_BYTES + Integer.BYTES * (tokens + 2L * heads + 1);
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /**
   * Writes and forces; what is there before is written over.
   *
   * @param isUnwanted asked before every head
   * @return whether it came to the end
   */
  static boolean write(Path path, Label label, PastStore.Past past, BooleanSupplier isUnwanted)
      throws IOException {
    ByteBuffer header = header(label, past);
    List<HeadKeys> heads = past.heads();
    int sums = header.capacity() - Integer.BYTES;
    int sumsAt = FIXED_BYTES + Integer.BYTES * (past.tokens().size() + heads.size());
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.position(header.capacity());
      for (int i = 0; i < heads.size(); i++) {
        if (isUnwanted.getAsBoolean()) {
          return false;
        }
        ByteBuffer body = body(heads.get(i));
        header.putInt(sumsAt + i * Integer.BYTES, sum(body, body.capacity()));
        writeAll(channel, body);
      }
      header.putInt(sums, sum(header, sums));
      writeAll(channel.position(0), header);
      channel.force(true);
      return true;
    }
  }

  private static ByteBuffer header(Label label, PastStore.Past past) {
    KvLayout layout = past.kind().layout();
    TokenIds tokens = past.tokens();
    int bytes = Math.toIntExact(headerBytes(tokens.size(), past.heads().size()));
    ByteBuffer header = buffer(bytes);
    header.put(MAGIC).putInt(VERSION).putInt(bytes);
    for (String digest : List.of(past.kind().fingerprint(), label.owner(), label.mark())) {
      header.put(HexFormat.of().parseHex(digest));
    }
    header.putInt(layout.layers()).putInt(layout.heads().keyValue()).putInt(layout.heads().dim());
    header.putInt(layout.type().ggmlId()).putInt(tokens.size());
    for (int i = 0; i < tokens.size(); i++) {
      header.putInt(tokens.at(i));
    }
    for (HeadKeys head : past.heads()) {
      header.putInt(head.count());
    }
    return header;
  }

  private static ByteBuffer body(HeadKeys head) {
    int numbers = head.count() * head.dim();
    ByteBuffer body = buffer(Math.toIntExact(headBytes(head.dim(), head.count())));
    body.asFloatBuffer().put(head.keys()).put(head.values()).put(head.biases());
    int positions = (2 * numbers + head.count()) * Float.BYTES;
    body.slice(positions, body.capacity() - positions)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asIntBuffer()
        .put(head.positions());
    return body;
  }

  /** Reads the header; trusts nothing in it. */
  static Header header(FileChannel file) throws IOException, RefusedException {
    long size = file.size();
    must(size >= FIXED_BYTES, "it ends in its header");
    ByteBuffer start = read(file, 0, FIXED_BYTES);
    byte[] magic = new byte[MAGIC.length];
    start.get(magic);
    must(Arrays.equals(magic, MAGIC), "it is no compacted beginning");
    int version = start.getInt();
    must(version == VERSION, "it is of version " + Integer.toUnsignedString(version));
    int bytes = start.getInt();
    must(
        bytes > FIXED_BYTES && bytes <= HEADER_BYTES_MAX && bytes % ALIGNMENT == 0,
        "its header has " + Integer.toUnsignedString(bytes) + " bytes");
    must(bytes <= size, "it ends in its header");
    ByteBuffer header = read(file, 0, bytes);
    int sums = bytes - Integer.BYTES;
    must(header.getInt(sums) == sum(header, sums), "its header's checksum is wrong");
    header.position(PREFIX_BYTES + Digest.BYTES);
    return new Header(new Label(hex(header), hex(header)), header, bytes);
  }

  /**
   * Reads all of it.
   *
   * @param kind what it must be of
   */
  static PastStore.Past read(FileChannel file, SnapshotKind kind)
      throws IOException, RefusedException {
    Header header = header(file);
    ByteBuffer from = header.rest().position(PREFIX_BYTES);
    must(hex(from).equals(kind.fingerprint()), "it is of another model or engine");
    from.position(PREFIX_BYTES + 3 * Digest.BYTES);
    KvLayout layout = kind.layout();
    must(
        from.getInt() == layout.layers()
            && from.getInt() == layout.heads().keyValue()
            && from.getInt() == layout.heads().dim()
            && from.getInt() == layout.type().ggmlId(),
        "it is laid out in another way");
    int tokens = from.getInt();
    must(
        tokens > 0 && tokens <= SnapshotHeader.TOKENS_MAX && tokens % Attention.PAGE_TOKENS == 0,
        "its " + tokens + " tokens are no whole pages");
    int heads = layout.layers() * layout.heads().keyValue();
    must(
        heads <= HEADS_MAX && headerBytes(tokens, heads) == header.bytes(),
        "its header does not end where it says");
    int[] ids = ints(from, tokens);
    int[] counts = ints(from, heads);
    return new PastStore.Past(
        kind,
        TokenIds.of(ids),
        heads(file, header.bytes(), counts, ints(from, heads), layout, tokens));
  }

  private static List<HeadKeys> heads(
      FileChannel file, int begin, int[] counts, int[] sums, KvLayout layout, int tokens)
      throws IOException, RefusedException {
    int dim = layout.heads().dim();
    long at = begin;
    for (int count : counts) {
      must(count >= 0 && count <= tokens, "it has a head of " + count + " keys");
      at += headBytes(dim, count);
    }
    must(at == file.size(), "it has " + file.size() + " bytes, not as it says");
    List<HeadKeys> heads = new ArrayList<>(counts.length);
    at = begin;
    for (int i = 0; i < counts.length; i++) {
      int bytes = Math.toIntExact(headBytes(dim, counts[i]));
      ByteBuffer body = read(file, at, bytes);
      must(sum(body, bytes) == sums[i], "the checksum of head " + i + " is wrong");
      heads.add(head(body, dim, counts[i], tokens));
      at += bytes;
    }
    return heads;
  }

  private static HeadKeys head(ByteBuffer body, int dim, int count, int tokens)
      throws RefusedException {
    float[] keys = new float[count * dim];
    float[] values = new float[count * dim];
    float[] biases = new float[count];
    body.asFloatBuffer().get(keys).get(values).get(biases);
    int[] positions = ints(body.position((2 * count * dim + count) * Float.BYTES), count);
    for (int i = 0; i < count; i++) {
      must(
          positions[i] > (i == 0 ? -1 : positions[i - 1]) && positions[i] < tokens,
          "a head's positions do not ascend");
    }
    return new HeadKeys(dim, keys, values, biases, positions);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer read(FileChannel file, long at, int bytes)
      throws IOException, RefusedException {
    ByteBuffer into = buffer(bytes);
    while (into.hasRemaining()) {
      must(file.read(into, at + into.position()) >= 0, "it became shorter while it was read");
    }
    return into.flip();
  }

  private static void writeAll(FileChannel channel, ByteBuffer what) throws IOException {
    what.clear();
    while (what.hasRemaining()) {
      int written = channel.write(what);
      assert written >= 0;
    }
  }

  private static int sum(ByteBuffer of, int bytes) {
    CRC32C crc = new CRC32C();
    crc.update(of.slice(0, bytes));
    return (int) crc.getValue();
  }

  private static String hex(ByteBuffer buffer) {
    byte[] digest = new byte[Digest.BYTES];
    buffer.get(digest);
    return HexFormat.of().formatHex(digest);
  }

  private static int[] ints(ByteBuffer buffer, int count) {
    int[] ints = new int[count];
    for (int i = 0; i < count; i++) {
      ints[i] = buffer.getInt();
    }
    return ints;
  }

  private static void must(boolean isSo, String reason) throws RefusedException {
    if (!isSo) {
      throw new RefusedException(reason);
    }
  }
}
