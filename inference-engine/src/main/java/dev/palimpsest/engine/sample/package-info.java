/**
 * From logits to the next token. One row of logits, the parameters of a request and a position come
 * in, a token id goes out; a constraint may say which tokens there are to choose from. The
 * invariant: the choice is a pure function of these, so that a generation with a given seed is the
 * same alone, in a batch and after a restart; of two tokens with equal logits the lower id comes
 * first everywhere.
 */
@NullMarked
package dev.palimpsest.engine.sample;

import org.jspecify.annotations.NullMarked;
