package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.Confidence;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.turn.Evidence;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.WaitingTurn;
import java.util.List;
import java.util.Optional;

/** A turn's result as JSON; the same members on REST, on sockets and in server-sent events. */
public final class TurnJson {
  private static final String WAITING = "waiting";

  private final ObjectMapper json;
  private final EvidenceJson evidence;
  private final CallJson calls;

  /** Takes the mapper, which writes problem documents. */
  public TurnJson(ObjectMapper json) {
    this.json = json;
    this.evidence = new EvidenceJson(json);
    this.calls = new CallJson(json);
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

  /** A turn that waits for its client, with the same members as far as it has them. */
  public ObjectNode waiting(WaitingTurn turn) {
    ObjectNode node = json.createObjectNode();
    node.put("id", turn.turn().value());
    node.put("session", turn.session().value());
    node.put("client_turn_id", turn.clientTurnId());
    node.put("event", turn.event());
    node.put("status", WAITING);
    node.put("output", turn.output());
    ArrayNode awaited = node.putArray("calls");
    turn.calls().forEach(call -> calls.add(awaited.addObject(), call));
    node.put("waits_until", turn.until().toString());
    evidence.addRecalled(node, turn.evidence().hits());
    node.putArray("citations");
    node.set("usage", usage(turn.usage(), turn.evidence().recallMillis()));
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
    evidence.addRecalled(node, result.evidence().hits());
    evidence.addCitations(node, result.evidence().citations());
    node.put("grounded", result.evidence().isGrounded());
    node.set("usage", usage(result.usage(), result.evidence().recallMillis()));
    Confidence confidence = result.confidence();
    node.put("confidence", confidence == null ? null : confidence.probability());
  }

  JsonNode tree(Problem problem) {
    return json.valueToTree(problem);
  }

  /** What was recalled, as {@code recall.done} tells it. */
  void addHits(ObjectNode node, List<Evidence.Hit> hits) {
    evidence.addHits(node, hits);
  }

  private ObjectNode usage(Usage usage, long recallMillis) {
    ObjectNode node = json.createObjectNode();
    node.put("input_tokens", usage.inputTokens());
    node.put("cached_tokens", usage.cachedTokens());
    node.put("prefilled_tokens", usage.prefilledTokens());
    node.put("output_tokens", usage.outputTokens());
    node.put("recall_ms", recallMillis);
    node.put("first_token_ms", usage.firstTokenMillis());
    node.put("total_ms", usage.totalMillis());
    node.put("model_ms", usage.modelMillis());
    return node;
  }
}
