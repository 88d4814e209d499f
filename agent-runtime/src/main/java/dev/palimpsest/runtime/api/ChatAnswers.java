package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.Finish;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.bridge.Likelihood;
import dev.palimpsest.runtime.guard.DialectError;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.socket.TurnJson;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.WaitingTurn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes answers, chunks and errors as OpenAI's clients read them. */
final class ChatAnswers {
  private static final String CALLS = "tool_calls";

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

  /**
   * A whole answer.
   *
   * @param content what is said of it here
   * @param tokens null where they are not told
   */
  ObjectNode whole(
      Head head, TurnResult result, String content, @Nullable List<Likelihood> tokens) {
    ObjectNode node = headed(head, "chat.completion");
    ObjectNode choice = node.putArray("choices").addObject();
    choice.put("index", 0);
    ObjectNode message = choice.putObject("message");
    message.put("role", "assistant").put("content", content).putNull("refusal");
    choice.set("logprobs", logprobs(tokens));
    choice.put("finish_reason", finish(result));
    node.set("usage", usage(result.usage()));
    node.set("palimpsest", own(result));
    return node;
  }

  /**
   * An answer that is a call of what the client performs.
   *
   * @param content what was said before it; null where that is nothing
   */
  ObjectNode whole(Head head, WaitingTurn waiting, @Nullable String content) {
    ObjectNode node = headed(head, "chat.completion");
    ObjectNode choice = node.putArray("choices").addObject();
    choice.put("index", 0);
    ObjectNode message = choice.putObject("message");
    message.put("role", "assistant").put("content", content).putNull("refusal");
    ArrayNode calls = message.putArray("tool_calls");
    for (TurnEvent.ToolCalled called : waiting.calls()) {
      ObjectNode call = calls.addObject();
      call.put("id", id(waiting, called)).put("type", "function");
      function(call, called.tool(), called.arguments());
    }
    choice.putNull("logprobs");
    choice.put("finish_reason", CALLS);
    node.set("usage", usage(waiting.usage()));
    node.set("palimpsest", own(waiting));
    return node;
  }

  /** The chunks that tell a call: its name first, then its arguments. */
  List<ObjectNode> call(Head head, WaitingTurn waiting, int index) {
    TurnEvent.ToolCalled called = waiting.calls().get(index);
    ObjectNode named = headed(head, "chat.completion.chunk");
    ObjectNode name = delta(named, null, null).putArray("tool_calls").addObject();
    name.put("index", index).put("id", id(waiting, called)).put("type", "function");
    function(name, called.tool(), "");
    ObjectNode filled = headed(head, "chat.completion.chunk");
    ObjectNode arguments = delta(filled, null, null).putArray("tool_calls").addObject();
    arguments.put("index", index);
    arguments.putObject("function").put("arguments", called.arguments());
    return List.of(named, filled);
  }

  /** The chunk that says that the client is to perform something. */
  ObjectNode last(Head head, WaitingTurn waiting) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    ObjectNode empty = delta(node, CALLS, null);
    assert empty.isEmpty();
    node.set("palimpsest", own(waiting));
    return node;
  }

  private static String id(WaitingTurn waiting, TurnEvent.ToolCalled called) {
    return new ChatCallId(waiting.session(), waiting.turn(), called.call()).toString();
  }

  private static void function(ObjectNode call, String name, String arguments) {
    call.putObject("function").put("name", name).put("arguments", arguments);
  }

  /** The chunk with which an answer begins. */
  ObjectNode first(Head head) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    delta(node, null, null).put("role", "assistant").put("content", "");
    return node;
  }

  /**
   * A chunk of words.
   *
   * @param tokens null where they are not told
   */
  ObjectNode words(Head head, String text, @Nullable List<Likelihood> tokens) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    delta(node, null, tokens).put("content", text);
    return node;
  }

  /** The chunk that says why an answer ends. */
  ObjectNode last(Head head, TurnResult result) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    ObjectNode empty = delta(node, finish(result), null);
    assert empty.isEmpty();
    node.set("palimpsest", own(result));
    return node;
  }

  /** The chunk of the usage, which holds no words. */
  ObjectNode usage(Head head, Usage usage) {
    ObjectNode node = headed(head, "chat.completion.chunk");
    node.putArray("choices");
    node.set("usage", usage(usage));
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

  private ObjectNode delta(
      ObjectNode node, @Nullable String finish, @Nullable List<Likelihood> tokens) {
    ObjectNode choice = node.putArray("choices").addObject();
    choice.put("index", 0);
    ObjectNode delta = choice.putObject("delta");
    choice.set("logprobs", logprobs(tokens));
    choice.put("finish_reason", finish);
    return delta;
  }

  private JsonNode logprobs(@Nullable List<Likelihood> tokens) {
    if (tokens == null) {
      return json.nullNode();
    }
    ObjectNode node = json.createObjectNode();
    ArrayNode content = node.putArray("content");
    for (Likelihood token : tokens) {
      ObjectNode each = content.addObject();
      add(each, token);
      ArrayNode top = each.putArray("top_logprobs");
      token.top().forEach(other -> add(top.addObject(), other));
    }
    node.putNull("refusal");
    return node;
  }

  private static void add(ObjectNode node, Likelihood token) {
    node.put("token", token.text());
    node.put("logprob", token.logProbability());
    ArrayNode bytes = node.putArray("bytes");
    token.bytes().forEach(bytes::add);
  }

  /** What else there is to say, beside the dialect. */
  private ObjectNode own(TurnResult result) {
    return own(turns.result(result));
  }

  private ObjectNode own(WaitingTurn waiting) {
    return own(turns.waiting(waiting));
  }

  private ObjectNode own(ObjectNode all) {
    ObjectNode own = json.createObjectNode();
    own.set("session", all.get("session"));
    own.set("turn", all.get("id"));
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
