package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.Finish;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.guard.DialectError;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.socket.TurnJson;
import dev.palimpsest.runtime.turn.TurnResult;
import org.jspecify.annotations.Nullable;

/** Writes answers, chunks and errors as OpenAI's clients read them. */
final class ChatAnswers {
  private final ObjectMapper json;
  private final TurnJson turns;

  ChatAnswers(ObjectMapper json, TurnJson turns) {
    this.json = json;
    this.turns = turns;
  }

  /**
   * What all parts of one answer carry.
   *
   * @param id of the answer
   * @param created seconds since 1970
   * @param model by name
   */
  record Head(String id, long created, String model) {}

  /** A whole answer. */
  ObjectNode whole(Head head, TurnResult result) {
    ObjectNode node = headed(head, "chat.completion");
    ObjectNode choice = node.putArray("choices").addObject();
    choice.put("index", 0);
    ObjectNode message = choice.putObject("message");
    message.put("role", "assistant").put("content", result.output()).putNull("refusal");
    choice.putNull("logprobs");
    choice.put("finish_reason", finish(result));
    node.set("usage", usage(result.usage()));
    node.set("palimpsest", own(result));
    return node;
  }

  /** The chunk with which an answer begins. */
  ObjectNode first(Head head) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    delta(node, null).put("role", "assistant").put("content", "");
    return node;
  }

  /** A chunk of words. */
  ObjectNode words(Head head, String text) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    delta(node, null).put("content", text);
    return node;
  }

  /** The chunk that says why an answer ends. */
  ObjectNode last(Head head, TurnResult result) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    ObjectNode empty = delta(node, finish(result));
    assert empty.isEmpty();
    node.set("palimpsest", own(result));
    return node;
  }

  /** The chunk of the usage, which holds no words. */
  ObjectNode usage(Head head, TurnResult result) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    node.putArray("choices");
    node.set("usage", usage(result.usage()));
    return node;
  }

  /** An error. */
  ObjectNode error(Problem problem) {
    return json.valueToTree(DialectError.of(problem));
  }

  private ObjectNode headed(Head head, String object) {
    return json.createObjectNode()
        .put("id", head.id())
        .put("object", object)
        .put("created", head.created())
        .put("model", head.model());
  }

  private static ObjectNode delta(ObjectNode node, @Nullable String finish) {
    ObjectNode choice = node.putArray("choices").addObject();
    choice.put("index", 0);
    ObjectNode delta = choice.putObject("delta");
    choice.putNull("logprobs");
    choice.put("finish_reason", finish);
    return delta;
  }

  /** What else there is to say, beside the dialect. */
  private ObjectNode own(TurnResult result) {
    ObjectNode all = turns.result(result);
    ObjectNode own = json.createObjectNode();
    own.put("session", result.session().value());
    own.put("turn", result.turn().value());
    own.set("recalled", all.get("recalled"));
    own.set("citations", all.get("citations"));
    return own;
  }

  private ObjectNode usage(Usage usage) {
    ObjectNode node = json.createObjectNode();
    node.put("prompt_tokens", usage.inputTokens());
    node.put("completion_tokens", usage.outputTokens());
    node.put("total_tokens", usage.inputTokens() + usage.outputTokens());
    node.putObject("prompt_tokens_details").put("cached_tokens", usage.cachedTokens());
    return node;
  }

  private static String finish(TurnResult result) {
    return result.finish() == Finish.LENGTH ? "length" : "stop";
  }
}
