package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.turn.CallAnswer;
import dev.palimpsest.runtime.turn.Evidence;
import dev.palimpsest.runtime.turn.TurnRequest;
import dev.palimpsest.runtime.turn.TurnResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that is said on a session socket. The names in JSON are in {@link #type()}. */
public sealed interface Frame {
  /** What a client may ask on a socket, as {@code session.ready} lists it. */
  List<String> CAPABILITIES = List.of("turn.create", "turn.cancel", "tool.result", "ping");

  /** What a client says. */
  sealed interface Client extends Frame {}

  /** What the service says. */
  sealed interface Server extends Frame {}

  /**
   * Asks for an answer.
   *
   * @param request as on REST
   */
  record TurnCreate(TurnRequest request) implements Client {}

  /**
   * Asks for a turn to be stopped.
   *
   * @param turn which
   */
  record TurnCancel(TurnId turn) implements Client {}

  /**
   * Says what came of a call that the client performs.
   *
   * @param answer what came of it
   */
  record ToolAnswer(CallAnswer answer) implements Client {}

  /** Asks for a {@link Pong}. */
  record Ping() implements Client {}

  /**
   * The first frame of a connection.
   *
   * @param session which
   * @param lastEvent number of the newest durable event
   * @param runningTurn the turn that is at work, if any
   * @param replay what follows of the past: {@code frames} all that was missed, {@code events} the
   *     durable part of it, {@code none} nothing was asked for
   */
  record SessionReady(
      SessionId session, long lastEvent, @Nullable TurnId runningTurn, String replay)
      implements Server {}

  /**
   * A turn is at work and its output begins (again) from nothing.
   *
   * @param event number of its first event
   * @param isRepeated whether it had been accepted before
   */
  record TurnAccepted(TurnId turn, @Nullable String clientTurnId, long event, boolean isRepeated)
      implements Server {}

  /**
   * What is remembered was looked up.
   *
   * @param hits best first
   */
  record RecallDone(TurnId turn, List<Evidence.Hit> hits) implements Server {
    /** Copies the list. */
    public RecallDone {
      hits = List.copyOf(hits);
    }
  }

  /**
   * The model called a tool.
   *
   * @param event what it asked for
   */
  record ToolCall(TurnId turn, TurnEvent.ToolCalled event) implements Server {}

  /**
   * A tool answered.
   *
   * @param tool its name
   * @param handle under which all of it can be read, or null
   * @param event as much of what it said as the model reads
   */
  record ToolResult(TurnId turn, String tool, @Nullable String handle, TurnEvent.ToolAnswered event)
      implements Server {}

  /**
   * Some words of the answer.
   *
   * @param text not empty
   */
  record OutputDelta(TurnId turn, String text) implements Server {}

  /**
   * A turn has its answer.
   *
   * @param result with the whole output
   */
  record TurnDone(TurnResult result) implements Server {}

  /**
   * A turn ended without one.
   *
   * @param result how
   * @param problem why
   */
  record TurnFailed(TurnResult result, Problem problem) implements Server {}

  /**
   * A frame of the client could not be served, or work on a turn was left.
   *
   * @param problem what is wrong
   * @param inReplyTo the client's turn id, the turn, or the type of the frame that it answers
   */
  record Refused(Problem problem, @Nullable String inReplyTo) implements Server {}

  /**
   * Part of the session's window became shorter, or exact again.
   *
   * @param isCompacted which of the two
   * @param tokensBefore of that part
   * @param tokensAfter of that part
   * @param event number of the event that says so
   */
  record ContextChanged(boolean isCompacted, int tokensBefore, int tokensAfter, long event)
      implements Server {}

  /** Answers a {@link Ping}. */
  record Pong() implements Server {}

  /** The frame's name in JSON. */
  default String type() {
    return switch (this) {
      case TurnCreate create -> "turn.create";
      case TurnCancel cancel -> "turn.cancel";
      case ToolAnswer answer -> "tool.result";
      case Ping ping -> "ping";
      case SessionReady ready -> "session.ready";
      case TurnAccepted accepted -> "turn.accepted";
      case RecallDone done -> "recall.done";
      case ToolCall call -> "tool.call";
      case ToolResult result -> "tool.result";
      case OutputDelta delta -> "output.delta";
      case TurnDone done -> "turn.done";
      case TurnFailed failed -> "turn.failed";
      case Refused refused -> "error";
      case ContextChanged changed -> "context.changed";
      case Pong pong -> "pong";
    };
  }
}
