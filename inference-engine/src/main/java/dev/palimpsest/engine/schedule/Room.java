package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.PrefixCache;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of the sequences that were started hold pages. One begins with pages for the tokens that it
 * has and takes another whenever it needs one: what is free or idle, else those of the sequence
 * that was started last, which is preempted. A preempted sequence keeps its tokens, and what it
 * goes on from where that was compacted; as soon as there is room it begins again with all of them,
 * before anything new, and finds what is still known of its pages.
 *
 * <p>The invariant: <em>the oldest sequence that wants to go on can always be brought to its
 * end.</em>
 *
 * <ul>
 *   <li>Every sequence has room when it is alone: no longer one is started, and pasts leave as much
 *       ({@link Scheduler#keep}).
 *   <li>Pages are only taken from sequences that were started later. So the oldest one that holds
 *       pages lacks one only while others are held that nobody can take: those of sequences that
 *       are being loaded, of readers, and of older sequences that nobody reads. Meanwhile it is
 *       left out of batches. The first two end by themselves and wake the engine; of those that
 *       nobody reads one is preempted when nobody else can go on.
 *   <li>Preempted sequences begin again in the order in which they were started, and neither they
 *       nor new ones do unless there is a further page for everyone who may need one. Who was
 *       preempted waits until somebody else has given pages back, so nobody is preempted again and
 *       again for the same pages.
 * </ul>
 *
 * <p>For the engine thread.
 */
final class Room {
  private final KvPool pool;
  private final @Nullable StatePool states;
  private final PrefixCache prefixes;

  /** The oldest first. */
  private final List<Sequence> sequences = new ArrayList<>();

  private long found;
  private long preemptions;

  Room(KvPool pool, @Nullable StatePool states, PrefixCache prefixes) {
    this.pool = pool;
    this.states = states;
    this.prefixes = prefixes;
  }

  /** All that were started and not finished, the oldest first. */
  List<Sequence> sequences() {
    return sequences;
  }

  /** Tokens of prompts that were found when their sequences began, or began again. */
  long found() {
    return found;
  }

  /** How often a sequence was preempted. */
  long preemptions() {
    return preemptions;
  }

  /** Whether somebody was preempted and wants to go on. */
  private boolean isAwaited() {
    boolean isAwaited = false;
    for (int i = 0; i < sequences.size(); i++) {
      isAwaited |= isWaiting(sequences.get(i));
    }
    return isAwaited;
  }

  private static boolean isWaiting(Sequence sequence) {
    return !sequence.holdsPages() && !sequence.isUnread();
  }

  /** Begins a sequence, the youngest of all; false without room, or where others come before. */
  boolean begin(Sequence sequence) {
    if (isAwaited() || !lease(sequence)) {
      return false;
    }
    CompactedPast past = sequence.past();
    if (past != null) {
      pool.compacted().hold(past.span());
    }
    sequences.add(sequence);
    return true;
  }

  private boolean lease(Sequence sequence) {
    CompactedPast past = sequence.past();
    TokenIds tokens = sequence.tokens();
    int own = sequence.pagesMax() > sequence.pagesNeeded() ? 1 : 0;
    int spare = growing() + own;
    PrefixCache.Lease lease =
        past == null
            ? prefixes.lease(sequence.salt(), tokens, tokens.size(), spare)
            : prefixes.leaseBehind(past.tokens().size(), tokens.size(), spare);
    if (lease == null) {
      return false;
    }
    found += sequence.hold(lease);
    return true;
  }

  /** Sequences that may need a page more than they hold. */
  private int growing() {
    int growing = 0;
    for (int i = 0; i < sequences.size(); i++) {
      Sequence each = sequences.get(i);
      growing += each.holdsPages() && each.pagesMax() > each.span().pageCount() ? 1 : 0;
    }
    return growing;
  }

  /** Pages that a sequence may take for guesses: one, if everyone who may need one has another. */
  int pagesForGuesses() {
    return prefixes.room() > growing() ? 1 : 0;
  }

  /** Takes the page that guesses need, if they need one; nobody is preempted for it. */
  void takeForGuesses(Sequence sequence, int count) {
    prefixes.grow(sequence.span(), sequence.pagesMissing(count));
  }

  /** Gives all that go on in the next step the pages that they need, as far as that is possible. */
  void make() {
    do {
      grow();
      beginAgain();
    } while (isStuck() && preemptUnread());
  }

  private void grow() {
    for (int i = 0; i < sequences.size(); i++) {
      Sequence each = sequences.get(i);
      if (each.holdsPages() && !each.isUnread() && !each.isLoading()) {
        each.stall(!grow(each, i));
      }
    }
  }

  private boolean grow(Sequence sequence, int age) {
    int missing = sequence.pagesMissing(0);
    for (int i = sequences.size() - 1; i > age && prefixes.room() < missing; i--) {
      boolean ignored = preempt(sequences.get(i));
    }
    return grow(sequence.span(), missing);
  }

  private boolean grow(PagedSpan span, int missing) {
    boolean isRoom = missing <= prefixes.room();
    if (isRoom) {
      prefixes.grow(span, missing);
    }
    return isRoom;
  }

  private void beginAgain() {
    boolean isRoom = true;
    for (int i = 0; i < sequences.size() && isRoom; i++) {
      Sequence each = sequences.get(i);
      if (isWaiting(each)) {
        isRoom = lease(each);
      }
    }
  }

  /** Whether somebody wants to go on, and nobody does. */
  private boolean isStuck() {
    boolean isWanting = false;
    for (int i = 0; i < sequences.size(); i++) {
      Sequence each = sequences.get(i);
      if (!each.isPaused() || each.isLoading()) {
        return false;
      }
      isWanting |= !each.isUnread();
    }
    return isWanting;
  }

  private boolean preemptUnread() {
    boolean isDone = false;
    for (int i = sequences.size() - 1; i >= 0 && !isDone; i--) {
      isDone = sequences.get(i).isUnread() && preempt(sequences.get(i));
    }
    return isDone;
  }

  /** Takes everything from a sequence; false where it has nothing, or somebody is filling it. */
  private boolean preempt(Sequence sequence) {
    boolean isAble = sequence.holdsPages() && !sequence.isLoading();
    if (isAble) {
      giveBack(sequence);
      preemptions++;
    }
    return isAble;
  }

  private void giveBack(Sequence sequence) {
    pool.release(sequence.span());
    StateSlot state = sequence.state();
    if (states != null && state != null) {
      states.release(state);
    }
    sequence.letGo();
  }

  /** Takes a sequence out; full pages stay known while there is room. */
  void end(Sequence sequence) {
    if (!sequences.remove(sequence)) {
      throw new IllegalStateException("the sequence is not running");
    }
    if (sequence.holdsPages()) {
      giveBack(sequence);
    }
    CompactedPast past = sequence.past();
    if (past != null) {
      pool.compacted().release(past.span());
    }
  }
}
