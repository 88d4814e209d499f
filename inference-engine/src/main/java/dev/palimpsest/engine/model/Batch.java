package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.AttentionMass;
import dev.palimpsest.engine.kv.KvCache;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.StateSlot;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one forward pass: tokens of any number of sequences, each with its position and the
 * cache that holds its sequence's keys and values, and its state where the model has such. Rows of
 * a sequence follow one another in ascending positions; with a state they leave none out. Made once
 * and refilled; for the engine thread.
 */
public final class Batch {
  /** The adapter of rows that use none. */
  public static final int NO_ADAPTER = -1;

  private static final int NO_LOGITS = -1;

  private final int logitsMax;
  private final int[] tokens;
  private final @Nullable InputRow[] inputs;
  private final int[] positions;
  private final int[] types;
  private final int[] adapters;
  private final @Nullable KvCache[] caches;
  private final @Nullable StateSlot[] states;
  private final int[] logitRows;
  private final @Nullable QuerySample[] samples;
  private final @Nullable AttentionMass[] masses;
  private final int[] samplePlaces;
  private int rows;
  private int logitCount;

  /**
   * @param rowsMax rows that fit
   * @param logitsMax rows of which logits can be asked
   */
  public Batch(int rowsMax, int logitsMax) {
    this.logitsMax = logitsMax;
    tokens = new int[rowsMax];
    inputs = new InputRow[rowsMax];
    positions = new int[rowsMax];
    types = new int[rowsMax];
    adapters = new int[rowsMax];
    java.util.Arrays.fill(adapters, NO_ADAPTER);
    caches = new KvCache[rowsMax];
    states = new StateSlot[rowsMax];
    logitRows = new int[rowsMax];
    samples = new QuerySample[rowsMax];
    masses = new AttentionMass[rowsMax];
    samplePlaces = new int[rowsMax];
  }

  /** Removes all rows. */
  public void clear() {
    java.util.Arrays.fill(inputs, 0, rows, null);
    java.util.Arrays.fill(types, 0, rows, 0);
    java.util.Arrays.fill(adapters, 0, rows, NO_ADAPTER);
    java.util.Arrays.fill(caches, 0, rows, null);
    java.util.Arrays.fill(states, 0, rows, null);
    java.util.Arrays.fill(samples, 0, rows, null);
    java.util.Arrays.fill(masses, 0, rows, null);
    rows = 0;
    logitCount = 0;
  }

  /** Appends a row of a model without states whose logits nobody needs. */
  public void add(int token, int position, PagedSpan span) {
    add(token, position, span, null);
  }

  /** Appends a row of a sequence that has pages only, whose logits nobody needs. */
  public void add(int token, int position, PagedSpan span, @Nullable StateSlot state) {
    add(token, position, span.alone(), state);
  }

  /** Appends a row whose logits nobody needs. */
  public void add(int token, int position, KvCache cache, @Nullable StateSlot state) {
    if (cache.slot(position) < 0 || position >= cache.capacityTokens()) {
      throw new IllegalArgumentException(
          "position " + position + " in a span of " + cache.capacityTokens());
    }
    tokens[rows] = token;
    positions[rows] = position;
    caches[rows] = cache;
    states[rows] = state;
    logitRows[rows] = NO_LOGITS;
    rows++;
  }

  /**
   * Appends a row of a model without states and asks for its logits; returns their row in {@link
   * Forward#logits}.
   */
  public int addWithLogits(int token, int position, PagedSpan span) {
    return addWithLogits(token, position, span, null);
  }

  /** Appends a row of a sequence that has pages only and asks for its logits. */
  public int addWithLogits(int token, int position, PagedSpan span, @Nullable StateSlot state) {
    return addWithLogits(token, position, span.alone(), state);
  }

  /** Appends a row and asks for its logits; returns their row in {@link Forward#logits}. */
  public int addWithLogits(int token, int position, KvCache cache, @Nullable StateSlot state) {
    if (logitCount == logitsMax) {
      throw new IllegalStateException("logits of more than " + logitsMax + " rows");
    }
    add(token, position, cache, state);
    logitRows[rows - 1] = logitCount;
    return logitCount++;
  }

  /** Says what the last row reads in place of its token. */
  public void inputOfLast(InputRow input) {
    inputs[rows - 1] = input;
  }

  /** Says in which part of its text the last row is, for encoders; else it is in part 0. */
  public void typeOfLast(int type) {
    types[rows - 1] = type;
  }

  /** Says which of the pass's adapters the last row uses; else it uses {@link #NO_ADAPTER}. */
  public void adapterOfLast(int adapter) {
    adapters[rows - 1] = adapter;
  }

  /**
   * Has the queries of the last row taken into a sample, if they are to be among those it keeps.
   * The rows of a sample are all of one sequence.
   */
  public void sampleOfLast(QuerySample sample) {
    int place = sample.take(positions[rows - 1]);
    if (place < 0) {
      return;
    }
    for (int row = rows - 2; row >= 0; row--) {
      if (samples[row] == sample && samplePlaces[row] == place) {
        samples[row] = null;
      }
    }
    samples[rows - 1] = sample;
    samplePlaces[rows - 1] = place;
  }

  /** Has it noted what the last row looks at. */
  public void massOfLast(@Nullable AttentionMass mass) {
    masses[rows - 1] = mass;
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Rows that still fit. */
  public int room() {
    return tokens.length - rows;
  }

  int logitCount() {
    return logitCount;
  }

  int token(int row) {
    return tokens[row];
  }

  /** What a row reads in place of its token, or null. */
  @Nullable InputRow input(int row) {
    return inputs[row];
  }

  int position(int row) {
    return positions[row];
  }

  int type(int row) {
    return types[row];
  }

  int adapter(int row) {
    return adapters[row];
  }

  KvCache cache(int row) {
    KvCache cache = caches[row];
    if (cache == null) {
      throw new IndexOutOfBoundsException("row " + row + " of " + rows);
    }
    return cache;
  }

  /** The sample that a row's queries go into, or null; {@link #samplePlace} says where. */
  @Nullable QuerySample sample(int row) {
    return samples[row];
  }

  /** Who takes note of what a row looks at, or null. */
  @Nullable AttentionMass mass(int row) {
    return masses[row];
  }

  int samplePlace(int row) {
    return samplePlaces[row];
  }

  StateSlot state(int row) {
    StateSlot state = states[row];
    if (state == null) {
      throw new IllegalStateException("row " + row + " of " + rows + " has no state");
    }
    return state;
  }

  /** Whether a row belongs to the same sequence as the one before. */
  boolean continuesSequence(int row) {
    return row > 0 && caches[row] == caches[row - 1];
  }

  /** Where a row's logits go, negative where they are not wanted. */
  int logitRow(int row) {
    return logitRows[row];
  }
}
