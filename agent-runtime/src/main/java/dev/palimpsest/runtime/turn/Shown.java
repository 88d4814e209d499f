package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.AgentId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model reads in a turn that is planned.
 *
 * @param conversation what the plan keeps, with the calls of tools and their answers
 * @param gone planned memories that have been erased
 * @param agent who answers, or null
 */
record Shown(Conversation conversation, List<MemoryId> gone, @Nullable AgentId agent) {
  Shown {
    gone = List.copyOf(gone);
  }
}
