package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Scope;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session's settings and how far its log has come.
 *
 * @param contextBudgetTokens the most prompt tokens of a turn, or null for the model's window
 * @param sampling null when nothing is said; options that say nothing become null
 * @param createdAt whole microseconds
 * @param updatedAt of the last change of the settings or append to the log
 * @param lastEvent the number of the newest event, 0 before the first
 * @param agent the version of an agent that it began with, or null
 * @param tools what the model may call
 */
public record Session(
    SessionId id,
    @Nullable String title,
    @Nullable String model,
    @Nullable String instructions,
    Scope scope,
    @Nullable Integer contextBudgetTokens,
    @Nullable SamplingOptions sampling,
    Instant createdAt,
    Instant updatedAt,
    long lastEvent,
    @Nullable AgentVersion agent,
    List<Tool> tools) {
  /** A request for a session with the same settings. */
  public NewSession again(@Nullable String idempotencyKey) {
    return new NewSession(
        title,
        model,
        instructions,
        scope,
        contextBudgetTokens,
        sampling,
        idempotencyKey,
        tools.isEmpty() ? null : tools,
        null);
  }

  /**
   * The same with its log at another point.
   *
   * @param changed as {@link #updatedAt}
   * @param event as {@link #lastEvent}
   */
  public Session at(Instant changed, long event) {
    return new Session(
        id,
        title,
        model,
        instructions,
        scope,
        contextBudgetTokens,
        sampling,
        createdAt,
        changed,
        event,
        agent,
        tools);
  }

  /** Who answers in it; null where nobody is named. */
  public @Nullable AgentId agentId() {
    return agent == null ? null : agent.id();
  }

  /** Refuses what {@link NewSession} refuses. */
  public Session {
    sampling = SamplingOptions.NONE.equals(sampling) ? null : sampling;
    tools = Tool.require(tools);
    NewSession.check(title, model, instructions, contextBudgetTokens);
    if (lastEvent < 0) {
      throw new IllegalArgumentException("last_event is " + lastEvent + "; at least 0");
    }
  }
}
