package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A session as JSON; the members are those of {@link Session} in snake_case. */
record SessionView(
    String id,
    @Nullable String title,
    @Nullable String model,
    @Nullable String instructions,
    Scope scope,
    @Nullable Integer contextBudgetTokens,
    @Nullable Sampling sampling,
    Instant createdAt,
    Instant updatedAt,
    long lastEvent,
    @Nullable String agent,
    @Nullable Integer agentVersion,
    List<Object> tools,
    Map<String, String> toolSha256) {
  /** What a session keeps of {@link SamplingOptions}. */
  record Sampling(
      @Nullable Double temperature,
      @Nullable Integer topK,
      @Nullable Double topP,
      @Nullable Double minP,
      @Nullable Long seed) {
    static @Nullable Sampling of(@Nullable SamplingOptions options) {
      return options == null
          ? null
          : new Sampling(
              options.temperature(),
              options.topK(),
              options.topP(),
              options.minP(),
              options.seed());
    }
  }

  static SessionView of(Session session) {
    return new SessionView(
        session.id().value(),
        session.title(),
        session.model(),
        session.instructions(),
        session.scope(),
        session.contextBudgetTokens(),
        Sampling.of(session.sampling()),
        session.createdAt(),
        session.updatedAt(),
        session.lastEvent(),
        session.agent() == null ? null : session.agent().id().value(),
        session.agent() == null ? null : session.agent().version(),
        ToolView.of(session.tools()),
        ToolChanges.sums(session.tools()));
  }
}
