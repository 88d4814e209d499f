package dev.palimpsest.memory.session;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A change of an agent. Name and instructions are kept or replaced; there is no agent without.
 *
 * @param expected the version that the change was thought for; null for whichever is newest
 */
public record AgentPatch(
    @Nullable Integer expected,
    Edit<String> name,
    Edit<String> instructions,
    Edit<String> model,
    Edit<SamplingOptions> sampling,
    Edit<List<Tool>> tools) {
  /** Refuses to clear what cannot be absent. */
  public AgentPatch {
    if (name instanceof Edit.Clear || instructions instanceof Edit.Clear) {
      throw new IllegalArgumentException("name and instructions are never absent");
    }
  }

  /**
   * The settings after the change.
   *
   * @throws IllegalArgumentException as {@link AgentSettings} does
   */
  public AgentSettings applyTo(AgentSettings before) {
    return new AgentSettings(
        Objects.requireNonNull(name.applyTo(before.name())),
        Objects.requireNonNull(instructions.applyTo(before.instructions())),
        model.applyTo(before.model()),
        sampling.applyTo(before.sampling()),
        Objects.requireNonNullElse(tools.applyTo(before.tools()), List.of()));
  }
}
