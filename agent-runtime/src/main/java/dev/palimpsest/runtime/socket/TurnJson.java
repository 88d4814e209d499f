package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.Confidence;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.turn.Evidence;
import dev.palimpsest.runtime.turn.TurnResult;
import java.util.List;
import java.util.Optional;

/** A turn's result as JSON; the same members on REST, on sockets and in server-sent events. */
public final class TurnJson {
  private final ObjectMapper json;
  private final EvidenceJson evidence;

  /** Takes the mapper, which writes problem documents. */
  public TurnJson(ObjectMapper json) {
    this.json = json;
    this.evidence = new EvidenceJson(json);
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
