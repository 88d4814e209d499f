package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The memories after which a new one holds: read from the request first, and looked up after all of
 * the request is known to be well formed. Used by one thread, for one request.
 */
final class EndRequests {
  /** Memories that one request may end. */
  static final int ENDS_MAX = 64;

  private static final String FIELD = "ends";

  private final Fields request;
  private final List<String> asked;

  private EndRequests(Fields request, List<String> asked) {
    this.request = request;
    this.asked = asked;
  }

  /** Reads the field; what is wrong with it is noted. */
  static EndRequests read(Fields fields) {
    List<String> asked = new ArrayList<>();
    List<JsonNode> elements = fields.elements(FIELD);
    if (fields.has(FIELD) && !fields.isNull(FIELD) && !fields.isArray(FIELD)) {
      fields.refuse(FIELD, "must be a list of ids");
    }
    if (elements.size() > ENDS_MAX) {
      fields.refuse(FIELD, "has " + elements.size() + " elements; at most " + ENDS_MAX);
      return new EndRequests(fields, asked);
    }
    for (int i = 0; i < elements.size(); i++) {
      if (!elements.get(i).isTextual()) {
        fields.refuse(place(i), "must be the id of a memory");
      }
      asked.add(elements.get(i).asText());
    }
    return new EndRequests(fields, asked);
  }

  private static String place(int index) {
    return FIELD + "[" + index + "]";
  }

  /**
   * The memories that were named, each once.
   *
   * @param own of the memory that is to be made
   * @throws ProblemException naming every one that is not there; 409 for one that was revoked
   */
  List<MemoryId> find(Scope own, NamedMemories named) {
    List<MemoryId> found = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Optional<Memory> memory = named.find(asked.get(i), own);
      if (memory.isEmpty()) {
        request.refuse(place(i), "names no memory");
      } else if (memory.get().isRevoked()) {
        throw revoked(memory.get().id());
      } else {
        found.add(memory.get().id());
      }
    }
    request.check();
    return found.stream().distinct().toList();
  }

  /** What is told of one that was erased since it was found. */
  ProblemException gone(MemoryId memory) {
    return Paging.invalid(place(asked.indexOf(memory.value())), "names no memory");
  }

  /** What is told of one that was revoked. */
  static ProblemException revoked(MemoryId memory) {
    return new ProblemException(
        ProblemKind.REVOKED, "Memory " + memory + " was revoked; it can be shown and erased.");
  }
}
