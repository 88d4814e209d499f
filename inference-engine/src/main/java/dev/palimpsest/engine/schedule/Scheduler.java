package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.kv.CompactedSpan;
import dev.palimpsest.engine.kv.HeadKeys;
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
  private final int sequencesMax;
  private final List<Sequence> running;
  private final List<PrefixCache.Held> held = new ArrayList<>();
  private final List<CompactedPast> pasts = new ArrayList<>();

  /**
   * @param states null where the model has none, else more than run at a time
   * @param sequencesMax how many sequences run at a time
   */
  public Scheduler(KvPool pool, @Nullable StatePool states, int sequencesMax) {
    this.pool = pool;
    this.states = states;
    this.prefixes = new PrefixCache(pool, states);
    this.sequencesMax = sequencesMax;
    this.running = new ArrayList<>(sequencesMax);
  }

  /**
   * Starts a sequence and reserves a state and pages for all it can become; what is known of the
   * beginning of its prompt it need not compute.
   *
   * @param salt keeps apart who may not learn of each other's prompts, and what different adapters
   *     made of the same prompt
   * @param adapter which of the model's adapters it uses, {@link Batch#NO_ADAPTER} for none
   * @return null where there is no room now
   */
  public @Nullable Sequence start(String salt, int adapter, TokenIds prompt, int outputTokensMax) {
    if (running.size() == sequencesMax) {
      return null;
    }
    PrefixCache.Lease lease = prefixes.lease(salt, prompt, prompt.size() + outputTokensMax);
    if (lease == null) {
      return null;
    }
    Sequence sequence = new Sequence(prompt, outputTokensMax, adapter, null, lease);
    running.add(sequence);
    return sequence;
  }

  /**
   * Starts a sequence behind a beginning that was compacted; others find none of its pages.
   *
   * @param past a beginning of the prompt
   * @return null where there is no room now
   */
  public @Nullable Sequence startBehind(
      CompactedPast past, int adapter, TokenIds prompt, int outputTokensMax) {
    if (running.size() == sequencesMax) {
      return null;
    }
    int capacity = prompt.size() + outputTokensMax;
    PrefixCache.Lease lease = prefixes.leaseBehind(past.tokens().size(), capacity);
    if (lease == null) {
      return null;
    }
    pool.compacted().hold(past.span());
    Sequence sequence = new Sequence(prompt, outputTokensMax, adapter, past, lease);
    running.add(sequence);
    return sequence;
  }

  /**
   * Keeps what is left of a beginning, until {@link #forget}.
   *
   * @param heads of each head of each layer in turn, what is left of it
   * @return null where there is no room now
   */
  public @Nullable CompactedPast keep(String salt, TokenIds tokens, List<HeadKeys> heads) {
    CompactedSpan span = prefixes.store(tokens.size(), heads);
    if (span == null) {
      return null;
    }
    CompactedPast past = new CompactedPast(salt, tokens, span);
    pasts.add(past);
    return past;
  }

  /** Gives a beginning up; sequences behind it go on. */
  public void forget(CompactedPast past) {
    if (pasts.remove(past)) {
      past.giveUp();
      pool.compacted().release(past.span());
    }
  }

  /** Gives the oldest beginning up, whose room is needed; says whether there was one. */
  public boolean forgetOldest() {
    boolean isOne = !pasts.isEmpty();
    if (isOne) {
      forget(pasts.getFirst());
    }
    return isOne;
  }

  /**
   * Takes note that the rows of a sequence in the last batch are computed; guesses do not count
   * until {@link #settle}.
   */
  public void markComputed(Sequence sequence) {
    if (sequence.markComputed() && sequence.drafted() == 0) {
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
    return isLeftOut || !hasRoom ? 0 : sequence.draftsMax();
  }

  /**
   * Adds guesses to a sequence's next step, which is to be followed by {@link #settle}.
   *
   * @param count at most {@link #draftsMax}; all sequences' guesses and one token of each fit a
   *     step
   */
  public void draft(Sequence sequence, int[] guesses, int count) {
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
    if (sequence.past() != null) {
      // What its pages hold was computed from a past that is not exact.
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

  /** Forgets the beginnings that are known under a salt, exact or compacted; how many pages. */
  public int forget(String salt) {
    List.copyOf(pasts).stream().filter(past -> past.salt().equals(salt)).forEach(this::forget);
    return prefixes.forget(salt);
  }

  /** Gives back what was held for a reader. */
  public void letGo(PrefixCache.Held what) {
    if (!held.remove(what)) {
      throw new IllegalStateException("the span is not held");
    }
    release(what.span(), what.state());
  }

  private void release(PagedSpan span, @Nullable StateSlot state) {
    pool.release(span);
    if (states != null && state != null) {
      states.release(state);
    }
  }

  /** Takes a sequence out and gives its pages back; full ones stay known while there is room. */
  public void finish(Sequence sequence) {
    if (!running.remove(sequence)) {
      throw new IllegalStateException("the sequence is not running");
    }
    release(sequence.span(), sequence.state());
    CompactedPast past = sequence.past();
    if (past != null) {
      pool.compacted().release(past.span());
    }
  }

  /** Number of sequences that were started and not finished. */
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
      QuerySample sample = sequence.sample();
      if (sample != null) {
        batch.sampleOfLast(sample);
      }
    }
    for (int i = 0; i < sequence.drafted(); i++) {
      int ignored =
          batch.addWithLogits(sequence.guess(i), last + 1 + i, sequence.cache(), sequence.state());
      batch.adapterOfLast(sequence.adapter());
    }
    sequence.scheduled(rows, logits);
  }

  /**
   * Checks that the pages out are those of the running sequences and that none has outgrown them.
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
      if (sequence.past() != null) {
        compacted.add(sequence.past().span());
      }
      PagedSpan span = sequence.span();
      if (span.isReleased() || sequence.cache().capacityTokens() < sequence.capacity()) {
        throw new IllegalStateException("a running sequence has lost its pages");
      }
      if (sequence.computed() > sequence.length() || sequence.length() > sequence.capacity()) {
        throw new IllegalStateException(
            sequence.computed()
                + " computed, "
                + sequence.length()
                + " tokens, room for "
                + sequence.capacity());
      }
      spans.add(span);
      addTo(slots, sequence.state());
      addTo(slots, sequence.loadedState());
    }
    pool.checkInvariants(spans);
    pool.compacted().checkInvariants(compacted);
    prefixes.checkInvariants(slots);
  }

  private static void addTo(List<StateSlot> slots, @Nullable StateSlot slot) {
    if (slot != null) {
      slots.add(slot);
    }
  }
}
