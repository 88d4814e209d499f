package dev.palimpsest.engine.chat;

/**
 * What one template may cost. The numbers are far above what published templates need and low
 * enough that the worst template ends within seconds and a few hundred megabytes.
 */
final class Limits {
  /** Characters of template source; the longest published ones have about 20,000. */
  static final int TEMPLATE_CHARS = 262_144;

  /** Characters of a name. */
  static final int NAME_CHARS = 256;

  /** Levels of tags and brackets inside each other in the source. */
  static final int NESTING = 128;

  /** Levels of evaluation at render time, macro calls included; bounds the Java stack. */
  static final int EVALUATION_DEPTH = 512;

  /** Macro calls inside each other. */
  static final int MACRO_DEPTH = 64;

  /** Turns of all loops of one rendering together. */
  static final int LOOP_ITERATIONS = 1_000_000;

  /** Characters of the prompt, and of any one string on the way to it. */
  static final int OUTPUT_CHARS = 4_194_304;

  /** Units of work of one rendering: characters copied or searched, plus the costs below. */
  static final long WORK = 134_217_728;

  /** Work of evaluating one node of the tree. */
  static final int NODE_WORK = 8;

  /** Work of calling a macro, method, filter or test, besides that of reading its operands. */
  static final int CALL_WORK = 64;

  /** Work of writing one field of a date. */
  static final int DATE_WORK = 512;

  /** Work of making one element of a list or mapping. */
  static final int ELEMENT_WORK = 32;

  /** Levels of lists and mappings inside each other, in messages, tools and template values. */
  static final int VALUE_DEPTH = 100;

  /** Characters kept of a message that a template raises. */
  static final int REFUSAL_CHARS = 1_000;

  /** Spaces that one level of indentation may have. */
  static final int INDENT = 64;

  private Limits() {}
}
