package dev.palimpsest.runtime.turn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.VersionId;
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
import java.util.stream.Stream;

/**
 * Performs {@link Step.CallTool}. What goes wrong with a tool is its answer, from which the model
 * goes on; a store that is away is for the caller to wait for.
 */
final class TurnTools {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TurnMemories memories;
  private final TurnSources sources;
  private final TurnRecall recall;
  private final InstantSource clock;

  TurnTools(TurnSources sources, TurnRecall recall, InstantSource clock) {
    this.memories = new TurnMemories(sources.store());
    this.sources = sources;
    this.recall = recall;
    this.clock = clock;
  }

  /**
   * What is to be called.
   *
   * @param session as it is now
   * @param deadline of the turn
   * @param isToStop whether the turn or the service is to stop
   */
  record Call(
      RunningTurn turn,
      Session session,
      TurnState state,
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
          own == Tool.BuiltIn.MEMORY_SEARCH ? search(call, begun) : write(call, begun);
      case Tool.Http http -> http(call, http, begun);
    };
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
            argument(call, "query"),
            RecallChoice.HYBRID,
            TurnRecall.Sight.NONE);
    if (found.trouble() != null) {
      return error(call, found.trouble(), begun);
    }
    return new Outcome.Answered(
        new TurnEvent.ToolAnswered(
            call.called().call(), false, "", 0, found.found(), since(begun)));
  }

  /** Under the call's own identity, so that it is written once however often it is called. */
  private Outcome write(Call call, Instant begun) {
    String text = argument(call, "text");
    if (text.isBlank()) {
      return error(call, "The argument 'text' is empty.", begun);
    }
    TurnEvent.ToolCalled called = call.called();
    List<TurnEvent.Recalled.Found> read = read(call);
    String record = "tool/" + called.idempotencyKey();
    NewMemory memory =
        new NewMemory(
                call.session().scope(),
                MemoryKind.FACT,
                new Origin(
                    Origin.OF_SESSIONS,
                    call.session().id().value(),
                    record,
                    call.state().opened().number()),
                MemoryText.of(text)
                    .saidBy(Remembering.ASSISTANT)
                    .happenedAt(call.state().opened().at())
                    .labelled(label(call, read)),
                Origin.OF_SESSIONS + ":" + call.session().id() + "/" + record)
            .from(read.stream().map(one -> new VersionId(one.memory(), one.version())).toList());
    boolean isStored =
        !sources.store().memories().add(call.turn().session().tenant(), List.of(memory)).isEmpty();
    return isStored
        ? new Outcome.Answered(
            new TurnEvent.ToolAnswered(
                called.call(), false, "Remembered.", 0, List.of(), since(begun)))
        : error(call, "It was not remembered.", begun);
  }

  /** The memories that the model had read when it called. */
  private static List<TurnEvent.Recalled.Found> read(Call call) {
    TurnEvent.Recalled recalled = call.state().recalled();
    return Stream.concat(
            recalled == null ? Stream.of() : recalled.found().stream(),
            call.state().found().stream())
        .filter(one -> call.called().evidence().contains(one.memory()))
        .distinct()
        .limit(NewMemory.SOURCES_MAX)
        .toList();
  }

  /** A memory is as trustworthy as the least that the model had read. */
  private Label label(Call call, List<TurnEvent.Recalled.Found> read) {
    Label own = Remembering.label(call.state());
    return memories.readAll(call.turn().session().tenant(), read).values().stream()
        .map(Memory::content)
        .map(MemoryText::label)
        .reduce(own, Label::lowest);
  }

  private static String argument(Call call, String name) {
    try {
      String text = JSON.readTree(call.called().arguments()).path(name).asText();
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
