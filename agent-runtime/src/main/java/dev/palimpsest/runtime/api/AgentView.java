package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.Agent;
import dev.palimpsest.memory.session.AgentSettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A version of an agent as JSON; the members are those of {@link Agent} in snake_case. */
record AgentView(
    String id,
    int version,
    String name,
    String instructions,
    @Nullable String model,
    Scope scope,
    SessionView.@Nullable Sampling sampling,
    List<Object> tools,
    Map<String, String> toolSha256,
    Instant createdAt,
    Instant updatedAt) {
  static AgentView of(Agent agent) {
    AgentSettings settings = agent.settings();
    return new AgentView(
        agent.id().value(),
        agent.version(),
        settings.name(),
        settings.instructions(),
        settings.model(),
        agent.scope(),
        SessionView.Sampling.of(settings.sampling()),
        ToolView.of(settings.tools()),
        ToolChanges.sums(settings.tools()),
        agent.createdAt(),
        agent.updatedAt());
  }
}
