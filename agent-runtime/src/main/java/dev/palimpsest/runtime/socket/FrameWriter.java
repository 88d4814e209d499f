package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.turn.Evidence;
import dev.palimpsest.runtime.turn.TurnNews;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the service's frames. Safe for many threads. */
public final class FrameWriter {
  private final ObjectMapper json;
  private final TurnJson turns;
  private final CallJson calls;
  private final String epoch;

  /**
   * Takes what every frame carries.
   *
   * @param epoch the name of this start of the service
   */
  public FrameWriter(ObjectMapper json, String epoch) {
    this.json = json;
    this.turns = new TurnJson(json);
    this.calls = new CallJson(json);
    this.epoch = epoch;
  }

  /** The frame that tells some news. */
  public static Frame.Server frame(TurnNews news) {
    return switch (news) {
      case TurnNews.Accepted(TurnId turn, String client, long event, boolean isRepeated) ->
          new Frame.TurnAccepted(turn, client, event, isRepeated);
      case TurnNews.Recalled(TurnId turn, List<Evidence.Hit> hits) ->
          new Frame.RecallDone(turn, hits);
      case TurnNews.ToolCalled(TurnId turn, TurnEvent.ToolCalled event) ->
          new Frame.ToolCall(turn, event);
      case TurnNews.ToolAnswered(
              TurnId turn,
              String tool,
              String handle,
              TurnEvent.ToolAnswered event) ->
          new Frame.ToolResult(turn, tool, handle, event);
      case TurnNews.Said(TurnId turn, String text) -> new Frame.OutputDelta(turn, text);
      case TurnNews.Ended(TurnResult result) -> ended(result);
      case TurnNews.LeftOpen(TurnId turn, TurnOutcome.Open open) ->
          new Frame.Refused(TurnProblems.of(turn, open), turn.value());
      case TurnNews.ContextChanged(boolean isCompacted, int before, int after, long event) ->
          new Frame.ContextChanged(isCompacted, before, after, event);
    };
  }

  /**
   * A frame as text.
   *
   * @param session whose number it carries
   * @param seq its number; for what only this connection is told, the last number it was told
   */
  public String write(Frame.Server frame, SessionId session, long seq) {
    ObjectNode node = json.createObjectNode();
    node.put("type", frame.type());
    node.put("seq", seq);
    node.put("epoch", epoch);
    node.put("session", session.value());
    switch (frame) {
      case Frame.SessionReady ready -> add(node, ready);
      case Frame.TurnAccepted accepted -> add(node, accepted);
      case Frame.RecallDone(TurnId turn, List<Evidence.Hit> hits) ->
          turns.addHits(node.put("turn", turn.value()), hits);
      case Frame.ToolCall(TurnId turn, TurnEvent.ToolCalled event) ->
          calls.add(node.put("turn", turn.value()), event);
      case Frame.ToolResult(
              TurnId turn,
              String tool,
              String handle,
              TurnEvent.ToolAnswered event) ->
          CallJson.add(node.put("turn", turn.value()).put("tool", tool), handle, event);
      case Frame.OutputDelta(TurnId turn, String text) ->
          node.put("turn", turn.value()).put("text", text);
      case Frame.TurnDone(TurnResult result) -> add(node, result, null);
      case Frame.TurnFailed(TurnResult result, Problem problem) -> add(node, result, problem);
      case Frame.Refused(Problem problem, String inReplyTo) -> {
        node.set("problem", turns.tree(problem));
        if (inReplyTo != null) {
          node.put("in_reply_to", inReplyTo);
        }
      }
      case Frame.ContextChanged(boolean isCompacted, int before, int after, long event) ->
          node.put("compacted", isCompacted)
              .put("tokens_before", before)
              .put("tokens_after", after)
              .put("event", event);
      case Frame.Pong pong -> {
        // Its type says all.
      }
    }
    return node.toString();
  }

  /** The only frame of a connection that is turned away; {@code session} is what it asked for. */
  String writeRefusal(Problem problem, String session) {
    ObjectNode node = json.createObjectNode();
    node.put("type", "error");
    node.put("seq", 0);
    node.put("epoch", epoch);
    node.put("session", session);
    node.set("problem", turns.tree(problem));
    return node.toString();
  }

  private static Frame.Server ended(TurnResult result) {
    return TurnJson.problem(result)
        .<Frame.Server>map(problem -> new Frame.TurnFailed(result, problem))
        .orElseGet(() -> new Frame.TurnDone(result));
  }

  private static void add(ObjectNode node, Frame.SessionReady ready) {
    node.put("last_event", ready.lastEvent());
    TurnId running = ready.runningTurn();
    node.put("running_turn", running == null ? null : running.value());
    node.put("replay", ready.replay());
    ArrayNode capabilities = node.putArray("capabilities");
    Frame.CAPABILITIES.forEach(capabilities::add);
  }

  private static void add(ObjectNode node, Frame.TurnAccepted accepted) {
    node.put("turn", accepted.turn().value());
    node.put("client_turn_id", accepted.clientTurnId());
    node.put("event", accepted.event());
    node.put("repeated", accepted.isRepeated());
  }

  private void add(ObjectNode node, TurnResult result, @Nullable Problem problem) {
    node.put("turn", result.turn().value());
    node.put("client_turn_id", result.clientTurnId());
    node.put("event", result.event());
    turns.addResult(node, result);
    if (problem != null) {
      node.set("problem", turns.tree(problem));
    }
  }
}
