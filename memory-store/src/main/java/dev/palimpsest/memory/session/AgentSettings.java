package dev.palimpsest.memory.session;

import dev.palimpsest.memory.StorableText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a version of an agent says; a session that begins with it takes over what it leaves open.
 *
 * @param name for people, 1 to {@link #NAME_CHARACTERS_MAX}
 * @param instructions what every turn's prompt begins with, at most {@link
 *     NewSession#INSTRUCTIONS_CHARACTERS_MAX}
 * @param model a model's name, at most {@link NewSession#MODEL_CHARACTERS_MAX}; null for the
 *     service's own
 * @param sampling null when nothing is said; options that say nothing become null
 * @param tools what the model may call
 */
public record AgentSettings(
    String name,
    String instructions,
    @Nullable String model,
    @Nullable SamplingOptions sampling,
    List<Tool> tools) {
  /** The longest name, in UTF-16 units. */
  public static final int NAME_CHARACTERS_MAX = 500;

  /** An agent without tools. */
  public AgentSettings(
      String name,
      String instructions,
      @Nullable String model,
      @Nullable SamplingOptions sampling) {
    this(name, instructions, model, sampling, List.of());
  }

  /** Refuses unstorable texts, no name, and shaping, which sessions do not keep either. */
  public AgentSettings {
    sampling = SamplingOptions.NONE.equals(sampling) ? null : sampling;
    tools = Tool.require(tools);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name is empty");
    }
    StorableText.require("name", name, NAME_CHARACTERS_MAX);
    NewSession.check(null, model, instructions, null);
    if (sampling != null && !sampling.shaping().equals(Shaping.NONE)) {
      throw new IllegalArgumentException("an agent keeps no shaping of its sampling");
    }
  }
}
