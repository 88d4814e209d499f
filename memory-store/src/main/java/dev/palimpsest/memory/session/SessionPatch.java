package dev.palimpsest.memory.session;

import java.util.List;

/**
 * A change of a session's settings; instructions and sampling hold for later turns.
 *
 * @param title as in {@link NewSession}
 * @param instructions as in {@link NewSession}
 * @param sampling as in {@link NewSession}
 * @param tools as in {@link NewSession}
 */
public record SessionPatch(
    Edit<String> title,
    Edit<String> instructions,
    Edit<SamplingOptions> sampling,
    Edit<List<Tool>> tools) {
  /** Changes nothing. */
  public static final SessionPatch NONE =
      new SessionPatch(new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Keep<>());

  /** A change that leaves the tools as they are. */
  public SessionPatch(
      Edit<String> title, Edit<String> instructions, Edit<SamplingOptions> sampling) {
    this(title, instructions, sampling, new Edit.Keep<>());
  }

  /** Refuses unstorable texts and too many tools. */
  public SessionPatch {
    NewSession.check(title.applyTo(null), null, instructions.applyTo(null), null);
    if (tools instanceof Edit.Put<List<Tool>>(List<Tool> put)) {
      tools = new Edit.Put<>(Tool.require(put));
    }
  }
}
