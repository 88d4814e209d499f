package dev.palimpsest.runtime.turn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.tool.HttpTools;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Performs {@link Step.CallTool}. What goes wrong with a tool is its answer, from which the model
 * goes on; a store that is away is for the caller to wait for.
 */
final class TurnTools {
  /** What {@code memory_write} is to write down. */
  static final String TEXT = "text";

  private static final String QUERY = "query";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TurnSources sources;
  private final TurnRecall recall;
  private final KeptResults results;
  private final InstantSource clock;

  TurnTools(TurnSources sources, TurnRecall recall, InstantSource clock) {
    this.sources = sources;
    this.recall = recall;
    this.results = new KeptResults(sources.store());
    this.clock = clock;
  }

  /**
   * What is to be called.
   *
   * @param session as it is now
   * @param asOf memory is searched as it was known then; null: as it is known now
   * @param deadline of the turn
   * @param isToStop whether the turn or the service is to stop
   */
  record Call(
      RunningTurn turn,
      Session session,
      @Nullable Instant asOf,
      TurnEvent.ToolCalled called,
      Instant deadline,
      BooleanSupplier isToStop) {}

  /** What came of it. */
  sealed interface Outcome {
    /** The tool answered, be it with an error. */
    record Answered(TurnEvent.ToolAnswered event) implements Outcome {}

    /** Somebody stopped the turn, and the tool was no longer waited for. */
    record Stopped() implements Outcome {}
  }

  Outcome call(Call call) {
    Instant begun = clock.instant();
    TurnEvent.ToolCalled called = call.called();
    if (called.problem() != null) {
      return error(call, called.problem(), begun);
    }
    return call.session().tools().stream()
        .filter(tool -> tool.calledName().equals(called.tool()))
        .findFirst()
        .map(tool -> call(call, tool, begun))
        .orElseGet(() -> error(call, "There is no such tool.", begun));
  }

  private Outcome call(Call call, Tool tool, Instant begun) {
    return switch (tool) {
      case Tool.BuiltIn own ->
          switch (own) {
            case MEMORY_SEARCH -> search(call, begun);
            case MEMORY_WRITE -> write(call, begun);
            case RESULT_READ -> read(call, begun);
          };
      case Tool.Http http -> http(call, http, begun);
      case Tool.Client client -> throw new IllegalStateException("the client performs it");
    };
  }

  private Outcome read(Call call, Instant begun) {
    KeptResults.Part part =
        results.read(
            call.turn().session(),
            call.turn().turn(),
            call.session().lastEvent(),
            call.called().arguments());
    return new Outcome.Answered(
        new TurnEvent.ToolAnswered(
            call.called().call(), part.isError(), part.text(), 0, List.of(), since(begun)));
  }

  private Outcome http(Call call, Tool.Http tool, Instant begun) {
    HttpTools.Request request =
        new HttpTools.Request(
            tool,
            call.called().arguments(),
            call.called().idempotencyKey(),
            Duration.between(begun, call.deadline()));
    return switch (sources.http().call(request, call.isToStop())) {
      case HttpTools.Outcome.Stopped stopped -> new Outcome.Stopped();
      case HttpTools.Outcome.Answered(boolean isError, String text, long left) ->
          new Outcome.Answered(
              new TurnEvent.ToolAnswered(
                  call.called().call(), isError, text, left, List.of(), since(begun)));
    };
  }

  private Outcome search(Call call, Instant begun) {
    TurnEvent.Recalled found =
        recall.recall(
            call.turn().session().tenant(),
            call.session(),
            new TurnRecall.Question(
                argument(call.called(), QUERY), RecallChoice.HYBRID, call.asOf()),
            TurnRecall.Sight.NONE);
    if (found.trouble() != null) {
      return error(call, found.trouble(), begun);
    }
    return new Outcome.Answered(
        new TurnEvent.ToolAnswered(
            call.called().call(), false, "", 0, found.found(), since(begun)));
  }

  /** What is written down stands in the log and among the memories at once, or in neither. */
  private Outcome write(Call call, Instant begun) {
    return argument(call.called(), TEXT).isBlank()
        ? error(call, "The argument 'text' is empty.", begun)
        : new Outcome.Answered(
            new TurnEvent.ToolAnswered(
                call.called().call(), false, "Remembered.", 0, List.of(), since(begun)));
  }

  /** An argument of a call without a problem. */
  static String argument(TurnEvent.ToolCalled called, String name) {
    try {
      String text = JSON.readTree(called.arguments()).path(name).asText();
      return StorableText.sanitised(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a call without a problem has JSON for arguments", e);
    }
  }

  private Outcome error(Call call, String why, Instant begun) {
    return new Outcome.Answered(
        new TurnEvent.ToolAnswered(call.called().call(), true, why, 0, List.of(), since(begun)));
  }

  /** A clock may be set back. */
  private long since(Instant begun) {
    return Math.max(0, Duration.between(begun, clock.instant()).toMillis());
  }
}
