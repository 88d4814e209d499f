package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * One turn with a stopwatch beside it.
 *
 * @param totalMillis the client's time from asking to the end
 * @param firstTextMillis the client's time from asking to the first text; {@code totalMillis} where
 *     the answer was empty
 */
record TimedTurn(double totalMillis, double firstTextMillis, Usage usage) {
  private static final int OUTPUT_TOKENS_MAX = 16;
  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * Runs one.
   *
   * @throws CliException when the turn is not answered or its figures do not tell the model's time
   */
  static TimedTurn run(Conversation conversation, Gauges gauges) {
    ObjectNode request =
        Json.object().put("input", "Say one word.").put("max_output_tokens", OUTPUT_TOKENS_MAX);
    Stopwatch watch = new Stopwatch(gauges.nanoTime());
    TurnOutcome outcome = conversation.turn(request, watch);
    double total = watch.millis();
    if (watch.disturbance.length() > 0) {
      throw CliException.couldNotRun("The measurement was disturbed: " + watch.disturbance);
    }
    return new TimedTurn(total, watch.firstMillis < 0 ? total : watch.firstMillis, usage(outcome));
  }

  private static Usage usage(TurnOutcome outcome) {
    return switch (outcome) {
      case TurnOutcome.Done done -> done.usage();
      case TurnOutcome.Failed failed ->
          throw new CliException(CliException.REJECTED, failed.problem().lines());
      case TurnOutcome.Refused refused ->
          throw new CliException(CliException.REJECTED, refused.problem().lines());
      case TurnOutcome.Cancelled _, TurnOutcome.Left _ ->
          throw new CliException(CliException.REJECTED, List.of("A turn was cancelled."));
    };
  }

  /** Notes when the first text came, and whether anything went wrong on the way. */
  private static final class Stopwatch implements TurnObserver {
    private final LongSupplier nanoTime;
    private final long start;
    private double firstMillis = -1;
    private String disturbance = "";

    Stopwatch(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
      this.start = nanoTime.getAsLong();
    }

    double millis() {
      return (nanoTime.getAsLong() - start) / NANOS_PER_MILLI;
    }

    @Override
    public void text(String piece) {
      if (firstMillis < 0) {
        firstMillis = millis();
      }
    }

    @Override
    public void notice(String line) {
      disturbance = line;
    }
  }
}
