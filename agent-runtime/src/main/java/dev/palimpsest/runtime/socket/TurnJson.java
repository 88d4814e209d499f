package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.turn.TurnResult;
import java.util.Optional;

/** A turn's result as JSON; the same members on REST, on sockets and in server-sent events. */
public final class TurnJson {
  private final ObjectMapper json;

  /** Takes the mapper, which writes problem documents. */
  public TurnJson(ObjectMapper json) {
    this.json = json;
  }

  /** The result as {@code POST /v1/sessions/{id}/turns} answers it. */
  public ObjectNode result(TurnResult result) {
    ObjectNode node = json.createObjectNode();
    node.put("id", result.turn().value());
    node.put("session", result.session().value());
    node.put("client_turn_id", result.clientTurnId());
    node.put("event", result.event());
    addResult(node, result);
    problem(result).ifPresent(problem -> node.set("problem", json.valueToTree(problem)));
    return node;
  }

  /** What is wrong with a turn that failed. */
  static Optional<Problem> problem(TurnResult result) {
    return Optional.ofNullable(result.failed())
        .map(failed -> TurnProblems.of(result.turn(), failed));
  }

  void addResult(ObjectNode node, TurnResult result) {
    node.put("status", Names.of(result.status()));
    node.put("output", result.output());
    node.putArray("recalled");
    node.putArray("citations");
    node.set("usage", usage(result.usage()));
    node.putNull("confidence");
  }

  JsonNode tree(Problem problem) {
    return json.valueToTree(problem);
  }

  private ObjectNode usage(Usage usage) {
    ObjectNode node = json.createObjectNode();
    node.put("input_tokens", usage.inputTokens());
    node.put("cached_tokens", usage.cachedTokens());
    node.put("prefilled_tokens", usage.prefilledTokens());
    node.put("output_tokens", usage.outputTokens());
    // Nothing is recalled yet, and that takes no time.
    node.put("recall_ms", 0);
    node.put("first_token_ms", usage.firstTokenMillis());
    node.put("total_ms", usage.totalMillis());
    node.put("model_ms", usage.modelMillis());
    return node;
  }
}
