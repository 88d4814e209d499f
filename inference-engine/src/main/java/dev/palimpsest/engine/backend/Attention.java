package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What attention over paged keys and values reads and writes, for one batch. Made once for a
 * forward pass; the rows are added before the pass and {@link #layer} and {@link #window} are moved
 * on from layer to layer, always while no compute thread is in it.
 *
 * <p>The cache is a slab of pages of {@value #PAGE_TOKENS} tokens. Inside a page, at a layer's
 * offset, lies one {@link KvBlock} for each key/value head. What was compacted lies in {@link
 * Tiles} of the same slab; a row sees all of its tiles, whatever the window.
 *
 * <p>Neighbouring rows of a sequence make blocks of at most {@value #BLOCK_ROWS}, which read the
 * same pages and so read them once. What a row gets does not depend on its block.
 */
public final class Attention {
  /** Tokens of a page. */
  public static final int PAGE_TOKENS = 32;

  /** Rows of a block at most: with two query heads a key head the pages of a step stay in L2. */
  public static final int BLOCK_ROWS = 8;

  private final Heads heads;
  private final Tensor query;
  private final Tensor out;
  private final MemorySegment slab;
  private final long pageBytes;
  private final KvBlock block;
  private final int[] pages;
  private final int[] firstPageOfRow;
  private final int[] tokensOfRow;
  private final float[] scaleOfRow;
  private final Tiles[] tilesOfRow;
  private final @Nullable AttentionMass[] massOfRow;
  private final int[] firstPositionOfRow;
  private final int[] firstRowOfBlock;
  private int pagesUsed;
  private int rows;
  private int blocks;
  private int layer;
  private long layerOffset;
  private int window = Integer.MAX_VALUE;

  /**
   * @param query F32 {@code [rowsMax, heads · dim]}
   * @param out F32, the same shape
   * @param cache borrowed from its pool for as long as this object is used
   * @param pagesMax pages of all sequences of a batch at most, shared ones counted for each
   */
  public Attention(Heads heads, Tensor query, Tensor out, KvSlab cache, int pagesMax) {
    this.heads = heads;
    this.query = query;
    this.out = out;
    this.slab = cache.data();
    this.pageBytes = cache.pageBytes();
    this.block = cache.block();
    this.pages = new int[pagesMax];
    int rowsMax = (int) query.shape().rows();
    this.firstPageOfRow = new int[rowsMax];
    this.tokensOfRow = new int[rowsMax];
    this.scaleOfRow = new float[rowsMax];
    this.tilesOfRow = new Tiles[rowsMax];
    this.massOfRow = new AttentionMass[rowsMax];
    this.firstPositionOfRow = new int[rowsMax];
    this.firstRowOfBlock = new int[rowsMax];
    Arrays.fill(tilesOfRow, Tiles.NONE);
  }

  /** Forgets all rows. */
  public void clear() {
    Arrays.fill(tilesOfRow, 0, rows, Tiles.NONE);
    Arrays.fill(massOfRow, 0, rows, null);
    pagesUsed = 0;
    rows = 0;
    blocks = 0;
  }

  /** Appends a page to the list from which rows take theirs; returns its place in the list. */
  public int addPage(int page) {
    pages[pagesUsed] = page;
    return pagesUsed++;
  }

  /**
   * Appends a row of the batch.
   *
   * @param firstPage place of its sequence's first page in the list; no other sequence has the same
   * @param tokens how many tokens there are on these pages up to it, itself included; not fewer
   *     than for the row before where that is of the same sequence
   * @param scale what the products of its query and the keys are multiplied with
   */
  public void addRow(int firstPage, int tokens, float scale) {
    if (rows == 0
        || firstPageOfRow[rows - 1] != firstPage
        || rows - firstRowOfBlock[blocks - 1] == BLOCK_ROWS) {
      firstRowOfBlock[blocks++] = rows;
    }
    firstPageOfRow[rows] = firstPage;
    tokensOfRow[rows] = tokens;
    scaleOfRow[rows] = scale;
    rows++;
  }

  /** Blocks of rows. */
  public int blocks() {
    return blocks;
  }

  /** The first row of a block. */
  public int firstRow(int of) {
    return firstRowOfBlock[of];
  }

  /** The row after the last one of a block. */
  public int endRow(int of) {
    return of + 1 < blocks ? firstRowOfBlock[of + 1] : rows;
  }

  /** Says what the last row sees beside its pages. */
  public void tilesOfLast(Tiles tiles) {
    tilesOfRow[rows - 1] = tiles;
  }

  /**
   * Has the last row weighed; what it gets does not depend on that.
   *
   * @param firstPosition of the sequence, which the first token on its pages has
   */
  public void massOfLast(@Nullable AttentionMass mass, int firstPosition) {
    massOfRow[rows - 1] = mass;
    firstPositionOfRow[rows - 1] = firstPosition;
  }

  /** Chooses the layer, counted as the cache does. */
  public void layer(int index) {
    layer = index;
    layerOffset = (long) index * heads.keyValue() * block.bytes();
  }

  /** The layer that was chosen. */
  public int layer() {
    return layer;
  }

  /** Chooses how many tokens a row sees at most, itself included. */
  public void window(int tokens) {
    window = tokens;
  }

  /** Counts and width of the heads. */
  public Heads heads() {
    return heads;
  }

  /** The queries, F32 {@code [rowsMax, heads · dim]}. */
  public Tensor query() {
    return query;
  }

  /** Where the result goes, of the query's shape. */
  public Tensor out() {
    return out;
  }

  /** The memory in which {@link #blockOffset} points. */
  public MemorySegment slab() {
    return slab;
  }

  /** Tokens on the pages up to a row, itself included. */
  public int tokens(int row) {
    return tokensOfRow[row];
  }

  /** The first of them that it sees. */
  public int firstToken(int row) {
    return Math.max(0, tokensOfRow[row] - window);
  }

  /** What the products of a row's query and the keys are multiplied with. */
  public float scale(int row) {
    return scaleOfRow[row];
  }

  /** What a row sees beside its pages. */
  public Tiles tiles(int row) {
    return tilesOfRow[row];
  }

  /** Who takes note of what a row looks at, or null. */
  public @Nullable AttentionMass mass(int row) {
    return massOfRow[row];
  }

  /** The position in the sequence of the first token on a row's pages. */
  public int firstPosition(int row) {
    return firstPositionOfRow[row];
  }

  /** Where in the slab the current layer's block of a head begins, in bytes. */
  public long blockOffset(int row, int pageOfSequence, int kvHead) {
    int page = pages[firstPageOfRow[row] + pageOfSequence];
    return page * pageBytes + layerOffset + kvHead * block.bytes();
  }

  /** How keys and values lie in such a block. */
  public KvBlock block() {
    return block;
  }
}
