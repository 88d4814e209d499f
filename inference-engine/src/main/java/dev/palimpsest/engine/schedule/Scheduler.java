package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.model.Batch;
import java.util.ArrayList;
import java.util.List;

/**
 * Continuous batching with chunked prefill: each step takes one token of every running sequence and
 * fills what is left of the step's budget with pieces of prompts, oldest first. For the engine
 * thread.
 */
public final class Scheduler {
  private final KvPool pool;
  private final int sequencesMax;
  private final List<Sequence> running;

  /**
   * @param sequencesMax how many sequences run at a time
   */
  public Scheduler(KvPool pool, int sequencesMax) {
    this.pool = pool;
    this.sequencesMax = sequencesMax;
    this.running = new ArrayList<>(sequencesMax);
  }

  /** Whether a sequence of so many tokens could ever be started. */
  public boolean fitsWhenEmpty(int tokens) {
    return KvLayout.pagesFor(tokens) <= pool.pages();
  }

  /** Whether a sequence of so many tokens can be started now. */
  public boolean fitsNow(int tokens) {
    return running.size() < sequencesMax && KvLayout.pagesFor(tokens) <= pool.freePages();
  }

  /** Starts a sequence that {@link #fitsNow} and reserves pages for all it can become. */
  public void start(Sequence sequence) {
    if (!fitsNow(sequence.capacity())) {
      throw new IllegalStateException("no room for " + sequence.capacity() + " tokens");
    }
    sequence.start(pool.reserve(sequence.capacity()));
    running.add(sequence);
  }

  /** Takes a sequence out and gives its pages back. */
  public void finish(Sequence sequence) {
    if (!running.remove(sequence)) {
      throw new IllegalStateException("the sequence is not running");
    }
    pool.release(sequence.span());
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

  /** Adds as many of a sequence's next tokens as there is room; logits for the very last one. */
  private static void addRows(Sequence sequence, Batch batch) {
    int rows = Math.min(batch.room(), sequence.uncomputed());
    int last = sequence.length() - 1;
    int logits = -1;
    for (int i = 0; i < rows; i++) {
      int position = sequence.computed() + i;
      if (position == last) {
        logits = batch.addWithLogits(sequence.token(position), position, sequence.span());
      } else {
        batch.add(sequence.token(position), position, sequence.span());
      }
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
    for (Sequence sequence : running) {
      PagedSpan span = sequence.span();
      if (span.isReleased() || span.capacityTokens() < sequence.capacity()) {
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
    }
    pool.checkInvariants(spans);
  }
}
