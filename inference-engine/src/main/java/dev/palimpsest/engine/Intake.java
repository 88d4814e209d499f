package dev.palimpsest.engine;

import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.schedule.Scheduler;
import dev.palimpsest.engine.schedule.Sequence;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The way in: requests are checked and wait in the inbox, and are started in their order as soon as
 * there is room. {@link #submit} and the counts are for any thread, all else for the engine thread.
 */
final class Intake {
  private final EngineConfig config;
  private final RequestLimits bounds;
  private final Adapters adapters;
  private final Scheduler scheduler;
  private final Wakeup wakeup;
  private final Inbox<Generation> inbox;
  private final AtomicLong ended = new AtomicLong();

  /**
   * A generation that was just started.
   *
   * @param salt under which its keys and values are kept
   * @param isExact whether it goes on from nothing that was compacted
   */
  record Started(Generation generation, Sequence sequence, String salt, boolean isExact) {}

  Intake(
      EngineConfig config,
      RequestLimits bounds,
      Adapters adapters,
      Scheduler scheduler,
      Wakeup wakeup) {
    this.config = config;
    this.bounds = bounds;
    this.adapters = adapters;
    this.scheduler = scheduler;
    this.wakeup = wakeup;
    this.inbox = new Inbox<>(config.queueMax());
  }

  /** Takes a request, or says why not. */
  Admission submit(GenerationRequest request) {
    Optional<Admission.Refused> refused = bounds.refusal(request);
    if (refused.isPresent()) {
      return refused.get();
    }
    CompactedPast past = request.past();
    if (past != null && !past.salt().equals(adapters.salt(request))) {
      throw new IllegalArgumentException("what was compacted belongs to another salt");
    }
    Generation generation = new Generation(request, config.outboxMax(), wakeup);
    Admission answer =
        switch (inbox.offer(generation)) {
          case TAKEN -> new Admission.Accepted(generation);
          case FULL ->
              new Admission.Refused(
                  Admission.Reason.QUEUE_FULL, config.queueMax() + " requests are waiting");
          case CLOSED -> new Admission.Refused(Admission.Reason.STOPPED, "the engine has stopped");
        };
    wakeup.signal();
    return answer;
  }

  /** Requests that wait. */
  int waiting() {
    return inbox.size();
  }

  /** Generations that ended without having been started. */
  long ended() {
    return ended.get();
  }

  /** Starts the generation that waits longest; null where none waits, or there is no room. */
  @Nullable Started start() {
    Generation next = inbox.peek();
    return next == null ? null : start(next);
  }

  private @Nullable Started start(Generation next) {
    GenerationRequest request = next.request();
    String salt = adapters.salt(request);
    int adapter = adapters.index(request.adapter());
    int outputTokens = bounds.outputTokens(request);
    CompactedPast asked = request.past();
    CompactedPast past = asked != null && asked.isKept() ? asked : null;
    Sequence sequence = scheduler.start(salt, past, adapter, request.prompt(), outputTokens);
    if (sequence == null) {
      return null;
    }
    Generation taken = inbox.poll();
    assert taken == next;
    sequence.sample(request.sample());
    sequence.weigh(request.mass());
    if (next.isForgotten() || (asked != null && asked.isForgotten())) {
      sequence.forget();
    }
    return new Started(next, sequence, salt, past == null);
  }

  /** What waits under a salt will make nothing known to others. */
  void forget(String salt) {
    inbox.each(each -> {
      if (adapters.salt(each.request()).equals(salt)) {
        each.forget();
      }
    });
  }

  /** Ends those that wait and were cancelled. */
  void endCancelled() {
    List<Generation> cancelled = inbox.removeAll(Generation::isCancelled);
    for (int i = 0; i < cancelled.size(); i++) {
      end(cancelled.get(i), FinishReason.CANCELLED);
    }
  }

  /** Takes nothing more and ends all that wait. */
  void close(FinishReason reason) {
    inbox.close();
    inbox.removeAll(each -> true).forEach(each -> end(each, reason));
  }

  private void end(Generation generation, FinishReason reason) {
    Running.finishUnstarted(generation, reason);
    long ignored = ended.incrementAndGet();
  }
}
