package dev.palimpsest.memory.session;

/**
 * A change of a session's settings; instructions and sampling hold for later turns.
 *
 * @param title as in {@link NewSession}
 * @param instructions as in {@link NewSession}
 * @param sampling as in {@link NewSession}
 */
public record SessionPatch(
    Edit<String> title, Edit<String> instructions, Edit<SamplingOptions> sampling) {
  /** Changes nothing. */
  public static final SessionPatch NONE =
      new SessionPatch(new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Keep<>());

  /** Refuses unstorable texts. */
  public SessionPatch {
    NewSession.check(title.applyTo(null), null, instructions.applyTo(null), null);
  }
}
