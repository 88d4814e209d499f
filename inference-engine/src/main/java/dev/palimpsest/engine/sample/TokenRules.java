package dev.palimpsest.engine.sample;

/**
 * What a generation may consist of. Immutable and for any thread, so that a request can be made
 * twice; each generation walks through the rules with a constraint of its own.
 */
public interface TokenRules {
  /** The constraint of one generation that has said nothing yet; cheap. */
  TokenConstraint begin();
}
