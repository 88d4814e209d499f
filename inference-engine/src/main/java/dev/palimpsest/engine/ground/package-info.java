/**
 * Answers that are quotations. Source texts and the user's words come in, rules for the tokens of a
 * generation go out, and afterwards, for its output, where every span came from. The invariant:
 * what the rules let through is the refusal, or whole words copied from the sources, in runs that
 * are joined by nothing but a closed set of connecting phrases; it is never empty, and a walk
 * through the rules can always go on. Memory is linear in the sources; a step costs one look at
 * each place where a word begins, at most.
 */
@NullMarked
package dev.palimpsest.engine.ground;

import org.jspecify.annotations.NullMarked;
