package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.Quote;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.turn.Evidence;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a turn recalled and cites, as JSON. Safe for many threads. */
final class EvidenceJson {
  private final ObjectMapper json;

  EvidenceJson(ObjectMapper json) {
    this.json = json;
  }

  /** Memories that were recalled, best first, each with its score beside its members. */
  void addRecalled(ObjectNode node, List<Evidence.Hit> hits) {
    ArrayNode list = node.putArray("recalled");
    hits.forEach(hit -> list.add(memory(hit.memory()).put("score", hit.score())));
  }

  /** The same as the search of memories shows them. */
  void addHits(ObjectNode node, List<Evidence.Hit> hits) {
    ArrayNode list = node.putArray("hits");
    for (Evidence.Hit hit : hits) {
      ObjectNode one = list.addObject();
      one.set("memory", memory(hit.memory()));
      one.put("score", hit.score());
    }
  }

  /** Spans of the answer with what they quote; of an erased memory nothing but its id. */
  void addCitations(ObjectNode node, List<Evidence.Cited> citations) {
    ArrayNode list = node.putArray("citations");
    for (Evidence.Cited cited : citations) {
      Quote quote = cited.quote();
      Memory memory = cited.memory();
      ObjectNode one = list.addObject();
      one.put("start", quote.start());
      one.put("end", quote.end());
      one.put("memory", quote.memory().value());
      one.put("quote", cited.words());
      one.put("happened_at", memory == null ? null : time(memory.content().happenedAt()));
      one.put("speaker", memory == null ? null : memory.content().speaker());
      one.put("source", memory == null ? null : memory.origin().source());
    }
  }

  private ObjectNode memory(Memory memory) {
    MemoryText content = memory.content();
    ObjectNode node = json.createObjectNode();
    node.put("id", memory.id().value());
    node.put("text", content.text());
    node.set("scope", scope(memory.scope()));
    node.put("kind", Names.of(memory.kind()));
    node.put("happened_at", time(content.happenedAt()));
    node.put("imported_at", time(memory.learnedAt()));
    node.put("valid_from", time(content.validFrom()));
    node.put("valid_to", time(content.validTo()));
    node.put("source", memory.origin().source());
    node.put("session", memory.origin().session());
    node.put("speaker", content.speaker());
    node.put("label", Names.of(content.label()));
    try {
      node.set("metadata", json.readTree(content.metadata()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the store keeps metadata that is no JSON", e);
    }
    return node;
  }

  private ObjectNode scope(Scope scope) {
    ObjectNode node = json.createObjectNode();
    node.put("user", scope.user());
    node.put("agent", scope.agent());
    node.put("project", scope.project());
    return node;
  }

  private static @Nullable String time(@Nullable Instant at) {
    return at == null ? null : at.toString();
  }
}
