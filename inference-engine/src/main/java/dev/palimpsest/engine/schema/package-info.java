/**
 * Answers that are JSON of a given shape. In comes a JSON schema as a tree of maps and lists, out
 * come token rules: the schema is compiled to a program over bytes with a stack, and from each of
 * its states the tokens that may come next are found by walking all tokens in the order of their
 * bytes. The invariant: what is begun can be finished, whatever tokens are chosen, so that an
 * answer that was not cut off is JSON and fits the schema. What of a schema cannot be guaranteed is
 * refused by name.
 */
@NullMarked
package dev.palimpsest.engine.schema;

import org.jspecify.annotations.NullMarked;
