/**
 * What a language model is: its architecture as data, its weights, its tokenizer, and the one
 * forward pass that serves all supported architectures. A model file comes in; logits for a batch
 * of tokens go out. The invariant: a model that was opened is complete, every tensor present, of a
 * known type and of the shape that the architecture asks for, and none left over that would have
 * been ignored.
 */
@NullMarked
package dev.palimpsest.engine.model;

import org.jspecify.annotations.NullMarked;
