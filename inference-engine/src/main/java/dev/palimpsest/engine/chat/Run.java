package dev.palimpsest.engine.chat;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/**
 * One rendering: where it stands in the source, and what it has used of each limit. Belongs to one
 * thread and one call of {@link ChatTemplate#render}.
 */
final class Run {
  private final Source source;
  private final LocalDateTime now;
  private int offset;
  private String construct = "template";
  private String name = "";
  private long work;
  private int iterations;
  private int depth;
  private int macros;

  Run(Source source, LocalDateTime now) {
    this.source = source;
    this.now = now;
  }

  LocalDateTime now() {
    return now;
  }

  /** Says what is being done, for the errors that it may end in. */
  void at(int offset, String construct) {
    at(offset, construct, "");
  }

  /** The same for a construct with a name; both are put together only when an error needs them. */
  void at(int offset, String construct, String name) {
    this.offset = offset;
    this.construct = construct;
    this.name = name;
  }

  ChatTemplateException error(String message) {
    String shown = name.isEmpty() ? construct : construct + " '" + name + "'";
    return source.error(offset, shown, message);
  }

  ConversationRefusedException refusal(String reason) {
    int length = Math.min(reason.length(), Limits.REFUSAL_CHARS);
    return source.refusal(offset, reason.substring(0, length));
  }

  /** Called before the work is done, so that nothing large is built only to be refused. */
  void charge(long units) {
    work += units;
    if (work > Limits.WORK) {
      throw error("the template does more than " + Limits.WORK + " units of work");
    }
  }

  /** Charges a search, which in the worst case compares the part at every place of the text. */
  void chargeSearch(String text, String part) {
    charge((long) text.length() * (1 + part.length() / 16));
  }

  void iteration() {
    if (++iterations > Limits.LOOP_ITERATIONS) {
      throw error("the loops turn more than " + Limits.LOOP_ITERATIONS + " times");
    }
  }

  void enter() {
    if (++depth > Limits.EVALUATION_DEPTH) {
      throw error("evaluation nests deeper than " + Limits.EVALUATION_DEPTH + " levels");
    }
  }

  /** Not called when an exception passes, which ends the run. */
  void leave() {
    depth--;
  }

  void enterMacro() {
    if (++macros > Limits.MACRO_DEPTH) {
      throw error("macros call each other deeper than " + Limits.MACRO_DEPTH + " levels");
    }
  }

  void leaveMacro() {
    macros--;
  }

  /** Checks the length of a string before it is built. */
  void reserve(long chars) {
    if (chars > Limits.OUTPUT_CHARS) {
      throw error("a text is longer than " + Limits.OUTPUT_CHARS + " characters");
    }
    charge(chars);
  }

  void append(StringBuilder out, String text) {
    if ((long) out.length() + text.length() > Limits.OUTPUT_CHARS) {
      throw error("a text is longer than " + Limits.OUTPUT_CHARS + " characters");
    }
    charge(text.length());
    out.append(text);
  }

  /** Makes a list; the caller gives the elements away. */
  Value.Items items(List<Value> elements) {
    charge((long) elements.size() * Limits.ELEMENT_WORK);
    int deepest = 0;
    for (Value element : elements) {
      deepest = Math.max(deepest, element.depthOf());
    }
    return new Value.Items(elements, level(deepest));
  }

  /** Makes a mapping; the caller gives the entries away. */
  Value.Mapping mapping(Map<Value, Value> entries) {
    charge((long) entries.size() * Limits.ELEMENT_WORK);
    int deepest = 0;
    for (Value element : entries.values()) {
      deepest = Math.max(deepest, element.depthOf());
    }
    return new Value.Mapping(entries, level(deepest));
  }

  private int level(int deepest) {
    if (deepest >= Limits.VALUE_DEPTH) {
      throw error("a value nests deeper than " + Limits.VALUE_DEPTH + " levels");
    }
    return deepest + 1;
  }
}
