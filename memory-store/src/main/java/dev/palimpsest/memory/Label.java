package dev.palimpsest.memory;

/**
 * How far a text may be trusted; from least to most. A text derived from others carries the lowest
 * label of its sources. Stored and shown in lower case.
 */
public enum Label {
  /** From outside: imports, web pages, tool results, what a model made of them. */
  UNTRUSTED,
  /** A tool's result that was checked. */
  TOOL_VERIFIED,
  /** What the user said in a session or wrote down as a memory. */
  USER,
  /** What the operator of the service wrote. */
  OPERATOR,
  /** What the service itself wrote. */
  SYSTEM;

  /** The lower of the two. */
  public static Label lowest(Label a, Label b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
