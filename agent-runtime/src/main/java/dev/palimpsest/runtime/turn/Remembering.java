package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes episodes of a turn that ends: what the user said, and what was answered unless it only
 * repeats what was recalled. An answer is as trustworthy as the least of what it was made from.
 * Pure; the session log stores the episodes together with the end of the turn.
 */
final class Remembering {
  /** Who speaks in an episode of an answer. */
  static final String ASSISTANT = "assistant";

  /** Who speaks where a session names no user. */
  static final String USER = "user";

  /** Whose episode it is, in the ids of records. */
  private static final String OF_USER = "user";

  private Remembering() {}

  /**
   * What the model had before it.
   *
   * @param shown versions of memories
   * @param there those that are still there, be they revoked
   * @param past how far the past turns in its window may be trusted
   */
  record Sources(List<VersionId> shown, Collection<Memory> there, Label past) {
    /** Nothing. */
    static final Sources NONE = new Sources(List.of(), List.of(), Label.USER);

    Sources {
      shown = shown.stream().distinct().limit(NewMemory.SOURCES_MAX).toList();
    }
  }

  /**
   * What is to be remembered of a turn.
   *
   * @param end the event with which the turn ends
   * @param number that it will have
   * @param at when it ends
   * @param sources what the model had before it
   */
  static List<NewMemory> of(
      Session session, TurnState state, TurnEvent end, long number, Instant at, Sources sources) {
    Collection<Memory> recalled = sources.there();
    List<NewMemory> episodes = new ArrayList<>();
    String user = session.scope().user();
    TurnEvent.UserSaid said = state.said();
    if (!said.text().isBlank()) {
      MemoryText content =
          MemoryText.of(said.text())
              .saidBy(user == null ? USER : user)
              .happenedAt(state.opened().at())
              .labelled(Label.USER);
      episodes.add(episode(session, state, OF_USER, state.opened().number(), content));
    }
    if (end instanceof TurnEvent.Answered answered && saysMore(answered, recalled)) {
      MemoryText content =
          MemoryText.of(answered.output())
              .saidBy(ASSISTANT)
              .happenedAt(at)
              .labelled(label(state, sources))
              .withMetadata(metadata(answered.output(), recalled));
      episodes.add(episode(session, state, ASSISTANT, number, content).from(sources.shown()));
    }
    return episodes;
  }

  /** Whether a tool that answers so writes down what it was called with. */
  static boolean isWritten(TurnEvent.ToolCalled called, TurnEvent.ToolAnswered answered) {
    return !answered.isError() && called.tool().equals(Tool.BuiltIn.MEMORY_WRITE.calledName());
  }

  /** What a tool writes down, under the call's own identity, so that it is written once. */
  static NewMemory written(
      Session session, TurnState state, TurnEvent.ToolCalled called, Sources sources) {
    String record = "tool/" + called.idempotencyKey();
    MemoryText content =
        MemoryText.of(TurnTools.argument(called, TurnTools.TEXT))
            .saidBy(ASSISTANT)
            .happenedAt(state.opened().at())
            .labelled(label(state, sources));
    return new NewMemory(
            session.scope(),
            MemoryKind.FACT,
            new Origin(Origin.OF_SESSIONS, session.id().value(), record, state.opened().number()),
            content,
            identity(session, record))
        .from(sources.shown());
  }

  /** The record ids of what is remembered of a turn. */
  static List<String> records(TurnId turn) {
    return List.of(record(turn, OF_USER), record(turn, ASSISTANT));
  }

  private static String record(TurnId turn, String who) {
    return turn + "/" + who;
  }

  private static boolean saysMore(TurnEvent.Answered answered, Collection<Memory> recalled) {
    List<String> known = recalled.stream().map(Memory::text).toList();
    return !answered.isGrounded() && !Repetition.isOnlyRepeating(answered.output(), known);
  }

  /** A text is as trustworthy as the least of what the model had before it. */
  private static Label label(TurnState state, Sources sources) {
    boolean isFromOutside = state.uses().stream().map(ToolUse::called).anyMatch(ToolUse::isOutside);
    return isFromOutside ? Label.UNTRUSTED : Label.lowest(sources.past(), label(sources.there()));
  }

  /** The lowest label of memories, and no higher than the user's. */
  static Label label(Collection<Memory> recalled) {
    return recalled.stream()
        .map(memory -> memory.content().label())
        .reduce(Label.USER, Label::lowest);
  }

  /** Names the memories of which the answer repeats a sentence; ids need no escapes. */
  private static String metadata(String output, Collection<Memory> recalled) {
    String quoted =
        recalled.stream()
            .filter(memory -> Repetition.repeats(memory.text(), output))
            .map(memory ->
                "{\"memory\":\"" + memory.id() + "\",\"version\":" + memory.version() + "}")
            .collect(Collectors.joining(","));
    return quoted.isEmpty() ? MemoryText.NO_METADATA : "{\"quotes\":[" + quoted + "]}";
  }

  private static NewMemory episode(
      Session session, TurnState state, String who, long position, MemoryText content) {
    String record = record(state.opened().turn(), who);
    return new NewMemory(
        session.scope(),
        MemoryKind.EPISODE,
        new Origin(Origin.OF_SESSIONS, session.id().value(), record, position),
        content,
        identity(session, record));
  }

  private static @Nullable String identity(Session session, String record) {
    return Origin.OF_SESSIONS + ":" + session.id() + "/" + record;
  }
}
