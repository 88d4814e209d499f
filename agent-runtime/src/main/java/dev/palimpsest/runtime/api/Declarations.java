package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.TextModel;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.tool.ToolHosts;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What sessions and agents may name: agents, models, tools. A mistake is told when it is made. */
public final class Declarations {
  private final AgentAccess agents;
  private final ModelSlot models;
  private final ToolHosts hosts;

  /**
   * Takes its parts.
   *
   * @param hosts that tools may be behind
   */
  public Declarations(StoreLink store, ModelSlot models, ToolHosts hosts) {
    this.agents = new AgentAccess(store);
    this.models = models;
    this.hosts = hosts;
  }

  AgentAccess agents() {
    return agents;
  }

  ToolHosts hosts() {
    return hosts;
  }

  /**
   * Looks at a model and what it is to call, as long as there are models at all.
   *
   * @throws ProblemException 400 naming {@code model} or {@code tools}
   */
  void requireFitting(@Nullable String model, @Nullable List<Tool> tools) {
    Optional<TextModel> found = models.find(model);
    if (!models.all().isEmpty() && found.isEmpty()) {
      throw Paging.invalid("model", "is not loaded here, unlike " + models.names());
    }
    if (tools != null && !tools.isEmpty() && found.isPresent() && !found.get().callsTools()) {
      throw Paging.invalid(
          "tools", "are nothing that the model '" + found.get().card().id() + "' can call");
    }
  }
}
