package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.AgentPatch;
import dev.palimpsest.memory.session.AgentSettings;
import dev.palimpsest.memory.session.Edit;
import dev.palimpsest.memory.session.NewAgent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.socket.TurnRequestReader;
import dev.palimpsest.runtime.tool.ToolHosts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what is asked of agents. */
final class AgentRequests {
  private static final List<String> TO_COME = List.of("compression");

  private AgentRequests() {}

  /** A new agent, under the caller's user where the key is bound to one. */
  static NewAgent create(
      Fields fields, Caller caller, @Nullable String idempotencyKey, ToolHosts hosts) {
    String name = fields.requiredText("name", AgentSettings.NAME_CHARACTERS_MAX);
    refuseEmpty(fields, name);
    String instructions =
        fields.requiredText("instructions", NewSession.INSTRUCTIONS_CHARACTERS_MAX);
    String model = fields.text("model", NewSession.MODEL_CHARACTERS_MAX);
    Scope scope = fields.scope("scope");
    SamplingOptions sampling = TurnRequestReader.sessionSampling(fields);
    List<Tool> tools = ToolRequests.read(fields, hosts);
    fields.notBuilt(TO_COME);
    fields.refuseOthers();
    fields.check();
    return new NewAgent(
        new AgentSettings(name, instructions, model, sampling, tools == null ? List.of() : tools),
        caller.bound(scope),
        idempotencyKey);
  }

  /** A change: null clears where something may be absent, absence keeps. */
  static AgentPatch patch(Fields fields, ToolHosts hosts) {
    Integer expected = fields.wholeNumber("version", 1, Integer.MAX_VALUE);
    Edit<String> name = replaced(fields, "name", AgentSettings.NAME_CHARACTERS_MAX);
    if (name instanceof Edit.Put<String>(String text)) {
      refuseEmpty(fields, text);
    }
    Edit<String> instructions =
        replaced(fields, "instructions", NewSession.INSTRUCTIONS_CHARACTERS_MAX);
    Edit<String> model = SessionRequests.edit(fields, "model", NewSession.MODEL_CHARACTERS_MAX);
    Edit<SamplingOptions> sampling =
        SessionRequests.edit(fields, "sampling", TurnRequestReader::sessionSampling);
    Edit<List<Tool>> tools =
        SessionRequests.edit(fields, "tools", all -> ToolRequests.read(all, hosts));
    if (fields.has("scope")) {
      fields.refuse("scope", "cannot be changed");
    }
    fields.notBuilt(TO_COME);
    fields.refuseOthers();
    fields.check();
    return new AgentPatch(expected, name, instructions, model, sampling, tools);
  }

  private static void refuseEmpty(Fields fields, String name) {
    if (name.isEmpty() && fields.isGood("name")) {
      fields.refuse("name", "is empty");
    }
  }

  private static Edit<String> replaced(Fields fields, String name, int charactersMax) {
    return fields.has(name)
        ? new Edit.Put<>(fields.requiredText(name, charactersMax))
        : new Edit.Keep<>();
  }
}
