package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.StorableText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session that is asked for.
 *
 * @param title at most {@link #TITLE_CHARACTERS_MAX}
 * @param model a model's name, at most {@link #MODEL_CHARACTERS_MAX}; null for the service's own
 * @param instructions what every turn's prompt begins with, at most {@link
 *     #INSTRUCTIONS_CHARACTERS_MAX}
 * @param contextBudgetTokens at least 1
 * @param sampling null when nothing is said; options that say nothing become null
 * @param idempotencyKey makes a repeat harmless: the same key in the same scope names the same
 *     session; at most {@link #KEY_CHARACTERS_MAX}
 * @param tools what the model may call; null where nothing is said
 * @param agent the version of an agent that it begins with, or null; see {@link #settled}
 */
public record NewSession(
    @Nullable String title,
    @Nullable String model,
    @Nullable String instructions,
    Scope scope,
    @Nullable Integer contextBudgetTokens,
    @Nullable SamplingOptions sampling,
    @Nullable String idempotencyKey,
    @Nullable List<Tool> tools,
    @Nullable Agent agent) {
  /** The longest title, in UTF-16 units. */
  public static final int TITLE_CHARACTERS_MAX = 500;

  /** The longest model name, in UTF-16 units. */
  public static final int MODEL_CHARACTERS_MAX = 500;

  /** The longest instructions, in UTF-16 units. */
  public static final int INSTRUCTIONS_CHARACTERS_MAX = 1 << 16;

  /** The longest idempotency key, in UTF-16 units. */
  public static final int KEY_CHARACTERS_MAX = 256;

  /** A session with nothing but defaults. */
  public static final NewSession PLAIN =
      new NewSession(null, null, null, Scope.NONE, null, null, null);

  /** A session without agent and tools. */
  public NewSession(
      @Nullable String title,
      @Nullable String model,
      @Nullable String instructions,
      Scope scope,
      @Nullable Integer contextBudgetTokens,
      @Nullable SamplingOptions sampling,
      @Nullable String idempotencyKey) {
    this(
        title,
        model,
        instructions,
        scope,
        contextBudgetTokens,
        sampling,
        idempotencyKey,
        null,
        null);
  }

  /** Refuses unstorable texts, empty keys and budgets below 1. */
  public NewSession {
    sampling = SamplingOptions.NONE.equals(sampling) ? null : sampling;
    tools = tools == null ? null : Tool.require(tools);
    check(title, model, instructions, contextBudgetTokens);
    if (idempotencyKey != null) {
      if (idempotencyKey.isEmpty()) {
        throw new IllegalArgumentException("idempotency_key is empty; leave it out instead");
      }
      StorableText.require("idempotency_key", idempotencyKey, KEY_CHARACTERS_MAX);
    }
  }

  /**
   * What the session is made of: what this says, and where it leaves something open, what the agent
   * says; of scope and sampling part by part.
   */
  public NewSession settled() {
    if (agent == null) {
      return this;
    }
    AgentSettings fallback = agent.settings();
    SamplingOptions own = sampling == null ? SamplingOptions.NONE : sampling;
    return new NewSession(
        title,
        model != null ? model : fallback.model(),
        instructions != null ? instructions : fallback.instructions(),
        scope.orElse(agent.scope()),
        contextBudgetTokens,
        fallback.sampling() == null ? own : own.orElse(fallback.sampling()),
        idempotencyKey,
        tools != null ? tools : fallback.tools(),
        agent);
  }

  static void check(
      @Nullable String title,
      @Nullable String model,
      @Nullable String instructions,
      @Nullable Integer contextBudgetTokens) {
    check("title", title, TITLE_CHARACTERS_MAX);
    check("model", model, MODEL_CHARACTERS_MAX);
    check("instructions", instructions, INSTRUCTIONS_CHARACTERS_MAX);
    if (contextBudgetTokens != null && contextBudgetTokens < 1) {
      throw new IllegalArgumentException(
          "context_budget_tokens is " + contextBudgetTokens + "; at least 1");
    }
  }

  static void check(String field, @Nullable String text, int charactersMax) {
    if (text != null) {
      StorableText.require(field, text, charactersMax);
    }
  }
}
