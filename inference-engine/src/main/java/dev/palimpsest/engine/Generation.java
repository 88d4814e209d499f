package dev.palimpsest.engine;

import dev.palimpsest.engine.token.TokenIds;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an accepted request, as it comes. Read by one thread of the caller's; a reader that
 * stops reading must {@link #cancel}, else its sequence stays paused and holds its pages.
 */
public final class Generation {
  private final GenerationRequest request;
  private final Outbox outbox;
  private final Wakeup engine;
  private volatile boolean isCancelled;
  private boolean isForgotten;
  private volatile @Nullable Result result;
  private volatile @Nullable String problem;

  private record Result(Usage usage, TokenIds output, @Nullable Confidence confidence) {}

  Generation(GenerationRequest request, int outboxMax, Wakeup engine) {
    this.request = request;
    this.outbox = new Outbox(outboxMax);
    this.engine = engine;
  }

  /** What was asked. */
  public GenerationRequest request() {
    return request;
  }

  /**
   * The next delta; waits for it. The last one has a finish reason.
   *
   * @throws IllegalStateException if the last one was already taken
   */
  public TokenDelta take() throws InterruptedException {
    TokenDelta delta = outbox.take();
    engine.signal();
    return delta;
  }

  /** The next delta if it is there, else null. */
  public @Nullable TokenDelta poll() {
    TokenDelta delta = outbox.poll();
    if (delta != null) {
      engine.signal();
    }
    return delta;
  }

  /** Asks for the end; a last delta comes in any case. May be called at any time and again. */
  public void cancel() {
    isCancelled = true;
    engine.signal();
  }

  /** What it took; empty until the last delta is there. */
  public Optional<Usage> usage() {
    return Optional.ofNullable(result).map(Result::usage);
  }

  /** The tokens generated, also those that became no text; empty until the last delta is there. */
  public Optional<TokenIds> output() {
    return Optional.ofNullable(result).map(Result::output);
  }

  /**
   * How sure the model was of what it said; empty until the last delta is there, and where it said
   * nothing.
   */
  public Optional<Confidence> confidence() {
    return Optional.ofNullable(result).map(Result::confidence);
  }

  /** A sentence about why it FAILED, where that was its own fault and not the engine's. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  void fail(@Nullable String why) {
    problem = why;
  }

  boolean isCancelled() {
    return isCancelled;
  }

  /** What was said under its salt was forgotten while it waited; for the engine thread. */
  void forget() {
    isForgotten = true;
  }

  boolean isForgotten() {
    return isForgotten;
  }

  int outboxRoom() {
    return outbox.room();
  }

  void emit(TokenDelta delta) {
    outbox.put(delta);
  }

  void finish(TokenDelta last, Usage usage, TokenIds output, @Nullable Confidence confidence) {
    result = new Result(usage, output, confidence);
    outbox.put(last);
  }
}
