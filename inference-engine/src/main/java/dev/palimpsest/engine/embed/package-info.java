/**
 * Texts to numbers: vectors for a search by meaning, scores for the order of what was found. Whole
 * texts go through a model in batches; nothing is generated and nothing is kept between two calls.
 * The invariant: what a text gets depends on it and the model alone, bit for bit, whatever stands
 * beside it in a batch.
 */
@NullMarked
package dev.palimpsest.engine.embed;

import org.jspecify.annotations.NullMarked;
