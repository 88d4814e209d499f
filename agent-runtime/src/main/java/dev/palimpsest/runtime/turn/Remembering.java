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
import java.util.stream.Stream;
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
   * What the model read of memory.
   *
   * @param shown the versions
   * @param there those that are still there, be they revoked
   */
  record Sources(List<VersionId> shown, Collection<Memory> there) {
    Sources {
      shown = shown.stream().distinct().limit(NewMemory.SOURCES_MAX).toList();
    }
  }

  /**
   * What is to be remembered.
   *
   * @param end the event with which the turn ends
   * @param number that it will have
   * @param at when it ends
   * @param sources what the model read of memory
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
              .labelled(Label.lowest(label(state), label(recalled)))
              .withMetadata(metadata(answered.output(), recalled));
      episodes.add(episode(session, state, ASSISTANT, number, content).from(sources.shown()));
    }
    return episodes;
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

  /** How far a turn may be trusted whose tools answered from outside. */
  static Label label(TurnState state) {
    boolean isFromOutside =
        state.uses().stream()
            .anyMatch(use ->
                use.answered() != null
                    && Stream.of(Tool.BuiltIn.values())
                        .noneMatch(own -> own.calledName().equals(use.called().tool())));
    return isFromOutside ? Label.UNTRUSTED : Label.USER;
  }

  private static Label label(Collection<Memory> recalled) {
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
