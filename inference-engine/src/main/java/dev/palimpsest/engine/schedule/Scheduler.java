package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.kv.CompactedSpan;
import dev.palimpsest.engine.kv.CompactedSpans;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.PrefixCache;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.model.Batch;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching with chunked prefill: each step takes one token of every running sequence and
 * fills what is left of the step's budget with pieces of prompts, oldest first. Where the model has
 * recurrent states a piece ends where a copy of the state is worth keeping. For the engine thread.
 */
public final class Scheduler {
  private final KvPool pool;
  private final @Nullable StatePool states;
  private final PrefixCache prefixes;
  private final Room room;
  private final int sequencesMax;
  private final int pastPagesMax;

  /** The oldest first. */
  private final List<Sequence> running;

  private final List<PrefixCache.Held> held = new ArrayList<>();
  private final List<CompactedPast> pasts = new ArrayList<>();
  private long recomputed;

  /**
   * @param states null where the model has none, else more than run at a time
   * @param sequencesMax how many sequences run at a time
   * @param sequenceTokensMax the longest of them; the pool has room for it
   */
  public Scheduler(
      KvPool pool, @Nullable StatePool states, int sequencesMax, int sequenceTokensMax) {
    this.pool = pool;
    this.states = states;
    this.prefixes = new PrefixCache(pool, states);
    this.sequencesMax = sequencesMax;
    this.pastPagesMax = pool.pages() - KvLayout.pagesFor(sequenceTokensMax);
    if (pastPagesMax < 0) {
      throw new IllegalArgumentException(
          "sequences of " + sequenceTokensMax + " tokens in " + pool.pages() + " pages");
    }
    this.room = new Room(pool, states, prefixes);
    this.running = room.sequences();
  }

  /**
   * Starts a sequence with a state and pages for its prompt; what is known of the prompt's
   * beginning it need not compute.
   *
   * @param salt keeps apart who may not learn of each other's prompts, and what different adapters
   *     made of the same prompt
   * @param past a compacted beginning of the prompt to go on from, whose pages nobody else finds;
   *     null to have all of it exact
   * @param adapter which of the model's adapters it uses, {@link Batch#NO_ADAPTER} for none
   * @param outputTokensMax with the prompt no more than the longest sequence
   * @return null where there is no room now
   */
  public @Nullable Sequence start(
      String salt,
      @Nullable CompactedPast past,
      int adapter,
      TokenIds prompt,
      int outputTokensMax) {
    if (running.size() == sequencesMax) {
      return null;
    }
    Sequence sequence = new Sequence(salt, past, adapter, prompt, outputTokensMax);
    return room.begin(sequence) ? sequence : null;
  }

  /**
   * Gives sequences the pages that they need for the next step, and preempts others for them; those
   * that were preempted begin again where there is room. To be called when it is known who is read.
   */
  public void makeRoom() {
    room.make();
  }

  /** How often a sequence was preempted. */
  public long preemptions() {
    return room.preemptions();
  }

  /** Prompt tokens that were found in the cache. */
  public long foundTokens() {
    return room.found();
  }

  /** Tokens that were computed again, after their sequences were preempted. */
  public long recomputedTokens() {
    return recomputed;
  }

  /**
   * Keeps what is left of a beginning, until {@link #forget}; never so much that the longest
   * sequence would have no room beside it. For what is too large by its bytes nothing else is given
   * up.
   *
   * @param heads of each head of each layer in turn, what is left of it
   * @return null where there is no room now
   */
  public @Nullable CompactedPast keep(String salt, TokenIds tokens, List<HeadKeys> heads) {
    CompactedSpans all = pool.compacted();
    boolean isTooLarge = all.usedBytes() + CompactedSpans.bytes(heads) > pastBytesMax();
    CompactedSpan span = isTooLarge ? null : prefixes.store(tokens.size(), heads);
    if (span == null) {
      return null;
    }
    if (all.pages() > pastPagesMax) {
      all.release(span);
      return null;
    }
    CompactedPast past = new CompactedPast(salt, tokens, span);
    pasts.add(past);
    return past;
  }

  /** Bytes that all beginnings that are kept may take. */
  public long pastBytesMax() {
    return pastPagesMax * pool.layout().pageBytes();
  }

  /** Gives a beginning up; sequences behind it go on. */
  public void forget(CompactedPast past) {
    if (pasts.remove(past)) {
      past.giveUp();
      pool.compacted().release(past.span());
    }
  }

  /**
   * Takes note that the rows of a sequence in the last batch are computed; guesses do not count
   * until {@link #settle}.
   */
  public void markComputed(Sequence sequence) {
    int known = sequence.reached() - sequence.computed();
    int rows = sequence.scheduled();
    sequence.markComputed();
    recomputed += Math.min(known, rows);
    if (rows > 0 && sequence.drafted() == 0) {
      publish(sequence, sequence.isAtCheckpoint());
    }
  }

  /**
   * Whether the tokens of the next step are all wanted: each sequence that is not left out has one
   * token to compute.
   */
  public boolean isDecoding() {
    boolean isDecoding = true;
    for (int i = 0; i < running.size(); i++) {
      isDecoding &= running.get(i).isPaused() || running.get(i).isDecoding();
    }
    return isDecoding;
  }

  /** How many tokens may be guessed of a sequence that is decoding, for the next step. */
  public int draftsMax(Sequence sequence) {
    boolean isLeftOut = sequence.isPaused() || !sequence.isDecoding();
    boolean hasRoom = states == null || states.freeSlots() > 0;
    return isLeftOut || !hasRoom ? 0 : sequence.draftsMax(room.pagesForGuesses());
  }

  /**
   * Adds guesses to a sequence's next step, which is to be followed by {@link #settle}.
   *
   * @param count at most {@link #draftsMax}; all sequences' guesses and one token of each fit a
   *     step
   */
  public void draft(Sequence sequence, int[] guesses, int count) {
    room.takeForGuesses(sequence, count);
    StateSlot state = sequence.state();
    StateSlot before = null;
    if (states != null && state != null) {
      before = states.take();
      states.copy(state, before);
    }
    sequence.draft(guesses, count, before);
  }

  /** Takes note of how many of a sequence's guesses came true. */
  public void settle(Sequence sequence, int accepted) {
    StateSlot useless = sequence.settle(accepted);
    if (states != null && useless != null) {
      states.release(useless);
    }
    publish(sequence, sequence.isAtCheckpoint());
  }

  private void publish(Sequence sequence, boolean keepsState) {
    if (!sequence.isKnown()) {
      return;
    }
    int computed = sequence.computed();
    prefixes.publish(sequence.place(), sequence.span(), sequence::token, computed);
    StateSlot state = sequence.state();
    if (state != null && keepsState) {
      prefixes.keepState(sequence.place(), state, computed, sequence.isPassing());
    }
  }

  /**
   * Leaves a sequence out of batches while somebody fills pages that it has not computed, and
   * {@link Sequence#loadedState}; it is not to be finished before {@link #endLoading}.
   *
   * @return false where there is no room for another state; then nothing has changed
   */
  public boolean beginLoading(Sequence sequence) {
    StateSlot target = null;
    if (states != null) {
      target = prefixes.spareState();
      if (target == null) {
        return false;
      }
    }
    sequence.beginLoading(target);
    return true;
  }

  /**
   * The sequence goes on.
   *
   * @param tokens so many of its prompt have their keys and values now, whole pages and less than
   *     the prompt; no more than before where filling failed
   */
  public void endLoading(Sequence sequence, int tokens) {
    boolean isMore = tokens > sequence.computed();
    StateSlot useless = sequence.endLoading(tokens);
    if (states != null && useless != null) {
      states.release(useless);
    }
    publish(sequence, isMore);
  }

  /**
   * Holds the known pages of a beginning, and the state behind them, for a reader, until {@link
   * #letGo}; null if none are.
   */
  public PrefixCache.@Nullable Held hold(String salt, TokenIds tokens) {
    PrefixCache.Held found = prefixes.hold(salt, tokens);
    if (found != null) {
      held.add(found);
    }
    return found;
  }

  /**
   * Forgets the beginnings that are known under a salt, exact or compacted; how many pages. What
   * runs under it goes on and makes nothing known any more.
   */
  public int forget(String salt) {
    running.stream().filter(each -> each.salt().equals(salt)).forEach(Sequence::forget);
    for (CompactedPast past : List.copyOf(pasts)) {
      if (past.salt().equals(salt)) {
        past.forget();
        forget(past);
      }
    }
    return prefixes.forget(salt);
  }

  /** Gives back what was held for a reader. */
  public void letGo(PrefixCache.Held what) {
    if (!held.remove(what)) {
      throw new IllegalStateException("the span is not held");
    }
    pool.release(what.span());
    StateSlot state = what.state();
    if (states != null && state != null) {
      states.release(state);
    }
  }

  /** Takes a sequence out and gives its pages back; full ones stay known while there is room. */
  public void finish(Sequence sequence) {
    room.end(sequence);
  }

  /** Number of sequences that were started and not finished, preempted ones among them. */
  public int running() {
    return running.size();
  }

  /** Fills an empty batch with the rows of the next step. */
  public void fill(Batch batch) {
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      sequence.unscheduled();
      if (!sequence.isPaused() && sequence.isDecoding()) {
        addRows(sequence, batch);
      }
    }
    for (int i = 0; i < running.size() && batch.room() > 0; i++) {
      Sequence sequence = running.get(i);
      if (!sequence.isPaused() && !sequence.isDecoding()) {
        addRows(sequence, batch);
      }
    }
  }

  /**
   * Adds as many of a sequence's next tokens as there is room, with logits for the very last one,
   * and what is guessed behind it, with logits too.
   */
  private static void addRows(Sequence sequence, Batch batch) {
    int rows = Math.min(batch.room(), sequence.rowsMax());
    int last = sequence.length() - 1;
    int logits = -1;
    for (int i = 0; i < rows; i++) {
      int position = sequence.computed() + i;
      if (position == last) {
        logits =
            batch.addWithLogits(
                sequence.token(position), position, sequence.cache(), sequence.state());
      } else {
        batch.add(sequence.token(position), position, sequence.cache(), sequence.state());
      }
      batch.adapterOfLast(sequence.adapter());
      QuerySample sample = sequence.sampleAt(position);
      if (sample != null) {
        batch.sampleOfLast(sample);
      }
      batch.massOfLast(sequence.massAt(position));
    }
    for (int i = 0; i < sequence.drafted(); i++) {
      int ignored =
          batch.addWithLogits(sequence.guess(i), last + 1 + i, sequence.cache(), sequence.state());
      batch.adapterOfLast(sequence.adapter());
    }
    sequence.scheduled(rows, logits);
  }

  /**
   * Checks that the pages out are those of sequences, readers and pasts, that no sequence has
   * outgrown its own, and that pasts leave room for the longest one.
   *
   * @throws IllegalStateException naming what is wrong
   */
  public void checkInvariants() {
    List<PagedSpan> spans = new ArrayList<>();
    List<StateSlot> slots = new ArrayList<>();
    for (PrefixCache.Held each : held) {
      spans.add(each.span());
      addTo(slots, each.state());
    }
    List<CompactedSpan> compacted = new ArrayList<>();
    pasts.forEach(past -> compacted.add(past.span()));
    for (Sequence sequence : running) {
      sequence.checkInvariants();
      if (sequence.past() != null) {
        compacted.add(sequence.past().span());
      }
      if (sequence.holdsPages()) {
        spans.add(sequence.span());
      }
      addTo(slots, sequence.state());
      addTo(slots, sequence.loadedState());
    }
    pool.checkInvariants(spans);
    pool.compacted().checkInvariants(compacted);
    prefixes.checkInvariants(slots);
    if (pool.compacted().pages() > pastPagesMax) {
      throw new IllegalStateException(
          "pasts take " + pool.compacted().pages() + " pages of at most " + pastPagesMax);
    }
  }

  private static void addTo(List<StateSlot> slots, @Nullable StateSlot slot) {
    if (slot != null) {
      slots.add(slot);
    }
  }
}
