package dev.palimpsest.runtime.turn;

import org.jspecify.annotations.Nullable;

/**
 * What a model says in one go of a turn: words that follow those it said before it called tools,
 * and perhaps a call. Used by one thread.
 */
final class Spoken {
  private static final String BETWEEN = "\n\n";

  private final String before;
  private final @Nullable CallText call;
  private final StringBuilder words = new StringBuilder();

  /**
   * @param before what was said in this turn until now
   * @param mayCall whether there are tools
   */
  Spoken(String before, boolean mayCall) {
    this.before = before;
    this.call = mayCall ? new CallText() : null;
  }

  /** Takes a piece; returns the words that the user hears now. */
  String take(String piece) {
    return heard(call == null ? piece : call.take(piece));
  }

  /** Nothing comes any more; returns the words that were held back. */
  String rest() {
    return call == null || call.isCalling() ? "" : heard(call.rest());
  }

  private String heard(String more) {
    boolean isFirst = words.isEmpty() && !more.isEmpty() && !before.isEmpty();
    words.append(more);
    return isFirst ? BETWEEN + more : more;
  }

  /** What was said since the last call. */
  String words() {
    return words.toString();
  }

  /** What was said in the turn; what those who watch have heard, put together. */
  String all() {
    return words.isEmpty() || before.isEmpty() ? before + words : before + BETWEEN + words;
  }

  int length() {
    return before.length() + words.length();
  }

  /** The call, once one has begun. */
  @Nullable CallText call() {
    return call != null && call.isCalling() ? call : null;
  }

  /** What two goes say together. */
  static String joined(String before, String more) {
    return more.isEmpty() || before.isEmpty() ? before + more : before + BETWEEN + more;
  }
}
