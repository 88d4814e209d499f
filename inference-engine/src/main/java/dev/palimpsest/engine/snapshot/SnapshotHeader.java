package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** The header of a file, as the package describes it. Immutable. */
final class SnapshotHeader {
  /** Pages of a block. */
  static final int BLOCK_PAGES = 32;

  /** A header that claims more is refused; four times what any model reads today. */
  static final int TOKENS_MAX = 1 << 22;

  static final int VERSION = 2;

  /** What stands before the tokens. */
  static final int FIXED_BYTES = 128;

  /** Bytes of a block of the state; the last one may have fewer. */
  static final int STATE_BLOCK_BYTES = 1 << 20;

  private static final int BYTES_MAX = 1 << 26;

  private static final byte[] MAGIC = "PLMPSTKV".getBytes(StandardCharsets.US_ASCII);

  /** Magic, version and length. */
  private static final int PREFIX_BYTES = 16;

  private static final int ALIGNMENT = 64;
  private static final int COUNT_MAX = 1 << 16;

  private final SnapshotKind kind;
  private final String salt;
  private final TokenIds tokens;
  private final long costNanos;
  private final int[] checksums;

  private SnapshotHeader(
      SnapshotKind kind, String salt, TokenIds tokens, long costNanos, int[] checksums) {
    this.kind = kind;
    this.salt = salt;
    this.tokens = tokens;
    this.costNanos = costNanos;
    this.checksums = checksums;
  }

  /**
   * A header of pages that are not written yet.
   *
   * @param salt SHA-256 of the salt in hexadecimal
   * @param tokens whole pages of them
   * @param costNanos what computing them took
   */
  static SnapshotHeader of(SnapshotKind kind, String salt, TokenIds tokens, long costNanos) {
    int pages = tokens.size() / Attention.PAGE_TOKENS;
    return new SnapshotHeader(
        kind, salt, tokens, costNanos, new int[Math.toIntExact(blocks(kind, pages))]);
  }

  /** The same with the blocks' checksums. */
  SnapshotHeader withChecksums(int[] written) {
    return new SnapshotHeader(kind, salt, tokens, costNanos, written.clone());
  }

  /** What the pages are; the number of query heads is not in the file. */
  SnapshotKind kind() {
    return kind;
  }

  /** SHA-256 of the salt in hexadecimal. */
  String salt() {
    return salt;
  }

  TokenIds tokens() {
    return tokens;
  }

  /** What computing them took. */
  long costNanos() {
    return costNanos;
  }

  /** CRC-32C of a block; layer after layer, in a layer from the first pages on, then the state. */
  int checksum(int block) {
    return checksums[block];
  }

  int pages() {
    return tokens.size() / Attention.PAGE_TOKENS;
  }

  /** Bytes of the header. */
  int bytes() {
    return (int) bytes(tokens.size(), checksums.length);
  }

  /** Bytes of the whole file. */
  long fileBytes() {
    return fileBytes(kind, tokens.size());
  }

  /** Bytes of a file with so many tokens. */
  static long fileBytes(SnapshotKind kind, int tokens) {
    int pages = tokens / Attention.PAGE_TOKENS;
    return bytes(tokens, blocks(kind, pages))
        + pages * kind.layout().pageBytes()
        + kind.stateBytes();
  }

  /** Where the state begins, behind the pages. */
  long stateOffset() {
    return fileBytes() - kind.stateBytes();
  }

  /** Blocks of all pages; those of the state come after them. */
  int pageBlocks() {
    return kind.layout().layers() * blocksOfLayer(pages());
  }

  private static long blocks(SnapshotKind kind, int pages) {
    return (long) kind.layout().layers() * blocksOfLayer(pages) + stateBlocks(kind.stateBytes());
  }

  static long stateBlocks(long stateBytes) {
    return Math.ceilDiv(stateBytes, (long) STATE_BLOCK_BYTES);
  }

  static int blocksOfLayer(int pages) {
    return Math.ceilDiv(pages, BLOCK_PAGES);
  }

  private static long bytes(int tokens, long blocks) {
    long bytes = FIXED_BYTES + Integer.BYTES * (tokens + blocks + 1);
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /** The header as it is written. */
  ByteBuffer encode() {
    ByteBuffer buffer = ByteBuffer.allocate(bytes()).order(ByteOrder.LITTLE_ENDIAN);
    buffer.put(MAGIC).putInt(VERSION).putInt(bytes());
    buffer.put(HexFormat.of().parseHex(kind.fingerprint())).put(HexFormat.of().parseHex(salt));
    Heads heads = kind.layout().heads();
    buffer.putInt(kind.layout().layers()).putInt(heads.keyValue()).putInt(heads.dim());
    buffer.putInt(Attention.PAGE_TOKENS).putInt(kind.layout().type().ggmlId());
    buffer.putInt(kind.stateBytes() == 0 ? 0 : 1);
    buffer.putInt(tokens.size()).putInt(BLOCK_PAGES).putLong(costNanos);
    buffer.putLong(kind.stateBytes());
    for (int i = 0; i < tokens.size(); i++) {
      buffer.putInt(tokens.at(i));
    }
    for (int checksum : checksums) {
      buffer.putInt(checksum);
    }
    buffer.putInt(bytes() - Integer.BYTES, checksum(buffer));
    return buffer.clear();
  }

  /**
   * How many bytes a header says that it has; trusts nothing in it.
   *
   * @param start the first {@link #FIXED_BYTES} of a file
   * @param fileBytes the size of the file
   */
  static int bytes(byte[] start, long fileBytes) throws RefusedException {
    ByteBuffer buffer = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    buffer.get(magic);
    must(Arrays.equals(magic, MAGIC), "it is no snapshot");
    int version = buffer.getInt();
    must(version == VERSION, "it is of version " + Integer.toUnsignedString(version));
    int bytes = buffer.getInt();
    must(
        bytes > FIXED_BYTES && bytes <= BYTES_MAX && bytes % ALIGNMENT == 0,
        "its header has " + Integer.toUnsignedString(bytes) + " bytes");
    must(bytes <= fileBytes, "it ends in its header");
    return bytes;
  }

  /**
   * Reads a header; trusts nothing in it.
   *
   * @param header as many bytes as {@link #bytes(byte[], long)} says
   * @param fileBytes the size of the file
   */
  static SnapshotHeader decode(byte[] header, long fileBytes) throws RefusedException {
    ByteBuffer buffer = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int checksum = buffer.getInt(header.length - Integer.BYTES);
    must(checksum == checksum(buffer), "its header's checksum is wrong");
    buffer.position(PREFIX_BYTES);
    String fingerprint = hex(buffer);
    String salt = hex(buffer);
    int layers = count(buffer, "layers", COUNT_MAX);
    int keyValueHeads = count(buffer, "heads", COUNT_MAX);
    int dim = count(buffer, "elements of a head", COUNT_MAX);
    must(buffer.getInt() == Attention.PAGE_TOKENS, "it has pages of another length");
    DType type = type(buffer.getInt());
    int states = buffer.getInt();
    int tokens = count(buffer, "tokens", TOKENS_MAX);
    must(tokens % Attention.PAGE_TOKENS == 0, "its " + tokens + " tokens are no whole pages");
    must(buffer.getInt() == BLOCK_PAGES, "it has blocks of another length");
    long costNanos = buffer.getLong();
    must(costNanos >= 0, "it took less than no time");
    long stateBytes = buffer.getLong();
    must(stateBytes >= 0 && stateBytes <= fileBytes, "it has a state larger than itself");
    must(states == (stateBytes == 0 ? 0 : 1), "it has another number of states than it says");
    KvLayout layout = layout(layers, new Heads(keyValueHeads, keyValueHeads, dim), type, fileBytes);
    SnapshotKind kind = new SnapshotKind(fingerprint, layout, stateBytes);
    long blocks = blocks(kind, tokens / Attention.PAGE_TOKENS);
    must(bytes(tokens, blocks) == header.length, "its header does not end where it says");
    must(fileBytes(kind, tokens) == fileBytes, "it has " + fileBytes + " bytes, not as it says");
    TokenIds ids = TokenIds.of(ints(buffer, tokens));
    return new SnapshotHeader(kind, salt, ids, costNanos, ints(buffer, (int) blocks));
  }

  private static DType type(int id) throws RefusedException {
    DType type = DType.ofGgmlId(id).orElse(null);
    if (type == null || !KvBlock.isPossible(type)) {
      throw new RefusedException("its keys are of type " + Integer.toUnsignedString(id));
    }
    return type;
  }

  private static KvLayout layout(int layers, Heads heads, DType type, long fileBytes)
      throws RefusedException {
    KvLayout layout = new KvLayout(layers, heads, type);
    must(layout.layerBytes() <= fileBytes / layers, "it has pages larger than itself");
    return layout;
  }

  private static int checksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(0, header.capacity() - Integer.BYTES));
    return (int) crc.getValue();
  }

  private static String hex(ByteBuffer buffer) {
    byte[] digest = new byte[Digest.BYTES];
    buffer.get(digest);
    return HexFormat.of().formatHex(digest);
  }

  private static int count(ByteBuffer buffer, String what, int most) throws RefusedException {
    int count = buffer.getInt();
    must(count >= 1 && count <= most, "it has " + count + " " + what);
    return count;
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

  /** Refuses the file where its pages cannot stand for pages of this kind and salt. */
  void requireKind(SnapshotKind wanted, String wantedSalt) throws RefusedException {
    must(kind.fingerprint().equals(wanted.fingerprint()), "it is of another model or engine");
    KvLayout mine = kind.layout();
    KvLayout other = wanted.layout();
    must(
        mine.layers() == other.layers()
            && mine.heads().keyValue() == other.heads().keyValue()
            && mine.heads().dim() == other.heads().dim()
            && mine.type() == other.type(),
        "its pages are laid out in another way");
    must(kind.stateBytes() == wanted.stateBytes(), "its state is laid out in another way");
    must(salt.equals(wantedSalt), "it belongs to somebody else");
  }

  /**
   * Refuses the file where it does not begin with these tokens, or has more and a state, which
   * knows of all of them.
   */
  void requireBeginning(TokenIds wanted) throws RefusedException {
    boolean isSo = wanted.size() <= tokens.size() && tokens.slice(0, wanted.size()).equals(wanted);
    boolean isWhole = wanted.size() == tokens.size();
    must(isSo && (isWhole || kind.stateBytes() == 0), "it is of other tokens");
  }
}
