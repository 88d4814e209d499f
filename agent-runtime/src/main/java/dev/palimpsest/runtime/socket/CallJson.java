package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.guard.Names;
import org.jspecify.annotations.Nullable;

/** Calls of tools and what came of them as JSON. Safe for many threads. */
final class CallJson {
  private final ObjectMapper json;

  CallJson(ObjectMapper json) {
    this.json = json;
  }

  /** Arguments are a value where they are JSON, and a text where the model wrote none. */
  void add(ObjectNode node, TurnEvent.ToolCalled called) {
    node.put("call", called.call());
    node.put("tool", called.tool());
    JsonNode arguments = null;
    try {
      arguments = json.readTree(called.arguments());
    } catch (JsonProcessingException e) {
      node.put("arguments", called.arguments());
    }
    if (arguments != null) {
      node.set("arguments", arguments);
    }
    node.put("repeatable", called.isRepeatable());
    node.put("problem", called.problem());
    node.put("client", called.isForClient());
    node.put("wait_seconds", called.waitSeconds());
    node.put("idempotency_key", called.idempotencyKey());
    ArrayNode evidence = node.putArray("evidence");
    called.evidence().forEach(memory -> evidence.add(memory.value()));
  }

  /**
   * What came of it.
   *
   * @param handle under which all of it can be read, or null
   */
  static void add(ObjectNode node, @Nullable String handle, TurnEvent.ToolAnswered answered) {
    node.put("call", answered.call());
    node.put("error", answered.isError());
    node.put("text", answered.text().substring(0, answered.head()));
    node.put("tail", answered.tail() == 0 ? null : answered.end());
    node.put("characters_left", answered.charactersLeft());
    node.put("handle", handle);
    ArrayNode found = node.putArray("found");
    answered.found().forEach(one -> found.add(one.memory().value()));
    node.put("label", Names.of(Label.UNTRUSTED));
  }
}
