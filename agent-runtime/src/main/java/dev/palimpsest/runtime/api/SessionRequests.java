package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.Agent;
import dev.palimpsest.memory.session.Edit;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionPatch;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.socket.TurnRequestReader;
import dev.palimpsest.runtime.tool.ToolHosts;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what is asked of sessions. */
final class SessionRequests {
  private static final List<String> TO_COME = List.of("compression");
  private static final List<String> FIXED =
      List.of("model", "scope", "context_budget_tokens", "agent", "compression");

  /** What an id has at most. */
  private static final int AGENT_CHARACTERS_MAX = 64;

  private SessionRequests() {}

  /** A new session, under the caller's user where the key is bound to one. */
  static NewSession create(
      Fields fields, Caller caller, @Nullable String idempotencyKey, Declarations declared) {
    String title = fields.text("title", NewSession.TITLE_CHARACTERS_MAX);
    String model = fields.text("model", NewSession.MODEL_CHARACTERS_MAX);
    String instructions = fields.text("instructions", NewSession.INSTRUCTIONS_CHARACTERS_MAX);
    Scope scope = scope(fields);
    Integer budget = fields.wholeNumber("context_budget_tokens", 1, Integer.MAX_VALUE);
    SamplingOptions sampling = TurnRequestReader.sessionSampling(fields);
    List<Tool> tools = ToolRequests.read(fields, declared.hosts());
    String named = fields.text("agent", AGENT_CHARACTERS_MAX);
    fields.notBuilt(TO_COME);
    fields.refuseOthers();
    fields.check();
    Scope own = bound(scope, caller);
    return new NewSession(
        title,
        model,
        instructions,
        own,
        budget,
        sampling,
        idempotencyKey,
        tools,
        named == null ? null : agent(named, own, caller, declared.agents()));
  }

  /** A session for one user does not begin with what another one's agent says. */
  private static Agent agent(String id, Scope own, Caller caller, AgentAccess agents) {
    return agents
        .find(caller, id, null)
        .filter(agent -> Scope.ofUser(own.user()).admits(agent.scope()))
        .orElseThrow(() -> Paging.invalid("agent", "names no agent for this session's user"));
  }

  /** The last event of the past with which a fork begins; null for all of it. */
  static @Nullable Long forkAt(Fields fields) {
    Long at = fields.wholeNumber("at");
    if (at != null && at < 0) {
      fields.refuse("at", "is " + at + "; 0 or the number of an event");
    }
    fields.refuseOthers();
    fields.check();
    return at;
  }

  /** A change of a session: null clears, absence keeps. */
  static SessionPatch patch(Fields fields, ToolHosts hosts) {
    Edit<String> title = edit(fields, "title", NewSession.TITLE_CHARACTERS_MAX);
    Edit<String> instructions =
        edit(fields, "instructions", NewSession.INSTRUCTIONS_CHARACTERS_MAX);
    Edit<SamplingOptions> sampling = edit(fields, "sampling", TurnRequestReader::sessionSampling);
    Edit<List<Tool>> tools = edit(fields, "tools", all -> ToolRequests.read(all, hosts));
    for (String name : FIXED) {
      if (fields.has(name)) {
        fields.refuse(name, "cannot be changed");
      }
    }
    fields.refuseOthers();
    fields.check();
    return new SessionPatch(title, instructions, sampling, tools);
  }

  /** A scope under which the caller may act. */
  static Scope bound(Scope scope, Caller caller) {
    return caller.bound(scope);
  }

  /** The scope that a body names. */
  static Scope scope(Fields fields) {
    return fields.scope("scope");
  }

  static Edit<String> edit(Fields fields, String name, int charactersMax) {
    return edit(fields, name, all -> all.text(name, charactersMax));
  }

  static <T> Edit<T> edit(Fields fields, String name, Function<Fields, @Nullable T> reader) {
    T value = reader.apply(fields);
    if (value != null) {
      return new Edit.Put<>(value);
    }
    return fields.has(name) && fields.isGood(name) ? new Edit.Clear<>() : new Edit.Keep<>();
  }
}
