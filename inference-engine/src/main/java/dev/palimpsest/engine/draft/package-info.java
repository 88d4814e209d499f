/**
 * Guesses how a text goes on from where the same words stood before: in the sequence's own tokens,
 * and in what was generated earlier under the same salt. Token ids come in, token ids go out;
 * nothing here knows tensors, and no guess is trusted: the engine computes guessed tokens in one
 * step with the last certain one and keeps those that it would have chosen anyway. So drafts change
 * how fast an answer comes and never what it says.
 */
@NullMarked
package dev.palimpsest.engine.draft;

import org.jspecify.annotations.NullMarked;
