package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.Finish;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.bridge.Answering;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Performs {@link Step.Generate}: lets the model answer, tells its words as they come, and makes
 * the event of the end. The words are told before anything is committed; that is what makes them
 * deltas and no events.
 */
final class TurnGenerator {
  private final Feeds feeds;
  private final InstantSource clock;
  private final Patience patience;

  TurnGenerator(Feeds feeds, InstantSource clock, Patience patience) {
    this.feeds = feeds;
    this.clock = clock;
    this.patience = patience;
  }

  /**
   * Answers.
   *
   * @param conversation what the plan keeps
   * @return {@link TurnEvent.Answered} or {@link TurnEvent.TurnFailed}
   */
  TurnEvent generate(
      RunningTurn turn,
      TextModel model,
      Conversation conversation,
      TurnState state,
      Instant deadline)
      throws InterruptedException {
    Instant begun = clock.instant();
    SamplingOptions sampling = seeded(state.said());
    Duration pause = Patience.FIRST_PAUSE;
    while (true) {
      TextModel.Start start =
          model.answer(conversation.prompt(), sampling, state.said().outputTokensMax());
      switch (start) {
        case TextModel.Start.Begun(Answering answering) -> {
          return listen(turn, answering, new Times(state.since(), begun), deadline);
        }
        case TextModel.Start.TooLarge(String detail) -> {
          return new TurnEvent.TurnFailed(FailureType.CONTEXT_TOO_LARGE, detail);
        }
        case TextModel.Start.Busy(String detail) -> {
          if (turn.isStopAsked()) {
            return cancelled();
          }
          if (!clock.instant().isBefore(deadline)) {
            return late();
          }
          pause = patience.pause(pause);
        }
      }
    }
  }

  private TurnEvent listen(RunningTurn turn, Answering answering, Times times, Instant deadline)
      throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    turn.answers(answering);
    Thread.ofVirtual().start(() -> cancelAt(deadline, answering, over));
    try {
      if (turn.isStopAsked() || patience.isStopping()) {
        answering.cancel();
      }
      return hear(turn, answering, times);
    } finally {
      over.countDown();
      turn.answers(null);
      answering.cancel();
    }
  }

  private TurnEvent hear(RunningTurn turn, Answering answering, Times times)
      throws InterruptedException {
    StringBuilder output = new StringBuilder();
    Instant first = null;
    while (true) {
      Answering.Piece piece = answering.take();
      String text = StorableText.sanitised(piece.text());
      boolean isTooLong = output.length() + text.length() > TurnEvent.TEXT_CHARACTERS_MAX;
      if (!text.isEmpty() && !isTooLong) {
        first = first == null ? clock.instant() : first;
        output.append(text);
        feeds.publish(turn.session(), new TurnNews.Said(turn.turn(), text));
      }
      Answering.End end = isTooLong ? Answering.End.LENGTH : piece.end();
      if (end != null) {
        return ended(turn, end, output.toString(), answering, times.until(first, clock.instant()));
      }
    }
  }

  private TurnEvent ended(
      RunningTurn turn, Answering.End end, String output, Answering answering, Took took) {
    return switch (end) {
      case STOP -> answered(output, Finish.STOP, answering.cost(), took);
      case LENGTH -> answered(output, Finish.LENGTH, answering.cost(), took);
      case FAILED ->
          new TurnEvent.TurnFailed(FailureType.MODEL_FAILED, "The model broke off its answer.");
      case CANCELLED -> stopped(turn);
    };
  }

  private TurnEvent stopped(RunningTurn turn) {
    if (turn.isStopAsked()) {
      return cancelled();
    }
    if (patience.isStopping()) {
      throw new LeftOpenException(new TurnOutcome.Stopped());
    }
    return late();
  }

  private static TurnEvent answered(String output, Finish finish, Answering.Cost cost, Took took) {
    return new TurnEvent.Answered(
        output,
        finish,
        new Usage(
            cost.inputTokens(),
            cost.cachedTokens(),
            cost.prefilledTokens(),
            cost.outputTokens(),
            took.firstTokenMillis(),
            took.totalMillis(),
            took.modelMillis()));
  }

  private static TurnEvent cancelled() {
    return new TurnEvent.TurnFailed(FailureType.CANCELLED, "The turn was stopped on request.");
  }

  private static TurnEvent late() {
    return new TurnEvent.TurnFailed(FailureType.LIMIT, "The turn's time was over.");
  }

  private void cancelAt(Instant deadline, Answering answering, CountDownLatch over) {
    try {
      long millis = Duration.between(clock.instant(), deadline).toMillis();
      if (!over.await(Math.max(0, millis), TimeUnit.MILLISECONDS)) {
        answering.cancel();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static SamplingOptions seeded(TurnEvent.UserSaid said) {
    return new SamplingOptions(null, null, null, null, said.seed()).orElse(said.sampling());
  }

  /** When a turn was accepted or taken up, and when its model was asked. */
  private record Times(Instant accepted, Instant asked) {
    Took until(@Nullable Instant first, Instant end) {
      return new Took(
          between(accepted, first == null ? end : first),
          between(accepted, end),
          between(asked, end));
    }

    /** A clock may be set back. */
    private static long between(Instant from, Instant to) {
      return Math.max(0, Duration.between(from, to).toMillis());
    }
  }

  private record Took(long firstTokenMillis, long totalMillis, long modelMillis) {}
}
