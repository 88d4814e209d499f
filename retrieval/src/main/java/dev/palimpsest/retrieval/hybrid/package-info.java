/**
 * Words, meaning and neighbourhood fused into one ranking. Comes in: a query; asked: the word index
 * and the vectors of the store; goes out: hits whose explanations add up to their scores. Nothing
 * is returned that the filter does not admit.
 */
@NullMarked
package dev.palimpsest.retrieval.hybrid;

import org.jspecify.annotations.NullMarked;
