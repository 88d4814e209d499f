/**
 * Answers of a given form. In comes a JSON schema as a tree of maps and lists, a grammar in GBNF or
 * a list of texts, out come token rules: all of them are compiled to a program over bytes with a
 * stack, and from each of its states the tokens that may come next are found by walking all tokens
 * in the order of their bytes. The program is run in all ways at once; its states are made when
 * they are needed and known to all answers under the same rules. What may come next is found within
 * a number of steps, or not at all, which ends the answer. The invariant: what is begun can be
 * finished, whatever tokens are chosen, so that an answer that was not cut off is JSON and fits the
 * schema, or is a text of the grammar. What cannot be guaranteed is refused by name and place.
 */
@NullMarked
package dev.palimpsest.engine.schema;

import org.jspecify.annotations.NullMarked;
