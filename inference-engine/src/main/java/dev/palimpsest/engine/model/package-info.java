/**
 * What a model file says, made usable: architecture, weights and tokenizer in, a model that can run
 * a batch of tokens out. The invariant: everything a file can get wrong is refused here, before a
 * token is computed, naming the key or the tensor.
 */
@NullMarked
package dev.palimpsest.engine.model;

import org.jspecify.annotations.NullMarked;
